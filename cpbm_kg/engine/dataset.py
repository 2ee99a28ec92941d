"""The graphs that a query may see, moved from its text to the request, where the request's are the server's law.

SPARQL 1.1 Protocol 2.1.4 lets the dataset of the request replace that of the query, but Virtuoso 7 joins the two
(measured): a FROM left in the text would open every graph of its store. So the clause is taken out word by word, and
what it names goes into the parameters, as far as it is ours.
"""

from __future__ import annotations

from cpbm_kg import algebra
from cpbm_kg.engine import Query
from cpbm_kg.layout.tokens import tokens
from cpbm_kg.vocabulary import BASE, DEFAULT_LAYERS, GRAPH, LAYERS

# A graph that nobody fills: a dataset without a default graph, or without named ones, must be said by some name.
NOTHING = str(GRAPH["none"])
_OURS = {str(layer.iri) for layer in LAYERS}
_DEFAULT = tuple(str(GRAPH[name]) for name in DEFAULT_LAYERS)
_NAMED = tuple(str(layer.iri) for layer in LAYERS)

Parameters = list[tuple[str, str]]


def separate(query: Query) -> tuple[str, Parameters]:
    """The text without dataset clause, against our base, and the parameters that name its graphs; the query is one that
    Oxigraph has parsed. A graph that is not ours is empty, as in the other engines."""
    text, clauses = _without_clauses(query.text)
    default, named = query.default_graphs, query.named_graphs
    if default is None and named is None:
        default, named = _clauses(query.text) if clauses else (_DEFAULT, _NAMED)
    return f"BASE <{BASE}> {text}", [*_parameters("default-graph-uri", default or ()), *_parameters("named-graph-uri", named or ())]


def _parameters(name: str, graphs: tuple[str, ...]) -> Parameters:
    return [(name, graph) for graph in dict.fromkeys(graphs) if graph in _OURS] or [(name, NOTHING)]


def _without_clauses(text: str) -> tuple[str, bool]:
    """The text without `FROM <g>` and `FROM NAMED <g>`, and whether there were any. The word FROM has no other use in
    the grammar (19.8), outside names, strings and comments, which are tokens of their own."""
    if "FROM" not in text.upper():
        return text, False
    kept, at, found = [], 0, False
    words = [token for token in tokens(text) if token.kind != "comment"]
    for number, token in enumerate(words):
        if token.kind == "word" and token.text.upper() == "FROM":
            last = words[number + (2 if words[number + 1].text.upper() == "NAMED" else 1)]
            kept.append(text[at:token.start])
            at, found = last.start + len(last.text), True
    return " ".join([*kept, text[at:]]), found


def _clauses(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Default and named graphs of the dataset clause, as absolute IRIs."""
    clauses = algebra.parse(f"BASE <{BASE}> {text}").algebra.datasetClause or ()
    return (tuple(str(clause.default) for clause in clauses if clause.default), tuple(str(clause.named) for clause in clauses if clause.named))
