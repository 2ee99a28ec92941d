"""RDF as lines and its bytes: RDFC-1.0 labels, one order, every syntax.

pyoxigraph's readers, writers and canonicaliser (never its store) do the work: they keep lexical forms and run at
0.9 to 3.9 million triples a second (decisions.md, 13). In between a triple is its line of N-Triples, full stop and line
end included: to sort and to choose lines costs a fifth of what objects cost (measured), and a graph larger than memory
is a file of them. Two builds of the same files give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.plugins.serializers.nt import _nt_row
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg.vocabulary import BASE, GRAPH, PREFIXES, RDF, XSD

_TYPE = f"<{RDF.type}>"
_STRING = str(XSD.string)
_END = " .\n"
_DIGITS = re.compile(r"(\d+)")
_OF_PLAN = re.compile(re.escape(BASE) + r"id/(?P<plan>[^/]+)/(?P<kind>[a-z-]+)/")
_DATATYPE = re.compile(r'"\^\^<([^>]*)>$')
# By the name of the format: the syntaxes that hold one graph.
SYNTAXES = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD, "rdf": ox.RdfFormat.RDF_XML}


def canonical_lines(layers: Mapping[str, rdflib.Graph]) -> dict[str, list[str]]:
    """The lines of each layer in reading order, blank nodes labelled by RDFC-1.0 over all these layers together (which
    looks at the lines that name one, so layers that have none need not be there)."""
    rows = {layer: "".join(map(_nt_row, graph)) for layer, graph in layers.items()}
    labelled = _labelled({layer: text for layer, text in rows.items() if "_:" in text})
    return {layer: in_reading_order(labelled[layer] if layer in labelled else _lines(_ntriples(text))) for layer, text in rows.items()}


def _labelled(rows: Mapping[str, str]) -> dict[str, list[str]]:
    """The lines of each layer with the labels of RDFC-1.0, in no order."""
    dataset = ox.Dataset()
    for layer, text in rows.items():
        graph = ox.NamedNode(GRAPH[layer])
        for quad in ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES):
            dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    found: dict[str, list[str]] = {layer: [] for layer in rows}
    for line in _lines(ox.serialize(dataset, format=ox.RdfFormat.N_QUADS).decode()):
        triple, _, graph = line.removesuffix(_END).rpartition(" ")
        found[graph.removeprefix(f"<{GRAPH}")[:-1]].append(triple + _END)
    return found


def lines_of(triples: Iterable[tuple]) -> list[str]:
    """Triples of rdflib terms as lines in reading order, each once."""
    return in_reading_order(set(_lines(_ntriples("".join(map(_nt_row, triples))))))


def lines_of_graph(path: Path, graph: str) -> list[str]:
    """The lines of one graph of a canonical N-Quads file, in reading order."""
    end = f" <{graph}> .\n"
    with open(path, encoding="utf-8", newline="\n") as lines:
        return in_reading_order(line.removesuffix(end) + _END for line in lines if line.endswith(end))


def in_reading_order(lines: Iterable[str]) -> list[str]:
    """By subject (naturally: 9 before 10), `a` first, property and value; each distinct term is looked at once, which is
    what makes it quick."""
    rows = [(*line.removesuffix(_END).split(" ", 2), line) for line in lines]
    terms = {subject for subject, *_ in rows} | {value for _, _, value, _ in rows}
    place = {term: number for number, term in enumerate(sorted(terms, key=lambda term: (natural(term), term)))}
    rows.sort(key=lambda row: (place[row[0]], row[1] != _TYPE, row[1], place[row[2]]))
    return [row[3] for row in rows]


def natural(text: str) -> list:
    """The key that puts 9 before 10."""
    return [int(part) if part.isdecimal() and part.isascii() else part for part in _DIGITS.split(text)]


def ntriples_line(triple: tuple) -> str:
    """One triple as a canonical N-Triples line without its line end."""
    return _ntriples(_nt_row(triple)).rstrip("\n")


def ntriples_term(term: Node) -> str:
    """One term as canonical N-Triples has it."""
    return ntriples_line((RDF.type, RDF.type, term)).split(" ", 2)[2].removesuffix(_END.rstrip())


def ntriples(lines: Iterable[str]) -> bytes:
    """Lines as canonical N-Triples: in code point order (RDFC-1.0, 5)."""
    return "".join(sorted(lines)).encode()


def serialise(lines: Iterable[str], syntax: str) -> bytes:
    """Lines in the syntax of that name, with the prefixes that occur; always the same bytes for the same lines."""
    if syntax == "nt":
        return ntriples(lines)
    text = "".join(lines)
    return ox.serialize(ox.parse(text.encode(), format=ox.RdfFormat.N_TRIPLES), format=SYNTAXES[syntax], prefixes=prefixes(namespaces(_lines(text))))


def turtle_of(triples: Iterable[tuple]) -> str:
    """Triples of rdflib terms as Turtle, in reading order."""
    return serialise(lines_of(triples), "ttl").decode()


def serialise_file(graph: Path, target: Path, syntax: str, named: Mapping[str, str]) -> None:
    """As `serialise`, from a file of lines into a file, whatever their size (but for N-Triples); `named` are its prefixes."""
    if syntax == "nt":
        with open(graph, encoding="utf-8", newline="\n") as lines:
            target.write_bytes(ntriples(lines))
    else:
        ox.serialize(ox.parse(path=graph, format=ox.RdfFormat.N_TRIPLES), output=target, format=SYNTAXES[syntax], prefixes=named)


def write_trig(graphs: Mapping[str, Path], target: Path, named: Mapping[str, str]) -> None:
    """Files of lines by the IRI of their graph as TriG, graph by graph; `named` are the prefixes."""
    quads = chain.from_iterable(_quads(path, iri) for iri, path in sorted(graphs.items()))
    ox.serialize(quads, output=target, format=ox.RdfFormat.TRIG, prefixes=named)


def write_nquads(graphs: Mapping[str, Path], target: Path) -> None:
    """Files of lines by the IRI of their graph as canonical N-Quads: a line a quad, in code point order (RDFC-1.0, 5)."""
    quads: list[bytes] = []
    for iri, path in graphs.items():
        end = f" <{iri}> .\n".encode()
        with open(path, "rb") as lines:
            quads += (line[:-3] + end for line in lines)
    quads.sort()
    with open(target, "wb") as sink:
        sink.writelines(quads)


def _quads(path: Path, graph: str) -> Iterator[ox.Quad]:
    name = ox.NamedNode(graph)
    for quad in ox.parse(path=path, format=ox.RdfFormat.N_TRIPLES):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, name)


def _ntriples(rows: str) -> str:
    """Lines as rdflib writes them, as RDF 1.2 N-Triples has them canonical."""
    return ox.serialize(ox.parse(rows.encode(), format=ox.RdfFormat.N_TRIPLES), format=ox.RdfFormat.N_TRIPLES).decode()


def _lines(text: str) -> Iterator[str]:
    """The lines of a text with their ends; a literal may hold what else `splitlines` takes for an end."""
    return iter(io.StringIO(text, newline="\n"))


def namespaces(lines: Iterable[str]) -> set[str]:
    """What stands before the local name of every IRI that occurs, those of datatypes included."""
    terms: set[str] = set()
    for line in lines:
        terms.update(line.removesuffix(_END).split(" ", 2))
    return {iri[: max(iri.rfind("/"), iri.rfind("#")) + 1] for iri in filter(None, map(_iri, terms))}


def prefixes(seen: set[str]) -> dict[str, str]:
    """The shared prefixes and those of each plan (`action:`, or `cpbm-2013-action:` among several plans), of the namespaces `seen`."""
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


def triples_of(path: Path, properties: Container[str] | None = None) -> Iterator[tuple]:
    """The triples of a file of lines as rdflib terms, of some `properties` alone where given."""
    quads = ox.parse(path=path, format=ox.RdfFormat.N_TRIPLES)
    return _read(quads if properties is None else (quad for quad in quads if quad.predicate.value in properties))


def triples_in(lines: Iterable[str]) -> Iterator[tuple]:
    """The triples of lines as rdflib terms."""
    return _read(ox.parse("".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES))


def _read(quads: Iterable[ox.Quad]) -> Iterator[tuple]:
    """Triples as rdflib's own reader has them; an IRI that occurs often is one object."""
    known: dict[str, URIRef] = {}

    def term_of(term) -> Node:
        if isinstance(term, ox.NamedNode):
            return known.setdefault(term.value, URIRef(term.value))
        plain = isinstance(term, ox.Literal) and not term.language and term.datatype.value == _STRING
        return Literal(term.value) if plain else _term(term)

    for quad in quads:
        yield term_of(quad.subject), term_of(quad.predicate), term_of(quad.object)


def _term(term) -> Node:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    return Literal(term.value, lang=term.language) if term.language else Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)
