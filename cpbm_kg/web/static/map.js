// The map that moves: the places and outlines of the picture, under Leaflet. Without it the picture and the table say the same.
const data = JSON.parse(document.getElementById("live").textContent);
const L = window.L;
const figure = document.getElementById("picture");

const page = iri => iri.startsWith(data.base) ? data.page + iri.slice(data.base.length) : iri;

function element(name, words, more = {}) {
  const made = Object.assign(document.createElement(name), more);
  if (words !== undefined) made.textContent = words;
  return made;
}

function card(place) {
  const box = element("div");
  const head = element("h3");
  head.append(element("a", place.name, { href: page(place.iri) }));
  const list = element("ul");
  for (const thing of place.things) {
    const item = element("li");
    item.append(element("a", thing.words, { href: page(thing.iri) }), ` (${thing.kind})`);
    list.append(item);
  }
  box.append(head, list);
  return box;
}

// What each sign means, as in the picture.
function key() {
  const list = element("ul", undefined, { className: "key" });
  for (const [shape, meaning] of data.key) {
    const item = element("li", undefined);
    item.append(element("span", "", { className: `sign place ${shape}` }), meaning);
    list.append(item);
  }
  return list;
}

function mark(map, place, number) {
  const icon = L.divIcon({ className: `place ${place.shape}`, html: element("span", String(number)), iconSize: [24, 24] });
  const [longitude, latitude] = place.position;
  const marker = L.marker([latitude, longitude], { icon, keyboard: true, riseOnHover: true }).addTo(map).bindPopup(() => card(place), { maxWidth: 320 });
  // What is seen comes first, so that a voice can say it (WCAG 2.5.3).
  const label = [`${number} ${place.name}`, ...place.things.map(thing => thing.words)].join(", ");
  marker.getElement().setAttribute("aria-label", label);
  marker.bindTooltip(() => element("span", place.name), { direction: "top", offset: [0, -12] });
}

async function show() {
  const answer = await fetch(data.outlines, { headers: { Accept: "application/geo+json" } });
  if (!answer.ok) return;
  const outlines = await answer.json();
  const box = element("div", undefined, { className: "live", id: "map-live" });
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", data.words.map);
  figure.classList.add("moving");
  figure.removeAttribute("tabindex");
  figure.prepend(box, key(), element("p", data.credit, { className: "remark credit" }));
  const map = L.map(box, { zoomControl: false, scrollWheelZoom: false, attributionControl: false, zoomSnap: 0.25 });
  L.control.zoom({ zoomInTitle: data.words.near, zoomOutTitle: data.words.far }).addTo(map);
  if (data.tiles) L.control.attribution({ prefix: false }).addTo(map);
  map.on("focus click", () => map.scrollWheelZoom.enable());
  map.on("mouseout blur", () => map.scrollWheelZoom.disable());
  if (data.tiles) L.tileLayer(data.tiles.template, { attribution: element("i", data.tiles.attribution).innerHTML, maxZoom: 18 }).addTo(map);
  const areas = new Map(data.places.filter(place => place.area).map(place => [place.iri, place]));
  const order = ["contour", "commune", "border"];
  const drawn = outlines.features.filter(feature => data.looks[feature.properties.kind])
    .sort((a, b) => order.indexOf(data.looks[a.properties.kind]) - order.indexOf(data.looks[b.properties.kind]));
  const bounds = L.latLngBounds([]);
  for (const feature of drawn) {
    const look = data.looks[feature.properties.kind];
    const place = areas.get(feature.properties.place);
    const layer = L.geoJSON(feature, { interactive: Boolean(place), style: { className: `outline ${look}` } }).addTo(map);
    if (place) layer.bindPopup(() => card(place), { maxWidth: 320 });
    if (look !== "border") bounds.extend(layer.getBounds());
  }
  map.fitBounds(bounds, { padding: [10, 10] });
  data.places.filter(place => place.position).forEach((place, index) => mark(map, place, index + 1));
}

if (L) show();
