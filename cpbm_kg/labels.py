"""Terms as people read them: the labels of IRIs and the words of passages, asked of an engine once for a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rdflib.term import URIRef

from cpbm_kg import media
from cpbm_kg.engine import Engine, Query
from cpbm_kg.media import Form
from cpbm_kg.source import SourceText
from cpbm_kg.vocabulary import BM, CV, DCTERMS, GEO, GRAPH, IGEO, OA, ORG, RDF, SCHEMA, SKOS, passage_span

_AROUND = 100  # code points of context on either side
_LABELS = "skos:prefLabel|rdfs:label|dcterms:title|foaf:name"
_PROLOGUE = f"""PREFIX bm: <{BM}>
PREFIX cv: <{CV}>
PREFIX dcterms: <{DCTERMS}>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX geo: <{GEO}>
PREFIX graph: <{GRAPH}>
PREFIX igeo: <{IGEO}>
PREFIX oa: <{OA}>
PREFIX org: <{ORG}>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <{RDF}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <{SCHEMA}>
PREFIX skos: <{SKOS}>
"""
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]{1,2000}")
_FORMATS = {Form.SELECT: media.JSON, Form.ASK: None, Form.GRAPH: None}


def rows(engine: Engine, query: str) -> list[dict]:
    """The bindings of a SELECT in the prefixes above (SPARQL 1.1 Query Results JSON, 3.2.2); raises the engine's errors."""
    return json.loads(engine.answer(Query(_PROLOGUE + query), _FORMATS).body)["results"]["bindings"]


def speakable(iri: str) -> bool:
    """Whether an IRI can stand in a query: answers may hold any."""
    return _IRI.fullmatch(iri) is not None


@dataclass(frozen=True)
class Term:
    """An IRI, or a literal with its language or datatype; `labels` by language are those of an IRI."""

    value: str
    is_iri: bool = False
    language: str = ""
    datatype: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)

    def label(self, language: str) -> str:
        """Words for it, French where there are none in `language`, and its own last part where there are none at all."""
        if not self.is_iri:
            return self.value
        return self.labels.get(language) or self.labels.get("fr") or next(iter(self.labels.values()), "") or self.value.rstrip("/").replace("#", "/").rpartition("/")[2]


@dataclass(frozen=True)
class Passage:
    """Where the text says it: offsets in code points, end exclusive, and the words. `before` and `after` are words around
    it, as far as they are known: from a wider quote, or from the text itself, which also tells the `line` (from 1; else 0)."""

    iri: str
    start: int
    end: int
    quote: str
    before: str = ""
    after: str = ""
    line: int = 0

    @property
    def plan(self) -> str:
        """The IRI segment of the plan whose text it is of."""
        return self.iri.rpartition("/passage/")[0].rpartition("/")[2]


class Labels:
    """The labels of IRIs and the words of passages, asked for once. `texts` are those at hand, by plan."""

    def __init__(self, engine: Engine, iris: Iterable[str], texts: Mapping[str, SourceText] | None = None):
        self._texts = texts or {}
        iris = sorted(iris)
        listed = " ".join(URIRef(iri).n3() for iri in iris)
        self._labels: dict[str, dict[str, str]] = {}
        for row in rows(engine, f"SELECT ?iri ?label {{ VALUES ?iri {{ {listed} }} GRAPH ?g {{ ?iri {_LABELS} ?label }} }}"):
            self._labels.setdefault(row["iri"]["value"], {}).setdefault(row["label"].get("xml:lang", ""), row["label"]["value"])
        passages = " ".join(URIRef(iri).n3() for iri in iris if passage_span(URIRef(iri)))
        self.quotes = {row["iri"]["value"]: row["quote"]["value"] for row in rows(
            engine, f"SELECT ?iri ?quote {{ VALUES ?iri {{ {passages} }} GRAPH ?g {{ ?iri oa:hasSelector/oa:exact ?quote }} }}")} if passages else {}

    def term(self, cell: dict) -> Term:
        """The term of a cell of SPARQL results in JSON."""
        if cell["type"] == "uri":
            return self.term_of(cell["value"])
        return Term(cell["value"], language=cell.get("xml:lang", ""), datatype=cell.get("datatype", ""))

    def term_of(self, iri: str) -> Term:
        """The term that an IRI is."""
        return Term(iri, True, labels=self._labels.get(iri, {}))

    def passages(self, iris: Iterable[str]) -> tuple[Passage, ...]:
        """Those of `iris` that are passages, in the order of the text."""
        found = [(passage_span(URIRef(iri)), iri) for iri in set(iris)]
        return tuple(self._in_context(Passage(iri, *span, self.quotes.get(iri, ""))) for span, iri in sorted(found) if span)

    def _in_context(self, passage: Passage) -> Passage:
        if text := self._texts.get(passage.plan):
            line = text.text.rfind("\n", 0, passage.start) + 1, (text.text + "\n").index("\n", passage.end)
            return replace(passage, before=text.text[max(line[0], passage.start - _AROUND):passage.start],
                           after=text.text[passage.end:min(line[1], passage.end + _AROUND)], line=text.text.count("\n", 0, passage.start) + 1)
        spans = ((passage_span(iri), quote) for iri, quote in self.quotes.items() if iri.startswith(passage.iri.rpartition("/")[0] + "/"))
        wider = [(end - start, start, quote) for (start, end), quote in spans if start <= passage.start and passage.end <= end and end - start > passage.end - passage.start]
        if not wider:
            return passage
        _, start, quote = min(wider)
        return replace(passage, before=quote[:passage.start - start], after=quote[passage.end - start:])
