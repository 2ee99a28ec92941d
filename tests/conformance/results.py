"""Answers read and compared: solutions as multisets up to blank node names, in order where the query orders them,
graphs up to isomorphism, numbers by type and value.

rdflib reads what pyoxigraph has written, so that one library's fault does not hide behind itself.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import rdflib
from rdflib import RDF, XSD, BNode, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.query import Result

rdflib.NORMALIZE_LITERALS = False  # lexical forms are part of what is compared

RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV, TURTLE = "text/csv", "text/tab-separated-values", "text/turtle"
_READERS = {JSON: "json", XML: "xml", TSV: "tsv"}
# What to ask for where the expected result stands in a file of this kind.
ACCEPT = {".srj": JSON, ".srx": XML, ".csv": CSV, ".tsv": TSV, ".ttl": f"{TURTLE}, {JSON}"}

Row = dict[str, rdflib.term.Node]
_INTEGERS = {XSD[name] for name in (
    "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger",
    "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte", "decimal")}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Table:
    """The solutions of a SELECT."""

    variables: frozenset[str]
    rows: tuple[Row, ...]


Outcome = bool | Table | rdflib.Graph


def read(body: bytes, media_type: str, base: str | None = None) -> Outcome:
    """An answer, or the content of an expected-results file of that type."""
    if media_type == CSV:
        return _read_csv(body.decode())
    if media_type == TURTLE:
        return _read_graph(body, base)
    result = Result.parse(io.BytesIO(body), format=_READERS[media_type])
    if result.type == "ASK":
        return bool(result.askAnswer)
    return Table(frozenset(map(str, result.vars)), tuple({str(name): term for name, term in row.items()} for row in result.bindings))


def difference(expected: Outcome, got: Outcome, ordered: bool) -> str | None:
    """What differs, in one line; None where both are equal."""
    if type(expected) is not type(got):
        return f"{type(got).__name__} instead of {type(expected).__name__}"
    if isinstance(expected, bool):
        return None if expected == got else f"{got} instead of {expected}"
    if isinstance(expected, rdflib.Graph):
        return None if isomorphic(_by_value(expected), _by_value(got)) else f"another graph ({len(got)} triples instead of {len(expected)})"
    return _table_difference(expected, got, ordered)


def _table_difference(expected: Table, got: Table, ordered: bool) -> str | None:
    if expected.variables != got.variables:
        return f"variables {sorted(got.variables)} instead of {sorted(expected.variables)}"
    if len(expected.rows) != len(got.rows):
        return f"{len(got.rows)} rows instead of {len(expected.rows)}"
    before, after = ([frozenset((name, value(term)) for name, term in row.items()) for row in table.rows] for table in (expected, got))
    if any(isinstance(term, BNode) for row in expected.rows for term in row.values()):
        return None if isomorphic(_as_graph(expected), _as_graph(got)) else "other rows (with blank nodes)"
    missing, extra = Counter(before) - Counter(after), Counter(after) - Counter(before)
    if missing or extra:
        return f"other rows: missing {_shown(missing)}, not expected {_shown(extra)}"
    return "another order" if ordered and before != after else None


def value(term: rdflib.term.Node) -> tuple:
    """A term as what counts: numbers by type and value, language tags in lower case, plain literals as strings."""
    if not isinstance(term, Literal):
        return type(term).__name__, "" if isinstance(term, BNode) else str(term)
    text, datatype = str(term), term.datatype
    try:
        if datatype in _INTEGERS:
            text = str(Decimal(text).normalize() + 0)
        elif datatype in (XSD.double, XSD.float):
            text = repr(float(text))
    except (InvalidOperation, ValueError):
        pass  # an ill-typed literal is itself
    return "Literal", text, (term.language or "").lower(), "" if datatype == XSD.string else str(datatype or "")


def _canonical(term: rdflib.term.Node) -> rdflib.term.Node:
    if not isinstance(term, Literal):
        return term
    _, text, language, datatype = value(term)
    return Literal(text, lang=language or None, datatype=URIRef(datatype) if datatype else None)


def _by_value(graph: rdflib.Graph) -> rdflib.Graph:
    copy = rdflib.Graph()
    for triple in graph:
        copy.add(tuple(map(_canonical, triple)))
    return copy


def _as_graph(table: Table) -> rdflib.Graph:
    """A node for each row, so that blank nodes shared between rows must be shared on the other side too."""
    graph = rdflib.Graph()
    for row in table.rows:
        node = BNode()
        graph.add((node, RDF.type, RS.ResultSolution))
        for name, term in row.items():
            graph.add((node, URIRef(f"urn:variable:{name}"), _canonical(term)))
    return graph


def _read_graph(body: bytes, base: str | None) -> Outcome:
    """A graph, unless it is a table or a truth value written as one (rs:ResultSet)."""
    graph = rdflib.Graph().parse(data=body, format="turtle", publicID=base)
    found = graph.value(predicate=RDF.type, object=RS.ResultSet)
    if found is None:
        return graph
    truth = graph.value(found, RS.boolean)
    if truth is not None:
        return str(truth) in ("true", "1")
    solutions = sorted(graph.objects(found, RS.solution), key=lambda solution: int(graph.value(solution, RS["index"]) or 0))
    rows = tuple({str(graph.value(binding, RS.variable)): graph.value(binding, RS.value) for binding in graph.objects(solution, RS.binding)}
                 for solution in solutions)
    return Table(frozenset(map(str, graph.objects(found, RS.resultVariable))), rows)


def _read_csv(text: str) -> Table:
    """CSV keeps neither kind nor type (SPARQL 1.1 Query Results CSV 3.2): numbers by value, blank nodes as such."""
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    return Table(frozenset(header), tuple({name: _cell(cell) for name, cell in zip(header, line, strict=True) if cell} for line in lines))


def _cell(text: str) -> rdflib.term.Node:
    if text.startswith("_:"):
        return BNode(text[2:])
    return Literal(text, datatype=XSD.double) if _NUMBER.fullmatch(text) else Literal(text)


def _shown(rows: Counter) -> str:
    return "nothing" if not rows else " ".join(f"{name}={'/'.join(filter(None, term[1:]))}" for name, term in sorted(next(iter(rows))))
