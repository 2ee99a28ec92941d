"""The coverage map: for every sentence of the source, what rests on it, or the recorded reason why nothing does.

A statement counts for a sentence when one of its passages lies inside the sentence and is not the whole of it; titles,
printed wordings and questions raised, which are facts as a whole, may be (decisions.md, 9). So may the evidence of a thing itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from rdflib.term import Node, URIRef

from cpbm_kg.dataset import Dataset
from cpbm_kg.vocabulary import BM, OA, RDF, RDFS, SCHEMA, passage_span, sentence_span

# Things whose label or wording is a whole sentence of the text: titles, printed wordings, questions raised.
_WHOLE = (BM.ActionPlan, BM.Tier, BM.Axis, BM.Formulation, BM.Workshop, BM.CommitteeMeeting, BM.Phase, SCHEMA.Question)

Spans = dict[str, list[tuple[tuple[int, int], URIRef]]]


@dataclass(frozen=True)
class Sentence:
    """`bearers` are the statements and things that rest on it; `reason` (French) where an editor said why none does."""

    iri: URIRef
    start: int
    end: int
    bearers: tuple[Node, ...]
    reason: str

    @property
    def covered(self) -> bool:
        return bool(self.bearers)


@dataclass(frozen=True)
class Extent:
    """How far texts are covered: numbers of sentences and of characters, which add up over texts."""

    sentences: int = 0
    covered: int = 0
    explained: int = 0
    quoted: int = 0
    characters: int = 0

    def __add__(self, other: Extent) -> Extent:
        return Extent(*(one + another for one, another in zip(astuple(self), astuple(other))))

    @property
    def quoted_share(self) -> float:
        """The share of the texts' characters that some passage quotes, from 0 to 1."""
        return self.quoted / self.characters if self.characters else 0.0


@dataclass(frozen=True)
class Coverage:
    """`quoted` of the source's `characters` stand in some passage."""

    sentences: tuple[Sentence, ...]
    quoted: int
    characters: int

    @property
    def covered(self) -> int:
        return sum(sentence.covered for sentence in self.sentences)

    @property
    def explained(self) -> int:
        """Sentences without a statement but with a reason."""
        return sum(not sentence.covered and bool(sentence.reason) for sentence in self.sentences)

    @property
    def extent(self) -> Extent:
        """The same in numbers."""
        return Extent(len(self.sentences), self.covered, self.explained, self.quoted, self.characters)


def measure(dataset: Dataset) -> Coverage:
    """The coverage of a derived dataset by its source and evidence layers (what is inferred covers nothing)."""
    source, evidence, editorial = (dataset.layers[name] for name in ("source", "evidence", "editorial"))
    whole = {passage for kind in _WHOLE for thing in source.subjects(RDF.type, kind) for passage in source.objects(thing, BM.evidence)}
    cited: dict[URIRef, set[Node]] = {}
    for graph in (source, evidence):
        for bearer, passage in graph.subject_objects(BM.evidence):
            cited.setdefault(passage, set()).add(bearer)
    reasons = {target: str(note) for annotation, target in editorial.subject_objects(OA.hasTarget)
               for note in editorial.objects(annotation, RDFS.comment) if note.language == "fr" and sentence_span(target)}
    spans = _by_plan(cited)
    sentences = []
    for sentence in sorted((s for s in dataset.passages.subjects() if sentence_span(s)), key=lambda s: (s.rpartition("/")[0], sentence_span(s))):
        start, end = sentence_span(sentence)
        plan = sentence.split("/phrase/")[0]
        bearers = {bearer for (s, e), passage in spans.get(plan, ()) if start <= s and e <= end
                   and ((s, e) != (start, end) or passage in whole) for bearer in cited[passage]}
        sentences.append(Sentence(sentence, start, end, tuple(sorted(bearers)), reasons.get(sentence, "")))
    characters = sum(int(count) for count in source.objects(None, BM.characterCount))
    return Coverage(tuple(sentences), _length(spans), characters)


def _by_plan(passages: Iterable[URIRef]) -> Spans:
    """Passages with their offsets, plan by plan: offsets of two texts do not compare."""
    spans: Spans = {}
    for passage in passages:
        spans.setdefault(passage.split("/passage/")[0], []).append((passage_span(passage), passage))
    return spans


def _length(spans: Spans) -> int:
    """Characters under at least one passage."""
    total = 0
    for plan in spans.values():
        reached = 0
        for (start, end), _ in sorted(plan):
            total += max(0, end - max(start, reached))
            reached = max(reached, end)
    return total
