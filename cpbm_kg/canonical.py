"""The canonical form of a dataset and its bytes: RDFC-1.0 labels, one order, every syntax.

pyoxigraph's readers, writers and canonicaliser (never its store) do the work: they keep lexical forms and run at
0.9 to 3.9 million triples a second (decisions.md, 13). In between a triple is its N-Triples line: to sort and to choose
lines costs a fifth of what objects cost (measured). Two builds of the same files give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import rdflib
from rdflib.plugins.serializers.nt import _nt_row
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg.vocabulary import BASE, PREFIXES, RDF

_TYPE = f"<{RDF.type}>"
_DIGITS = re.compile(r"(\d+)")
_OF_PLAN = re.compile(re.escape(BASE) + r"id/(?P<plan>[^/]+)/(?P<kind>[a-z-]+)/")
_DATATYPE = re.compile(r'"\^\^<([^>]*)>$')


class Quad(NamedTuple):
    """A triple in N-Triples, without its full stop, and the IRI of its graph ("" for the default one)."""

    triple: str
    graph: str


def canonical_quads(layers: Mapping[str, rdflib.Graph], names: Mapping[str, str]) -> list[Quad]:
    """All layers as quads, blank nodes labelled by RDFC-1.0 over the whole dataset, in reading order.

    `names` gives the IRI of each layer's graph. Reading order: subjects naturally (9 before 10), `a` first.
    """
    rows = "".join(f"{_nt_row(triple)[:-2]}<{names[layer]}> .\n" for layer, graph in layers.items() for triple in graph)
    dataset = ox.Dataset(ox.parse(rows.encode(), format=ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS).decode().splitlines()
    return _in_reading_order(Quad(triple, graph[1:-1]) for triple, _, graph in (line[:-2].rpartition(" ") for line in lines))


def quads_of(triples: Iterable[tuple]) -> list[Quad]:
    """Triples of rdflib terms in the default graph, in reading order."""
    return _in_reading_order(Quad(triple, "") for triple in {line[:-2] for line in _ntriples("".join(map(_nt_row, triples))).splitlines()})


def quads_of_graph(path: Path, graph: str) -> list[Quad]:
    """The quads of one graph of a canonical N-Quads file, in reading order."""
    end = f" <{graph}> .\n"
    with open(path, encoding="utf-8", newline="\n") as lines:
        return _in_reading_order(Quad(line.removesuffix(end), graph) for line in lines if line.endswith(end))


def merged(quads: Iterable[Quad]) -> list[Quad]:
    """The quads as one graph: each triple once, in the order of the quads."""
    return [Quad(triple, "") for triple in dict.fromkeys(quad.triple for quad in quads)]


def nquads(quads: Iterable[Quad]) -> bytes:
    """Canonical N-Quads: one line a quad, in code point order (RDFC-1.0, 5)."""
    return "".join(sorted(f"{triple} <{graph}> .\n" for triple, graph in quads)).encode()


def ntriples(quads: Iterable[Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as N-Triples in code point order."""
    return "".join(sorted(f"{triple} .\n" for triple, _ in quads)).encode()


def ntriples_line(triple: tuple) -> str:
    """One triple as a canonical N-Triples line without its line end."""
    return _ntriples(_nt_row(triple)).rstrip("\n")


def turtle(quads: Iterable[Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as Turtle with the prefixes that occur."""
    return _written(quads, ox.RdfFormat.TURTLE)


def turtle_of(triples: Iterable[tuple]) -> str:
    """Triples of rdflib terms as Turtle, in reading order."""
    return turtle(quads_of(triples)).decode()


def trig(quads: Iterable[Quad]) -> bytes:
    """The quads as TriG, graph by graph."""
    quads = sorted(quads, key=lambda quad: quad.graph)
    lines = "".join(f"{triple} <{graph}> .\n" for triple, graph in quads).encode()
    return ox.serialize(ox.parse(lines, format=ox.RdfFormat.N_QUADS), format=ox.RdfFormat.TRIG, prefixes=_prefixes(quads))


def jsonld(quads: Iterable[Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as JSON-LD."""
    return _written(quads, ox.RdfFormat.JSON_LD)


def rdfxml(quads: Iterable[Quad]) -> bytes:
    """The triples of `quads`, whatever their graph, as RDF/XML."""
    return _written(quads, ox.RdfFormat.RDF_XML)


# By the name of the format: each takes quads and gives the triples in them, always the same bytes for the same quads.
WRITERS = {"ttl": turtle, "nt": ntriples, "jsonld": jsonld, "rdf": rdfxml}


def _ntriples(rows: str) -> str:
    """Lines as rdflib writes them, as RDF 1.2 N-Triples has them canonical."""
    return ox.serialize(ox.parse(rows.encode(), format=ox.RdfFormat.N_TRIPLES), format=ox.RdfFormat.N_TRIPLES).decode()


def _written(quads: Iterable[Quad], format: ox.RdfFormat) -> bytes:
    quads = list(quads)
    lines = "".join(f"{triple} .\n" for triple, _ in quads).encode()
    return ox.serialize(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES), format=format, prefixes=_prefixes(quads))


def _in_reading_order(quads: Iterable[Quad]) -> list[Quad]:
    """By subject, type, property and value; each distinct term is looked at once, which is what makes it quick."""
    rows = [(*quad.triple.split(" ", 2), quad) for quad in quads]
    terms = {subject for subject, *_ in rows} | {value for _, _, value, _ in rows}
    place = {term: number for number, term in enumerate(sorted(terms, key=lambda term: (natural(term), term)))}
    rows.sort(key=lambda row: (place[row[0]], row[1] != _TYPE, row[1], place[row[2]], row[3].graph))
    return [row[3] for row in rows]


def natural(text: str) -> list:
    """The key that puts 9 before 10."""
    return [int(part) if part.isdecimal() and part.isascii() else part for part in _DIGITS.split(text)]


def _prefixes(quads: Iterable[Quad]) -> dict[str, str]:
    """The shared prefixes and those of each plan (`action:`, or `cpbm-2013-action:` among several plans), as far
    as the statements use them."""
    terms = {term for quad in quads for term in quad.triple.split(" ", 2)}
    seen = {iri[: max(iri.rfind("/"), iri.rfind("#")) + 1] for iri in filter(None, map(_iri, terms))}
    shared = {prefix: namespace for prefix, namespace in PREFIXES.items() if namespace in seen}
    of_plans = [match for match in map(_OF_PLAN.fullmatch, sorted(seen)) if match]
    several = len({match["plan"] for match in of_plans}) > 1
    planned = {f"{match['plan']}-{match['kind']}" if several else match["kind"]: match[0] for match in of_plans}
    return dict(sorted((planned | shared).items()))


def _iri(term: str) -> str:
    """The IRI that a term of N-Triples is, or that its datatype is; "" for others."""
    if term.startswith("<"):
        return term[1:-1]
    typed = _DATATYPE.search(term) if term.startswith('"') else None
    return typed[1] if typed else ""


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
