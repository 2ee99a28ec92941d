"""Addresses at which search engines, robots and feed readers look: `/dataset.jsonld`, `/sitemap.xml`, `/robots.txt`,
`/releases.atom`."""

from __future__ import annotations

import json
from collections.abc import Iterable

from flask import Blueprint, Response

from cpbm_kg import discovery, media
from cpbm_kg.listing import KINDS
from cpbm_kg.media import Format
from cpbm_kg.release import Release, kept_releases
from cpbm_kg.vocabulary import LAYERS
from cpbm_kg.web import pages
from cpbm_kg.web.answers import answered

_ATOM, _XML, _TEXT = Format("atom", "application/atom+xml"), Format("xml", "application/xml"), Format("txt", "text/plain")


def blueprint(release: Release, questions: Iterable[str], url: str) -> Blueprint:
    """The routes; `questions` are the names of those published, `url` is the public address."""
    routes = Blueprint("discovery", __name__)
    paths = spoken(questions)
    jsonld = described(release, url)

    @routes.app_context_processor
    def dataset() -> dict:
        return {"jsonld": jsonld}

    @routes.get("/dataset.jsonld")
    def schema_org() -> Response:
        return answered((jsonld + "\n").encode(), media.JSONLD)

    @pages.address(routes, "/dataset")
    def dataset_page() -> Response:
        return pages.page("dataset.html")

    @routes.get("/sitemap.xml")
    def sitemap() -> Response:
        return answered(discovery.sitemap(paths, release.manifest["date"], url), _XML)

    @routes.get("/robots.txt")
    def robots() -> Response:
        return answered(discovery.robots(url), _TEXT)

    @routes.get("/releases.atom")
    def releases() -> Response:
        return answered(discovery.atom(kept_releases(release), url), _ATOM)

    return routes


def spoken(questions: Iterable[str]) -> list[str]:
    """The addresses of the pages that are not about one thing, in both languages."""
    paths = ("/", "/dataset", "/things", *(f"/things/{name}" for name in KINDS), *(f"/page/graph/{layer.name}" for layer in LAYERS), "/q/", *(f"/q/{name}" for name in questions),
             "/query", "/map", "/timeline", "/network", "/charts", "/text", "/lacunes", "/ontology", "/validate", "/rules")
    return [f"/{language}{path}" for path in paths for language in pages.LANGUAGES]


def described(release: Release, url: str) -> str:
    """The dataset in schema.org as JSON that can stand inside a page: "<" cannot end its element."""
    return json.dumps(discovery.dataset(release.manifest, url), ensure_ascii=False, indent=1).replace("<", "\\u003c")
