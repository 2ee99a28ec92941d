// The network that moves: the nodes and links of the picture where it has them, under cytoscape; a chosen node can bring in its neighbours.
const data = JSON.parse(document.getElementById("live").textContent);
const figure = document.getElementById("picture");
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const page = iri => iri.startsWith(data.base) ? data.page + iri.slice(data.base.length) : iri;

function element(name, words, more = {}) {
  const made = Object.assign(document.createElement(name), more);
  if (words !== undefined) made.textContent = words;
  return made;
}

const style = () => [
  { selector: "node", style: { shape: "round-rectangle", width: "data(width)", height: 34, label: "data(short)", "text-wrap": "wrap", "text-max-width": "data(room)", "text-valign": "center", "text-halign": "center",
    "font-size": 12, "font-family": "system-ui, sans-serif", color: colour("ink"), "background-color": colour("accent-paper"), "border-width": 1.5, "border-color": colour("accent") } },
  { selector: "node[kind = 'axis']", style: { shape: "rectangle" } },
  { selector: "node[kind = 'workshop'], node[kind = 'committee']", style: { shape: "barrel" } },
  { selector: "node[kind = 'actor']", style: { shape: "cut-rectangle" } },
  { selector: "node[kind = 'tier'], node[kind = 'theme']", style: { "border-style": "double", "border-width": 4 } },
  { selector: "edge", style: { width: 1.3, "line-color": colour("soft"), "curve-style": "bezier", "target-arrow-shape": "triangle", "target-arrow-color": colour("soft"), "arrow-scale": 0.7 } },
  { selector: "edge[?inferred]", style: { "line-style": "dashed", "line-color": colour("warm"), "target-arrow-color": colour("warm"), width: 1.8 } },
  { selector: "edge[?arc]", style: { "curve-style": "unbundled-bezier", "control-point-distances": 70, "control-point-weights": 0.5, "source-endpoint": "90deg", "target-endpoint": "90deg" } },
  { selector: "node.head", style: { "background-opacity": 0, "border-width": 0, "font-weight": 700, "font-size": 14, events: "no" } },
  { selector: ".far", style: { opacity: 0.2 } },
  { selector: "node:selected", style: { "border-width": 4, "border-color": colour("warm") } },
];

// Two lines of a box: about 3.9 pixels of its width a character.
const short = (words, width) => words.length > width / 3.9 ? `${words.slice(0, width / 3.9 - 2).replace(/\s+\S*$/, "")} …` : words;
const node = (id, words, kind, x, y, width) => ({ group: "nodes", data: { id, words, short: short(words, width), kind, width, room: width - 8 }, position: { x, y } });
const link = (source, target, words, inferred) => ({ group: "edges", data: { id: `${source} ${words} ${target}`, source, target, words, inferred } });
const head = (words, left, width) => ({ group: "nodes", classes: "head", selectable: false, grabbable: false, data: { id: `head ${words}`, short: words, width, room: width }, position: { x: left + width / 2, y: 84 } });

// A link within a column goes round its boxes, not through them.
function bend(edge) {
  const [from, to] = [edge.source().position(), edge.target().position()];
  if (Math.abs(from.x - to.x) > 1) return void edge.data("arc", false);
  edge.data("arc", true).style("control-point-distances", from.y < to.y ? -70 : 70);
}

