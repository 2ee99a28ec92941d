// The editor of the query page: the textarea becomes YASQE, which colours and completes; the form stays the form, so the
// answer, its limits and its address are those of the page without a script. Completion knows this graph alone.

const LONGEST_ADDRESS = 6000; // characters; a longer query is sent as the body of a POST

const form = document.getElementById("ask");
const field = document.getElementById("query");

function completer(name, terms, shows) {
  const own = window.Yasqe.Autocompleters[name];
  return { ...own, name: `own-${name}`, bulk: false, autoShow: false, persistenceId: null, get: (_, token) => matching(terms, shows(token)) };
}

function matching(terms, start) {
  return terms.filter((term) => term.toLowerCase().includes(start.toLowerCase())).slice(0, 50);
}

function edit(terms) {
  const { Yasqe } = window;
  const prefixes = Object.entries(terms.prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`).sort();
  const written = (token) => token.autocompletionString || token.string.trim();
  const own = [completer("prefixes", prefixes, written), completer("class", terms.classes, written), completer("property", terms.properties, written)];
  own.forEach((one) => Yasqe.registerAutocompleter(one, false));
  const place = document.createElement("div");
  field.before(place);
  const editor = new Yasqe(place, {
    value: field.value,
    persistenceId: null,
    consumeShareLink: null,
    createShareableLink: null,
    showQueryButton: false,
    resizeable: false,
    autocompleters: [...own.map((one) => one.name), "variables"],
    // Tab goes on to the next field, as everywhere: nobody is caught in the editor.
    extraKeys: { ...Yasqe.defaults.extraKeys, Tab: false, "Shift-Tab": false, "Ctrl-Enter": () => form.requestSubmit(), "Cmd-Enter": () => form.requestSubmit() },
  });
  const input = editor.getInputField();
  input.setAttribute("aria-label", field.labels[0].textContent.trim());
  input.setAttribute("aria-describedby", "keys");
  document.getElementById("keys").hidden = false;
  field.hidden = true;
  editor.on("change", () => { field.value = editor.getValue(); });
  form.addEventListener("submit", () => { field.value = editor.getValue(); });
  field.labels[0].addEventListener("click", () => editor.focus());
}

form.addEventListener("submit", () => {
  form.method = encodeURIComponent(field.value).length > LONGEST_ADDRESS ? "post" : "get";
});

document.getElementById("answer")?.focus({ preventScroll: false });

const response = await fetch("/query/terms.json");
if (response.ok && window.Yasqe) edit(await response.json());
