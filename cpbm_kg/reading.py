"""The text of a plan as a reader goes through it: sections, their sentences, the passages cited in each, and what rests on them.

The project does not hold the text, so a section is what its quotes show. A heading is a passage that holds the name of a
part of the plan (its tiers, axes, phases, meetings) and begins its sentence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from rdflib.term import URIRef

from cpbm_kg.engine import Engine
from cpbm_kg.labels import Labels, Passage, Term, rows
from cpbm_kg.source import SourceText
from cpbm_kg.vocabulary import BASE, passage_span, sentence_span

_BEFORE_A_NAME = 3  # code points: "1 " stands before the name of an axis
_PARTS = "bm:ActionPlan bm:Tier bm:Axis bm:Workshop bm:CommitteeMeeting bm:Phase"


@dataclass(frozen=True)
class Cited:
    """A passage, how many statements and things rest on it, and the oddities noted at it."""

    passage: Passage
    bearers: int
    oddities: int


@dataclass(frozen=True)
class Sentence:
    """`number` counts from 1 through the whole text; `cited` are the passages that begin in it."""

    number: int
    start: int
    end: int
    cited: tuple[Cited, ...]

    @property
    def bearers(self) -> int:
        return sum(one.bearers for one in self.cited)

    @property
    def oddities(self) -> int:
        return sum(one.oddities for one in self.cited)


@dataclass(frozen=True)
class Section:
    """From one heading to the next; `heading` is the thing that it names, the plan itself before the first."""

    number: int
    heading: Term
    sentences: tuple[Sentence, ...]

    @property
    def start(self) -> int:
        return self.sentences[0].start

    @property
    def end(self) -> int:
        return self.sentences[-1].end


@dataclass(frozen=True)
class Claim:
    """What a statement says, or, where `property` is None, a thing that rests on the passage as a whole."""

    subject: Term
    property: Term | None
    value: Term | None
    layer: str


def plans(engine: Engine) -> tuple[str, ...]:
    """The IRI segments of the plans whose text can be gone through."""
    found = rows(engine, "SELECT DISTINCT ?plan { ?plan a bm:ActionPlan } ORDER BY ?plan")
    return tuple(row["plan"]["value"].rpartition("/")[2] for row in found)


def texts(engine: Engine, text: SourceText | None) -> dict[str, SourceText]:
    """A text under the segments of the plans that pin it; nothing without a text."""
    if text is None:
        return {}
    found = rows(engine, f'SELECT ?plan {{ ?plan a bm:ActionPlan ; dcterms:source/schema:sha256 "{text.sha256}" }}')
    return {row["plan"]["value"].rpartition("/")[2]: text for row in found}


def sections(engine: Engine, plan: str) -> tuple[Section, ...]:
    """The sections of a plan's text, in its order; none where the plan is not known. `plan` is its IRI segment."""
    within = f"{BASE}id/{plan}/"
    spans = [(sentence_span(row["s"]["value"]), row["s"]["value"]) for row in rows(engine, f'SELECT ?s {{ ?s schema:position ?n FILTER (STRSTARTS(STR(?s), "{within}phrase/")) }}')]
    sentences = _sentences(sorted(span for span, _ in spans if span), _cited(engine, within))
    if not sentences:
        return ()
    names = _headings(engine, within, sentences)
    starts = sorted({0, *names})
    labels = Labels(engine, {*names.values(), within.rstrip("/")})
    return tuple(Section(number, labels.term_of(names.get(first, within.rstrip("/"))), tuple(sentences[first:last]))
                 for number, (first, last) in enumerate(zip(starts, [*starts[1:], len(sentences)]), 1))


def claims(engine: Engine, passages: Iterable[str]) -> dict[str, tuple[Claim, ...]]:
    """What rests on each of some passages."""
    listed = " ".join(URIRef(iri).n3() for iri in sorted(passages))
    said = rows(engine, f"""SELECT ?passage ?layer ?s ?p ?o {{ VALUES ?passage {{ {listed} }}
      GRAPH ?layer {{ ?statement bm:evidence ?passage ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }} }}""")
    said += rows(engine, f"""SELECT ?passage ?layer ?s {{ VALUES ?passage {{ {listed} }}
      GRAPH ?layer {{ ?s bm:evidence ?passage FILTER NOT EXISTS {{ ?s rdf:subject ?any }} }} FILTER (?layer != graph:editorial) }}""")
    labels = Labels(engine, {row[key]["value"] for row in said for key in ("s", "p", "o") if key in row and row[key]["type"] == "uri"})
    found: dict[str, set[Claim]] = {}
    for row in said:
        claim = Claim(labels.term(row["s"]), labels.term(row["p"]) if "p" in row else None, labels.term(row["o"]) if "o" in row else None,
                      row["layer"]["value"].rpartition("/")[2])
        found.setdefault(row["passage"]["value"], set()).add(claim)
    return {iri: tuple(sorted(of, key=lambda claim: (claim.property is not None, claim.subject.value, claim.property.value if claim.property else "")))
            for iri, of in found.items()}


def _cited(engine: Engine, within: str) -> list[Cited]:
    counted = rows(engine, f"""SELECT ?passage ?layer (COUNT(DISTINCT ?bearer) AS ?n) {{
      GRAPH ?layer {{ ?bearer bm:evidence ?passage FILTER (STRSTARTS(STR(?passage), "{within}")) }} }} GROUP BY ?passage ?layer""")
    counts: dict[str, dict[str, int]] = {}
    for row in counted:
        counts.setdefault(row["passage"]["value"], {})[row["layer"]["value"].rpartition("/")[2]] = int(row["n"]["value"])
    quotes = {row["p"]["value"]: row["quote"]["value"] for row in rows(engine, "SELECT ?p ?quote { ?p oa:hasSelector/oa:exact ?quote }")}
    return [Cited(Passage(iri, *passage_span(iri), quotes.get(iri, "")), sum(n for layer, n in by_layer.items() if layer != "editorial"), by_layer.get("editorial", 0))
            for iri, by_layer in counts.items() if passage_span(iri)]


def _sentences(spans: list[tuple[int, int]], cited: list[Cited]) -> list[Sentence]:
    starts = [start for start, _ in spans]
    inside: dict[int, list[Cited]] = {}
    for one in cited:
        inside.setdefault(bisect_right(starts, one.passage.start) - 1, []).append(one)
    return [Sentence(place + 1, start, end, tuple(sorted(inside.get(place, ()), key=lambda one: (one.passage.start, -one.passage.end))))
            for place, (start, end) in enumerate(spans)]


def _headings(engine: Engine, within: str, sentences: list[Sentence]) -> dict[int, str]:
    """The thing that a sentence names as its heading, by the sentence's place."""
    named = rows(engine, f"""SELECT ?passage ?thing ?label {{ VALUES ?kind {{ {_PARTS} }} ?thing a ?kind ; bm:evidence ?passage ; skos:prefLabel|rdfs:label|dcterms:title ?label
      FILTER (STRSTARTS(STR(?passage), "{within}")) }}""")
    names = {(row["passage"]["value"], row["label"]["value"].casefold()): row["thing"]["value"] for row in named}
    found = {}
    for place, sentence in enumerate(sentences):
        for one in sentence.cited:
            if one.passage.start - sentence.start <= _BEFORE_A_NAME:
                things = [thing for (iri, label), thing in names.items() if iri == one.passage.iri and label in one.passage.quote.casefold()]
                if things:
                    found[place] = min(things)
    return found
