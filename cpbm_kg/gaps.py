"""What the text does not say, and where it does not agree with itself or with others: the notes of the editorial layer by
their kind, and the outside facts that come with a remark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpbm_kg.engine import Engine
from cpbm_kg.labels import Labels, Passage, Term, rows
from cpbm_kg.vocabulary import BASE

_ODDITY, _SILENCE = f"{BASE}id/oddity-kind/", f"{BASE}id/silence-kind/"
_UNPRINTED, _COMPLETE = f"{_SILENCE}unprinted-number", f"{_SILENCE}complete"
_GENERIC = f"{_ODDITY}silence"  # what every silence is, beside its own kind


@dataclass(frozen=True)
class Note:
    """One annotation: our words by language, what it is about, and a number where it counts something."""

    iri: str
    words: Mapping[str, str]
    targets: tuple[Term, ...]
    passages: tuple[Passage, ...]
    value: str


@dataclass(frozen=True)
class Disagreement:
    """An outside fact that an editor remarks upon."""

    subject: Term
    property: Term
    value: Term
    words: Mapping[str, str]


@dataclass(frozen=True)
class Gaps:
    """`unprinted` numbers by plan; `silences` and `oddities` by kind, the most frequent first; `complete` is what the
    graph holds all of."""

    unprinted: Mapping[Term, tuple[int, ...]]
    silences: Mapping[Term, tuple[Note, ...]]
    oddities: Mapping[Term, tuple[Note, ...]]
    complete: tuple[Note, ...]
    disagreements: tuple[Disagreement, ...]


def found(engine: Engine) -> Gaps:
    """All of them; raises the engine's errors."""
    said = rows(engine, """SELECT ?a ?key ?value { GRAPH graph:editorial { ?a a oa:Annotation ; ?key ?value .
      FILTER (?key IN (dcterms:type, oa:hasTarget, bm:evidence, rdfs:comment, schema:value)) } }""")
    labels = Labels(engine, {row["value"]["value"] for row in said if row["value"]["type"] == "uri"})
    notes: dict[str, dict[str, list[dict]]] = {}
    for row in said:
        notes.setdefault(row["a"]["value"], {}).setdefault(row["key"]["value"].replace("#", "/").rpartition("/")[2], []).append(row["value"])
    by_kind: dict[str, list[Note]] = {}
    for iri, parts in sorted(notes.items()):
        kinds = {cell["value"] for cell in parts.get("type", ())}
        for kind in kinds - {_GENERIC} or kinds:
            by_kind.setdefault(kind, []).append(_note(iri, parts, labels))
    return Gaps(_unprinted(by_kind.pop(_UNPRINTED, [])), _most_frequent(by_kind, _SILENCE, labels, {_COMPLETE}), _most_frequent(by_kind, _ODDITY, labels, set()),
                tuple(by_kind.get(_COMPLETE, ())), _disagreements(engine))


def _note(iri: str, parts: dict[str, list[dict]], labels: Labels) -> Note:
    passages = labels.passages(cell["value"] for cell in parts.get("evidence", ()))
    targets = sorted((labels.term(cell) for cell in parts.get("hasTarget", ()) if cell["value"] not in {passage.iri for passage in passages}), key=lambda term: term.value)
    return Note(iri, {cell.get("xml:lang", ""): cell["value"] for cell in parts.get("comment", ())}, tuple(targets), passages,
                next((cell["value"] for cell in parts.get("value", ())), ""))


def _unprinted(notes: list[Note]) -> dict[Term, tuple[int, ...]]:
    numbers: dict[Term, set[int]] = {}
    for note in notes:
        for plan in note.targets:
            numbers.setdefault(plan, set()).add(int(note.value))
    return {plan: tuple(sorted(of)) for plan, of in numbers.items()}


def _most_frequent(by_kind: Mapping[str, list[Note]], scheme: str, labels: Labels, but: set[str]) -> dict[Term, tuple[Note, ...]]:
    kinds = sorted((kind for kind in by_kind if kind.startswith(scheme) and kind not in but), key=lambda kind: (-len(by_kind[kind]), kind))
    return {labels.term_of(kind): tuple(sorted(by_kind[kind], key=lambda note: (note.passages[0].start if note.passages else -1, note.iri))) for kind in kinds}


def _disagreements(engine: Engine) -> tuple[Disagreement, ...]:
    said = rows(engine, """SELECT ?statement ?s ?p ?o ?words { ?statement bm:modality <https://w3id.org/bassin-minier/id/modality/external> ; rdf:subject ?s ; rdf:predicate ?p ;
      rdf:object ?o ; rdfs:comment ?words } ORDER BY ?s ?p""")
    labels = Labels(engine, {row[key]["value"] for row in said for key in ("s", "p", "o") if row[key]["type"] == "uri"})
    words: dict[str, dict[str, str]] = {}
    for row in said:
        words.setdefault(row["statement"]["value"], {})[row["words"].get("xml:lang", "")] = row["words"]["value"]
    one_of_each = {row["statement"]["value"]: row for row in said}
    return tuple(Disagreement(labels.term(row["s"]), labels.term(row["p"]), labels.term(row["o"]), words[statement]) for statement, row in one_of_each.items())
