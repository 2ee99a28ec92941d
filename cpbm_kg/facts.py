"""All that a release says of one thing, layer by layer, each fact with the passages and the method it rests on.

It asks the engine like anybody; the pages show it. A fact without a statement of its own (a label, a number) rests on
the passage that states the thing itself (knowledge-model.md, 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rdflib.term import URIRef

from cpbm_kg.engine import Engine
from cpbm_kg.labels import Labels, Passage, Term, rows
from cpbm_kg.source import SourceText
from cpbm_kg.vocabulary import BASE, BM, DCTERMS, GRAPH, LAYERS, PROV, RDF, passage_span

MOST_INCOMING = 300
# `examples` and `shapes` speak of themselves; statements and passages are shown where they bear on a fact.
SHOWN_LAYERS = tuple(layer for layer in LAYERS if layer.name not in ("examples", "shapes"))


@dataclass(frozen=True)
class Fact:
    """`modality` is its local name, empty for what has no statement; `notes` are what the statement says besides:
    method, grade, the words as written, source and date."""

    property: Term
    value: Term
    modality: str
    passages: tuple[Passage, ...]
    notes: tuple[tuple[Term, Term], ...]


@dataclass(frozen=True)
class Incoming:
    """Something that points here."""

    subject: Term
    property: Term
    layer: str


@dataclass(frozen=True)
class Description:
    """Facts by layer, in the order of the layers; `passage` is the thing itself where it is one."""

    thing: Term
    kinds: tuple[Term, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    incoming: tuple[Incoming, ...]
    passage: Passage | None


def describe(engine: Engine, iri: URIRef, texts: Mapping[str, SourceText] | None = None) -> Description | None:
    """All that is said of `iri`, None where nothing is; `texts` as in Labels. Raises the engine's errors."""
    thing = iri.n3()
    said = rows(engine, f"SELECT ?layer ?p ?o {{ GRAPH ?layer {{ {thing} ?p ?o }} }}")
    if not said:
        return None
    about = rows(engine, f"SELECT ?p ?o ?key ?value {{ GRAPH ?g {{ ?s rdf:subject {thing} ; rdf:predicate ?p ; rdf:object ?o ; ?key ?value }} }}")
    pointing = rows(engine, f"SELECT DISTINCT ?layer ?s ?p {{ GRAPH ?layer {{ ?s ?p {thing} }} FILTER (ISIRI(?s)) }} ORDER BY ?s LIMIT {MOST_INCOMING * 4}")
    if passage_span(iri):  # what rests on a passage is said of things, by statements
        pointing += rows(engine, f"SELECT DISTINCT ?layer ?s ?p {{ GRAPH ?layer {{ ?statement bm:evidence {thing} ; rdf:subject ?s ; rdf:predicate ?p }} }} ORDER BY ?s")
    cells = [cell for row in (*said, *about, *pointing) for cell in row.values()]
    words = Labels(engine, {cell["value"] for cell in cells if cell["type"] == "uri"} | {str(iri)}, texts)
    return Description(
        words.term_of(str(iri)), tuple(sorted({words.term(row["o"]) for row in said if row["p"]["value"] == str(RDF.type)}, key=lambda kind: kind.value)),
        _by_layer(said, about, words), _incoming(pointing, words), next(iter(words.passages([str(iri)])), None))


def _by_layer(said: list[dict], about: list[dict], words: Labels) -> dict[str, tuple[Fact, ...]]:
    notes: dict[tuple[str, str], list[tuple[str, dict]]] = {}
    for row in about:
        notes.setdefault((row["p"]["value"], _key(row["o"])), []).append((row["key"]["value"], row["value"]))
    own = [row["o"]["value"] for row in said if row["p"]["value"] == str(BM.evidence)]
    by_layer: dict[str, list[Fact]] = {}
    for row in said:
        if row["p"]["value"] not in (str(RDF.type), str(BM.evidence)):
            layer = row["layer"]["value"].removeprefix(str(GRAPH))
            by_layer.setdefault(layer, []).append(_fact(row, notes.get((row["p"]["value"], _key(row["o"])), []), own if layer == "source" else [], words))
    return {layer.name: tuple(sorted(by_layer[layer.name], key=lambda fact: (fact.property.value, fact.value.value, fact.value.language)))
            for layer in SHOWN_LAYERS if layer.name in by_layer}


_NOTED = (str(BM.method), str(BM.grade), str(BM.asWritten), str(DCTERMS.source), str(DCTERMS.issued), str(PROV.wasAttributedTo))


def _fact(row: dict, notes: list[tuple[str, dict]], own: list[str], words: Labels) -> Fact:
    evidence = [value["value"] for key, value in notes if key == str(BM.evidence)] or ([] if notes else own)
    modality = next((value["value"].rpartition("/")[2] for key, value in notes if key == str(BM.modality)), "")
    said = [(words.term_of(key), words.term(value)) for key in _NOTED for found, value in notes if found == key]
    return Fact(words.term(row["p"]), words.term(row["o"]), modality, words.passages(evidence), tuple(said))


def _incoming(pointing: list[dict], words: Labels) -> tuple[Incoming, ...]:
    shown = {layer.name for layer in SHOWN_LAYERS}
    found = {Incoming(words.term(row["s"]), words.term(row["p"]), row["layer"]["value"].removeprefix(str(GRAPH))) for row in pointing
             if not row["s"]["value"].startswith(BASE + "id/enonce/") and not row["s"]["value"].startswith(BASE + "questions/")}
    return tuple(sorted((one for one in found if one.layer in shown), key=lambda one: (one.property.value, one.subject.value))[:MOST_INCOMING])


def _key(cell: dict) -> str:
    return "\x00".join((cell["type"], cell["value"], cell.get("xml:lang", ""), cell.get("datatype", "")))
