"""`/query`: a query of one's own, as a form and its answer; without a script, and with an editor where scripts run.

The answer is a page of this server: what the editor adds is colours, completion and keys. So there is one way in which
answers look, are limited and are cited, and the address of the page is the permanent link. Queries run through the same
engine, under the same limits, as those sent to `/sparql`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from cpbm_kg import diagnosis, labels, media, snippets
from cpbm_kg.contracts import THEMES, Contract
from cpbm_kg.diagnosis import Diagnosis
from cpbm_kg.diagnosis.emptiness import address as diagnosed
from cpbm_kg.engine import Answer, Engine, Query
from cpbm_kg.engine.screening import volatile
from cpbm_kg.errors import Message, OverloadedError, QueryError
from cpbm_kg.labels import Labels, Term
from cpbm_kg.media import OFFERED, Form
from cpbm_kg.pictures import results
from cpbm_kg.release import Release
from cpbm_kg.statistics import DEFAULT
from cpbm_kg.vocabulary import GRAPH, LAYERS, PREFIXES
from cpbm_kg.web import links, pages
from cpbm_kg.web.answers import answered, unkept
from cpbm_kg.web.diagnosis import verdict
from cpbm_kg.web.problems import problem

MOST_ROWS = 500  # on the page; the downloads have all
LARGEST_SHOWN = 2 * 1024 * 1024  # bytes of an answer that a page takes apart
MOST_AT_A_TIME = 8  # queries of this page: half of the threads stay for pages that ask little
_FIRST = """PREFIX bm: <https://w3id.org/bassin-minier/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?number ?action ?label
WHERE {
  ?action a bm:Action ; bm:number ?number ; skos:prefLabel ?label .
  FILTER (LANG(?label) = "fr")
}
ORDER BY ?number"""
_SHOWN = {Form.SELECT: media.JSON, Form.ASK: media.JSON, Form.GRAPH: media.TURTLE}
_DEFAULT = [str(layer.iri) for layer in LAYERS if layer.default]
# Interpretations among the facts: the dataset of the protocol, so GRAPH still sees each layer.
_WITH_INFERRED = ([*_DEFAULT, str(GRAPH.inferred)], [str(layer.iri) for layer in LAYERS])
# Where a bare editor's names come from: nothing is asked of other sites.
_TERMS = media.Format("json", "application/json")


@dataclass(frozen=True)
class Shown:
    """An answer as the page shows it: `rows` are None where it is too long for one."""

    answer: Answer
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Term | None, ...], ...] | None = ()
    truth: bool | None = None
    graph: str = ""
    views: Mapping[str, str] = field(default_factory=dict)
    why: Diagnosis | None = None


def blueprint(engine: Engine, release: Release, questions: Mapping[str, Contract], url: str) -> Blueprint:
    """The routes; `questions` are the examples, `url` is the public address that snippets name."""
    routes = Blueprint("console", __name__)
    places = threading.BoundedSemaphore(MOST_AT_A_TIME)

    @pages.address(routes, "/query", methods=["GET", "POST"])
    def console() -> Response:
        asked = request.values
        example = questions.get(asked.get("question", ""))
        text, inferred = asked.get("query", "").replace("\r\n", "\n"), "inferred" in asked
        shown, fault = None, None
        if text.strip():
            try:
                with _place(places):
                    shown = _answered(engine, text, inferred)
            except QueryError as error:
                fault = problem(error)
        dataset = _dataset(inferred)
        page = pages.page(
            "query.html", text=text or (example.query if example else _FIRST), example=example, inferred=inferred, shown=shown, fault=fault and json.loads(fault.body),
            themes=_by_theme(questions), theme_words=THEMES, most=MOST_ROWS, titles=results.TITLES, verdict=verdict, address=links.address, snippets=snippets.all_of(f"{url}/sparql", text, dataset) if text else {},
            downloads=_downloads(text, dataset, shown) if shown else {}, why=pages.to(diagnosed(_query(text, inferred))) if shown and not shown.answer.rows else "",
            cite=None if inferred else f"/cite?{urlencode({'query': text})}")
        if fault:
            page.status_code = fault.status
            page.headers.extend((name, value) for name, value in fault.headers.items() if name == "Retry-After")
        return unkept(page) if fault or volatile(text) or shown and shown.why else page

    @routes.get("/query/terms.json")
    def terms() -> Response:
        return answered(_terms(engine, release), _TERMS)

    return routes


@contextmanager
def _place(places: threading.BoundedSemaphore) -> Iterator[None]:
    """One of the places of this page; raises OverloadedError where all are taken."""
    if not places.acquire(blocking=False):
        raise OverloadedError(Message("trop de requêtes sont posées d’ici à la fois", "too many queries are asked from here at a time"),
                              Message("réessayez dans un instant, ou demandez à /sparql", "try again in a moment, or ask /sparql"))
    try:
        yield
    finally:
        places.release()


def _query(text: str, inferred: bool) -> Query:
    return Query(text, *map(tuple, _WITH_INFERRED)) if inferred else Query(text)


def _dataset(inferred: bool) -> list[tuple[str, str]]:
    default, named = _WITH_INFERRED if inferred else ([], [])
    return [("default-graph-uri", iri) for iri in default] + [("named-graph-uri", iri) for iri in named]


def _answered(engine: Engine, text: str, inferred: bool) -> Shown:
    answer = engine.answer(_query(text, inferred), _SHOWN)
    if len(answer.body) > LARGEST_SHOWN:
        return Shown(answer, rows=None)
    if answer.form is Form.GRAPH:
        return Shown(answer, graph=answer.body.decode())
    read = json.loads(answer.body)
    if answer.form is Form.ASK:
        return Shown(answer, truth=read["boolean"])
    if not answer.rows:
        return Shown(answer, why=diagnosis.diagnose(engine, _query(text, inferred)))
    columns, bindings = tuple(read["head"]["vars"]), read["results"]["bindings"][:MOST_ROWS]
    words = Labels(engine, {cell["value"] for row in bindings for cell in row.values() if cell["type"] == "uri" and labels.speakable(cell["value"])})
    rows = tuple(tuple(words.term(row[column]) if column in row else None for column in columns) for row in bindings)
    return Shown(answer, columns, rows, views={name: canvas.written() for name, canvas in results.views(columns, rows, pages.language()).items()})


def _downloads(text: str, dataset: list[tuple[str, str]], shown: Shown) -> dict[str, str]:
    formats = [format.name for format in OFFERED[shown.answer.form]] + (["geojson"] if b"#wktLiteral" in shown.answer.body else [])
    return {name: "/sparql?" + urlencode([("query", text), ("format", name), *dataset]) for name in formats}


def _by_theme(questions: Mapping[str, Contract]) -> dict[str, list[Contract]]:
    themes = {theme: [contract for contract in questions.values() if contract.head["tags"][0] == theme] for theme in THEMES}
    return {theme: listed for theme, listed in themes.items() if listed}


def _terms(engine: Engine, release: Release) -> bytes:
    """What an editor completes: the prefixes of this project, and the classes and properties in use, the most frequent first."""
    counts = release.manifest["statistics"][DEFAULT]
    ranked = {kind: [iri for iri, _ in sorted(counts[part].items(), key=lambda row: (-row[1], row[0]))] for kind, part in (("classes", "classes"), ("properties", "byProperty"))}
    return (json.dumps({"prefixes": PREFIXES, **ranked}, ensure_ascii=False, indent=1) + "\n").encode()
