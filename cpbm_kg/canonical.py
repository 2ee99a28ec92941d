"""The canonical form of a dataset and its bytes: RDFC-1.0 labels, one order, three syntaxes.

pyoxigraph's readers, writers and canonicaliser (never its store) do the work: they keep lexical forms and run at
0.9 to 3.9 million triples a second (decisions.md, 13). Two builds of the same files give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.plugins.serializers.nt import _nt_row
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg.vocabulary import BASE, PREFIXES, RDF

_TYPE = ox.NamedNode(str(RDF.type))
_DIGITS = re.compile(r"(\d+)")
_OF_PLAN = re.compile(re.escape(BASE) + r"id/(?P<plan>[^/]+)/(?P<kind>[a-z-]+)/")


def canonical_quads(layers: Mapping[str, rdflib.Graph], names: Mapping[str, str]) -> list[ox.Quad]:
    """All layers as quads, blank nodes labelled by RDFC-1.0 over the whole dataset, in reading order.

    `names` gives the IRI of each layer's graph. Reading order: subjects naturally (9 before 10), `a` first.
    """
    dataset = ox.Dataset()
    for layer, graph in layers.items():
        name = ox.NamedNode(names[layer])
        for triple in ox.parse(graph.serialize(format="nt", encoding="utf-8"), format=ox.RdfFormat.N_TRIPLES):
            dataset.add(ox.Quad(triple.subject, triple.predicate, triple.object, name))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=_reading_order)


def nquads(quads: Iterable[ox.Quad]) -> bytes:
    """Canonical N-Quads: one line a quad, in code point order (RDFC-1.0, 5)."""
    lines = ox.serialize(quads, format=ox.RdfFormat.N_QUADS).decode().splitlines(keepends=True)
    return "".join(sorted(lines)).encode()


def ntriples_line(triple: tuple) -> str:
    """One triple as a canonical N-Triples line without its line end."""
    return ox.serialize(ox.parse(_nt_row(triple), format=ox.RdfFormat.N_TRIPLES), format=ox.RdfFormat.N_TRIPLES).decode().rstrip("\n")


def turtle(quads: Iterable[ox.Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as Turtle with the prefixes that occur."""
    return _with_prefixes(quads, ox.RdfFormat.TURTLE)


def turtle_of(triples: Iterable[tuple]) -> str:
    """Triples of rdflib terms as Turtle, in reading order."""
    return turtle(quads_of(triples)).decode()


def quads_of(triples: Iterable[tuple]) -> list[ox.Quad]:
    """Triples of rdflib terms, in reading order."""
    rows = "".join(map(_nt_row, triples)).encode()
    return merged(ox.Quad(t.subject, t.predicate, t.object) for t in ox.parse(rows, format=ox.RdfFormat.N_TRIPLES))


def trig(quads: Iterable[ox.Quad]) -> bytes:
    """The quads as TriG, graph by graph in the order given."""
    quads = list(quads)
    return ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=_prefixes(quads))


def ntriples(quads: Iterable[ox.Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as N-Triples in code point order."""
    lines = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES).decode().splitlines(keepends=True)
    return "".join(sorted(lines)).encode()


def jsonld(quads: Iterable[ox.Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as JSON-LD."""
    return _with_prefixes(quads, ox.RdfFormat.JSON_LD)


def rdfxml(quads: Iterable[ox.Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as RDF/XML."""
    return _with_prefixes(quads, ox.RdfFormat.RDF_XML)


# By the name of the format: each takes quads and gives the triples in them, always the same bytes for the same quads.
WRITERS = {"ttl": turtle, "nt": ntriples, "jsonld": jsonld, "rdf": rdfxml}


def quads_of_graph(path: Path, graph: str) -> list[ox.Quad]:
    """The quads of one graph of an N-Quads file, in reading order; blank nodes keep their labels."""
    return sorted((quad for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS) if quad.graph_name == ox.NamedNode(graph)), key=_reading_order)


def _with_prefixes(quads: Iterable[ox.Quad], format: ox.RdfFormat) -> bytes:
    triples = [quad.triple for quad in quads]
    return ox.serialize(triples, format=format, prefixes=_prefixes(triples))


def _reading_order(quad: ox.Quad) -> tuple:
    return (str(quad.graph_name), natural(str(quad.subject)), quad.predicate != _TYPE, str(quad.predicate), natural(str(quad.object)), str(quad.object))


def natural(text: str) -> list:
    """The key that puts 9 before 10."""
    return [int(part) if part.isdecimal() and part.isascii() else part for part in _DIGITS.split(text)]


def _prefixes(statements: Iterable) -> dict[str, str]:
    """The shared prefixes and those of each plan (`action:`, or `cpbm-2013-action:` among several plans), as far
    as the statements use them."""
    seen: set[str] = set()
    for statement in statements:
        for term in (statement.subject, statement.predicate, statement.object):
            if isinstance(term, ox.Literal):
                term = term.datatype
            if isinstance(term, ox.NamedNode):
                iri = term.value
                seen.add(iri[: max(iri.rfind("/"), iri.rfind("#")) + 1])
    shared = {prefix: namespace for prefix, namespace in PREFIXES.items() if namespace in seen}
    of_plans = [match for match in map(_OF_PLAN.fullmatch, sorted(seen)) if match]
    several = len({match["plan"] for match in of_plans}) > 1
    planned = {f"{match['plan']}-{match['kind']}" if several else match["kind"]: match[0] for match in of_plans}
    return dict(sorted((planned | shared).items()))


def merged(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The quads as one graph: each triple once, in reading order."""
    return sorted({ox.Quad(q.subject, q.predicate, q.object, ox.DefaultGraph()) for q in quads}, key=_reading_order)


def refusal(text: str) -> tuple[int, int] | None:
    """Line and column, from 1, of what is not Turtle 1.1 in a text; None where all of it is. Stricter than the reader
    with places, which lets some of N3 through."""
    try:
        for _ in ox.parse(text.removeprefix("\ufeff"), format=ox.RdfFormat.TURTLE):
            pass
    except SyntaxError as error:
        return error.lineno or 1, error.offset or 1
    return None


def triples_by_graph(path: Path) -> dict[str, set[tuple]]:
    """The triples of a file as rdflib terms, by the IRI of their graph ("" for the default one).

    Raises OSError where it cannot be opened, ValueError where its kind is not known, SyntaxError where it is not what
    its kind says. Blank nodes keep the label they have.
    """
    format = ox.RdfFormat.from_extension(path.suffix.removeprefix("."))
    if format is None:
        raise ValueError(path.suffix)
    graphs: dict[str, set[tuple]] = {}
    for quad in ox.parse(path=str(path), format=format):
        graph = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
        graphs.setdefault(graph, set()).add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return graphs


def _term(term) -> Node:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    return Literal(term.value, lang=term.language) if term.language else Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)
