"""`/graph/<layer>`: each named graph as a page for people, as its file for programs."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, abort

from cpbm_kg import media
from cpbm_kg.engine import Engine
from cpbm_kg.labels import Labels
from cpbm_kg.release import Release
from cpbm_kg.vocabulary import LAYERS
from cpbm_kg.web import links, pages
from cpbm_kg.web.things import see_other, wanted

_MOST_FREQUENT = 40
_BY_NAME = {layer.name: layer for layer in LAYERS}


def blueprint(engine: Engine, release: Release) -> Blueprint:
    """The routes; all counts are the release's own."""
    routes = Blueprint("layers", __name__)

    @routes.get("/graph/<name>")
    def graph(name: str) -> Response:
        if name not in _BY_NAME:
            abort(404)
        return see_other(f"/page/graph/{name}" if wanted() is media.HTML else f"/export/{name}.ttl")

    @pages.address(routes, "/page/graph/<name>")
    def layer(name: str) -> Response:
        if name not in _BY_NAME:
            abort(404)
        counts = release.manifest["statistics"].get(name)
        tables = {kind: sorted(counts[kind].items(), key=lambda row: (-row[1], row[0]))[:_MOST_FREQUENT] for kind in ("classes", "byProperty")} if counts else {}
        words = Labels(engine, {iri for rows in tables.values() for iri, _ in rows} | {str(_BY_NAME[name].iri)})
        query = f"SELECT * WHERE {{\n  GRAPH <{_BY_NAME[name].iri}> {{ ?s ?p ?o }}\n}}\nLIMIT 100"
        return pages.page("layer.html", layer=_BY_NAME[name], layers=LAYERS, file=release.files.get(f"{name}.ttl"), counts=counts, address=links.address,
                          tables={kind: [(words.term_of(iri), count) for iri, count in rows] for kind, rows in tables.items()}, query=urlencode({"query": query}))

    return routes
