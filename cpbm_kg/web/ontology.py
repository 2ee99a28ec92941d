"""`/ontology`: every term at its own IRI, as a page for people; Turtle and the other syntaxes for programs."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect
from markupsafe import Markup

from cpbm_kg import canonical, dictionary, media
from cpbm_kg.dictionary import Dictionary, Entry, short
from cpbm_kg.drawing import surroundings
from cpbm_kg.engine import Engine
from cpbm_kg.media import OFFERED, Form
from cpbm_kg.release import Release
from cpbm_kg.statistics import DEFAULT
from cpbm_kg.vocabulary import GRAPH
from cpbm_kg.web import links, pages
from cpbm_kg.web.answers import answered
from cpbm_kg.web.things import see_other, wanted


def blueprint(engine: Engine, release: Release) -> Blueprint:
    """The routes; how often a term is used is the release's own count."""
    routes = Blueprint("ontology", __name__)

    @pages.address(routes, "/ontology")
    def terms() -> Response:
        if not pages.names_language() and (format := wanted()) is not media.HTML:
            return see_other("/export/vocabulary.ttl" if format is media.TURTLE else f"/data/ontology.{format.name}")
        read = dictionary.read(engine, release.manifest["statistics"][DEFAULT])
        return pages.page("ontology.html", terms=read, drawn={entry.name: _drawn(entry, read) for entry in read.classes}, short=short, address=links.address)

    @routes.get("/data/ontology.<extension>")
    def data(extension: str) -> Response:
        format = media.named(extension, OFFERED[Form.GRAPH])
        if format is None:
            abort(404)
        lines = canonical.lines_of_graph(release.file("all.nq"), str(GRAPH.vocabulary))
        return answered(canonical.serialise(lines, format.name), format)

    @routes.get("/ontology/<version>")
    def version(version: str) -> Response:
        return redirect("/export/shapes.ttl" if version == "shapes" else "/export/vocabulary.ttl", 303)

    return routes


def _drawn(entry: Entry, read: Dictionary) -> Markup:
    """The class with the properties of ours that lead to it and from it."""
    incoming = [(short(domain.value), one.name) for one in read.properties if entry.term in one.ranges for domain in one.domains if domain != entry.term]
    outgoing = [(one.name, short(range.value)) for one in read.properties if entry.term in one.domains for range in one.ranges]
    if not incoming and not outgoing:
        return Markup("")
    said = [f"{domain} {by} {entry.name}" for domain, by in incoming] + [f"{entry.name} {by} {range}" for by, range in outgoing]
    return Markup(surroundings.around(f"bm:{entry.name}", incoming, outgoing, "; ".join(said)))
