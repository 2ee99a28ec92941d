"""Linked data: every IRI of a thing leads to a description under this server's own address.

A thing is no document, so its IRI answers 303 to one (Cool URIs for the Semantic Web, 4.2): a page, where all layers
stand side by side and are told apart, or data. Data are what the default graph says of the thing and of the statements
about it; what stands in interpretive layers alone answers by their exports.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request
from rdflib.term import URIRef

from cpbm_kg import facts, media
from cpbm_kg.engine import Engine, Query
from cpbm_kg.errors import Message, NotAcceptableError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.pictures import place
from cpbm_kg.vocabulary import BASE, GRAPH, LAYERS
from cpbm_kg.web import links, pages
from cpbm_kg.web.answers import answered
from cpbm_kg.web.pages import page
from cpbm_kg.web.text import Texts

_OFFERED = OFFERED[Form.GRAPH]
# Slugs are lower-case ASCII; nothing else can be one of our names, and nothing else enters a query.
_PATH = re.compile(r"(?:id|source)(?:/[a-z0-9.-]+)+")
_DESCRIPTION = """
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
CONSTRUCT {{ <{iri}> ?p ?o . ?part ?pp ?po . ?statement ?sp ?so }}
WHERE {{
  {{ <{iri}> ?p ?o }}
  UNION {{ <{iri}> <http://www.w3.org/ns/oa#hasSelector> ?part . ?part ?pp ?po }}
  UNION {{ ?statement rdf:subject <{iri}> ; ?sp ?so }}
}}"""
_WITHDRAWN = f"GRAPH <{GRAPH.editorial}> {{{{ <{{iri}}> <http://www.w3.org/2002/07/owl#deprecated> true }}}}"
# Oddities, silences and the statements of inferred links stand in these alone.
_INTERPRETIVE = ("inferred", "editorial")
_TITLES = {layer.name: layer.title for layer in LAYERS}
_MODALITIES = {
    "stated": Message("énoncé par le texte", "stated by the text"), "normalised": Message("énoncé, puis normalisé par nous", "stated, then normalised by us"),
    "inferred": Message("déduit par nous", "inferred by us"), "conjectured": Message("conjecturé par nous", "conjectured by us"),
    "external": Message("d’une autre source", "from another source"), "translation": Message("traduit par nous", "translated by us"),
}


def blueprint(engine: Engine, texts: Texts, territory: str | None) -> Blueprint:
    """Routes for `/id/…`, `/source/…`, `/page/…` and `/data/…`; `territory` is around the places that a page draws."""
    routes = Blueprint("things", __name__)

    @routes.get("/id/<path:path>", defaults={"kind": "id"})
    @routes.get("/source/<path:path>", defaults={"kind": "source"})
    def thing(kind: str, path: str) -> Response:
        name = f"{kind}/{path}"
        if not _PATH.fullmatch(name):
            abort(404)
        format = wanted()
        if format is media.HTML and _holds(engine, f"GRAPH ?layer {{ <{BASE}{name}> ?p ?o }}") and not _holds(engine, _WITHDRAWN.format(iri=f"{BASE}{name}")):
            return see_other(f"/page/{name}")
        if _holds(engine, f"<{BASE}{name}> ?p ?o"):
            return see_other(f"/data/{name}.{format.name}")
        if _holds(engine, _WITHDRAWN.format(iri=f"{BASE}{name}")):
            abort(410)
        for layer in _INTERPRETIVE:
            if _holds(engine, f"GRAPH <{GRAPH[layer]}> {{ <{BASE}{name}> ?p ?o }}"):
                return redirect(f"/export/{layer}.ttl", 303)
        abort(404)

    @pages.address(routes, "/page/<path:name>")
    def described(name: str) -> Response:
        said = facts.describe(engine, URIRef(BASE + name), texts()) if _PATH.fullmatch(name) else None
        if said is None:
            abort(404)
        where = place.located(engine, BASE + name, territory, pages.language())
        twins = {f.name: f"/data/{name}.{f.name}" for f in _OFFERED} if _holds(engine, f"<{BASE}{name}> ?p ?o") else {}
        return page("thing.html", said=said, where=where and where.written(), titles=_TITLES, modalities=_MODALITIES, address=links.address, twins=twins, types={f.name: f.media_type for f in _OFFERED},
                    query=urlencode({"query": _DESCRIPTION.format(iri=BASE + name).strip()}))

    @routes.get("/data/<path:name>.<extension>")
    def data(name: str, extension: str) -> Response:
        format = media.named(extension, _OFFERED)
        if format is None or not _PATH.fullmatch(name):
            abort(404)
        if not _holds(engine, f"<{BASE}{name}> ?p ?o"):
            abort(404)
        described = engine.answer(Query(_DESCRIPTION.format(iri=BASE + name)), {Form.GRAPH: format, Form.SELECT: None, Form.ASK: None})
        return answered(described.body, format)

    return routes


def wanted() -> Format:
    """The format that Accept prefers: a page for browsers, Turtle for those who say nothing."""
    format = media.negotiate(request.headers.get("Accept", ""), (*_OFFERED, media.HTML))
    if format is None:
        raise NotAcceptableError(tuple(f.media_type for f in (*_OFFERED, media.HTML)))
    return format


def see_other(location: str) -> Response:
    """303 to the description that Accept has chosen."""
    response = redirect(location, 303)
    response.headers["Vary"] = "Accept"
    return response


def _holds(engine: Engine, pattern: str) -> bool:
    """Whether the release has a match for a pattern made of our own names."""
    return b"true" in engine.answer(Query(f"ASK {{ {pattern} }}"), {Form.ASK: media.JSON, Form.SELECT: None, Form.GRAPH: None}).body