function start() {
  const box = element("div", undefined, { className: "live", id: "network-live" });
  const chosen = element("div", undefined, { className: "chosen", id: "chosen" });
  chosen.setAttribute("aria-live", "polite");
  chosen.append(element("p", data.words.choose));
  figure.classList.add("moving");
  figure.removeAttribute("tabindex");
  figure.prepend(box, chosen);
  const cy = window.cytoscape({
    container: box, style: style(), layout: { name: "preset" }, minZoom: 0.2, maxZoom: 3, userZoomingEnabled: false, boxSelectionEnabled: false,
    elements: [...data.nodes.map(one => node(one.id, one.words, one.kind, one.box[0] + one.box[2] / 2, one.box[1] + 17, one.box[2])),
      ...data.links.map(one => link(one.source, one.target, one.words, one.inferred))],
  });
  arrange(cy);
  first(cy, box);
  controls(cy, box);
  cy.on("tap", () => cy.userZoomingEnabled(true));
  box.addEventListener("mouseleave", () => cy.userZoomingEnabled(false));
  cy.on("tap", "node", event => choose(cy, event.target, chosen));
  cy.on("tap", event => { if (event.target === cy) cy.elements().removeClass("far"); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(style()));
}

// Each kind in its column, in the order in which its nodes stand.
function arrange(cy) {
  cy.nodes(".head").remove();
  const columns = data.kinds.map(one => ({ ...one, nodes: cy.nodes().filter(each => each.data("kind") === one.kind).sort((a, b) => a.position("y") - b.position("y")) }))
    .filter(one => one.nodes.length);
  const tallest = Math.max(...columns.map(one => one.nodes.length));
  let left = 0;
  for (const { words, width, nodes } of columns) {
    cy.add(head(words, left, width));
    nodes.forEach((one, index) => one.data({ width, room: width - 8, short: short(one.data("words"), width) })
      .position({ x: left + width / 2, y: 104 + (index + 0.5) * tallest * 40 / nodes.length }));
    left += width + 46;
  }
  cy.edges().forEach(bend);
}

// At first as wide as the frame and from the top, so that words can be read.
function first(cy, box) {
  const whole = cy.elements().boundingBox();
  if (!whole.w) return;
  cy.zoom(Math.max(0.55, Math.min(1.1, (box.clientWidth - 20) / whole.w)));
  const bounds = cy.elements().renderedBoundingBox();
  const height = bounds.h + 60 < box.clientHeight ? (box.clientHeight - bounds.h) / 2 : 56;
  cy.panBy({ x: Math.max(10, (box.clientWidth - bounds.w) / 2) - bounds.x1, y: height - bounds.y1 });
}

function controls(cy, box) {
  const bar = element("div", undefined, { className: "controls" });
  const centre = () => ({ x: box.clientWidth / 2, y: box.clientHeight / 2 });
  for (const [sign, words, act] of [["+", data.words.near, () => cy.zoom({ level: cy.zoom() * 1.3, renderedPosition: centre() })],
    ["−", data.words.far, () => cy.zoom({ level: cy.zoom() / 1.3, renderedPosition: centre() })], ["⤢", data.words.all, () => cy.fit(undefined, 20)]]) {
    const button = element("button", sign, { type: "button", title: words });
    button.setAttribute("aria-label", words);
    button.addEventListener("click", act);
    bar.append(button);
  }
  box.append(bar);
}

function choose(cy, target, panel) {
  cy.elements().addClass("far");
  target.closedNeighborhood().removeClass("far");
  const head = element("h2");
  head.append(element("a", target.data("words"), { href: page(target.id()) }));
  const list = element("ul");
  for (const edge of target.connectedEdges()) {
    const other = edge.source().same(target) ? edge.target() : edge.source();
    const item = element("li", `${edge.data("words")} : ${other.data("words")} `);
    if (edge.data("inferred")) item.append(element("span", data.words.inferred, { className: "mark inferred" }));
    list.append(item);
  }
  const more = element("button", data.words.expand, { type: "button" });
  more.addEventListener("click", async () => { const said = await expand(cy, target); arrange(cy); first(cy, cy.container()); choose(cy, target, panel); if (said) panel.append(element("p", said)); });
  const around = `${data.here}?thing=${encodeURIComponent(target.id())}${data.inferred ? "&inferred=yes" : ""}`;
  const row = element("p", undefined, { className: "row" });
  row.append(more, element("a", data.words.around, { href: around, className: "button second" }));
  panel.replaceChildren(head, element("p", data.kinds.find(one => one.kind === target.data("kind")).words), list, row);
}

// Brings in what is linked to a node; what could not be brought in is said.
async function expand(cy, target) {
  const answer = await fetch(`${data.expand}&thing=${encodeURIComponent(target.id())}&format=rows`);
  if (!answer.ok) return (await answer.json()).title;
  const { rows } = await answer.json();
  const before = cy.elements().length;
  let full = false;
  const words = (row, end) => row[`${end}Number`] === null ? row[`${end}Name`] : `${data.words.number} ${row[`${end}Number`]} ${row[`${end}Name`]}`;
  for (const row of rows) {
    const fresh = ["from", "to"].filter(end => cy.getElementById(row[end]).empty());
    if (cy.nodes("[kind]").length + fresh.length > data.most) { full = true; continue; }
    fresh.forEach(end => {
      cy.add(node(row[end], words(row, end), row[`${end}Kind`], 0, target.position("y"), 165));
    });
    const made = link(row.from, row.to, data.relations[row.relation] || row.relation.replace(/^.*[#/]/, ""), /\/(inferred|conjectured)$/.test(row.modality));
    if (cy.getElementById(made.data.id).empty()) cy.add(made);
  }
  return full ? data.words.full : cy.elements().length === before ? data.words.nothing : "";
}

if (window.cytoscape) start();
