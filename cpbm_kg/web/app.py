"""The application factory: routes for machines (SPARQL, exports, linked data, health) and the start page for people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from flask import Flask, Response, has_request_context, request
from werkzeug.exceptions import HTTPException

from cpbm_kg import __version__, contracts, reading
from cpbm_kg.engine import Answer, Engine, Query
from cpbm_kg.errors import OverloadedError, QueryError, ReleaseError
from cpbm_kg.media import Form, Format
from cpbm_kg.release import MANIFEST, Release
from cpbm_kg.settings import Settings
from cpbm_kg.source import SourceText
from cpbm_kg.web import browse, catalogue, citations, console, diagnosis, discovery, exports, gaps, layers, ontology, pages, pictures, questions, sparql, start, things, validation, wellknown
from cpbm_kg.web import text as text_pages
from cpbm_kg.web.archive import Archive
from cpbm_kg.web.problems import http_problem, query_problem
from cpbm_kg.web.sparql import Endpoint

LONGEST_BODY = 2 * 1024 * 1024
_ALLOWED_HEADERS = "Accept, Content-Type"
_EXPOSED_HEADERS = "CPBM-Answer-Digest, CPBM-Release, ETag, Link, Repr-Digest, Retry-After"


def create_app(engine: Engine, endpoint: Endpoint, release: Release | None, settings: Settings) -> Flask:
    """A WSGI application that answers from `engine`; without a release (any file served) there are no exports. What it
    opens beside, its extension `archive` closes. Raises SourceTextError where the settings name a text that cannot be read."""
    app = Flask(__name__, static_folder=None)
    engine = _Attributed(engine)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    pages.install(app, release, settings.report_url)
    app.register_blueprint(sparql.blueprint(endpoint, engine))
    app.register_blueprint(diagnosis.blueprint(engine))
    asked = {} if release is None else contracts.of_release(release.folder)
    app.register_blueprint(start.blueprint(release, asked, settings.public_url))
    if release is not None:
        text = SourceText.read(settings.source_text) if settings.source_text else None
        texts = cache(lambda: reading.texts(engine, text))
        app.register_blueprint(exports.blueprint(release))
        app.register_blueprint(catalogue.blueprint(release, settings.public_url))
        app.register_blueprint(discovery.blueprint(release, asked, settings.public_url))
        app.register_blueprint(things.blueprint(engine, texts, (release.manifest["about"]["spatial"] or {}).get("iri")))
        app.register_blueprint(layers.blueprint(engine, release))
        app.register_blueprint(browse.blueprint(engine, release))
        app.register_blueprint(text_pages.blueprint(engine, texts))
        app.register_blueprint(gaps.blueprint(engine))
        app.register_blueprint(console.blueprint(engine, release, asked, settings.public_url))
        app.register_blueprint(ontology.blueprint(engine, release))
        app.register_blueprint(validation.blueprint(release))
        app.register_blueprint(wellknown.blueprint(release, settings.public_url, settings.report_url))
        archive = app.extensions["archive"] = Archive(release, engine, settings)
        app.register_blueprint(citations.blueprint(archive, release))
        app.register_blueprint(pictures.blueprint(engine, release, asked, settings.tiles))
        app.register_blueprint(questions.blueprint(engine, release, asked, settings.public_url))

    app.register_error_handler(QueryError, lambda error: pages.for_people(query_problem(error)))
    # A file that turns out to be damaged when it is asked for is not given; the service is about to end with the same words.
    app.register_error_handler(ReleaseError, lambda error: pages.for_people(query_problem(OverloadedError(error.fault, error.remedy))))
    app.register_error_handler(HTTPException, lambda error: pages.for_people(http_problem(error)))

    @app.get("/health")
    def health() -> dict:
        return health_of(release)

    common = common_headers(release, settings.public_url)

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in common.items():
            if name == "Link" and name in response.headers:
                response.headers[name] += f", {value}"
            elif name != "Last-Modified" or "ETag" in response.headers:
                response.headers.setdefault(name, value)
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        return response

    return app


class _Attributed:
    """The engine as the pages ask it: in the name of the client whose request they answer."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def answer(self, query: Query, formats: Mapping[Form, Format | None], client: str = "") -> Answer:
        """As `Engine.answer`."""
        return self._engine.answer(query, formats, client or (request.remote_addr or "" if has_request_context() else ""))


def common_headers(release: Release | None, url: str) -> dict[str, str]:
    """The headers of every response: what a browser may do with it, who may read it, and which release it comes from."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": pages.POLICY,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": _EXPOSED_HEADERS,
    }
    if release is not None:
        headers["CPBM-Release"] = release.id
        headers["Link"] = f'<{url}/release/{release.id}/{MANIFEST}>; rel="describedby"; type="application/json"'
        headers["Last-Modified"] = release.modified
    return headers


def health_of(release: Release | None) -> dict:
    """What runs here."""
    return {"status": "ok", "software": __version__, "release": release and release.version, "releaseId": release and release.id,
            "canonicalSha256": release and release.manifest["canonicalSha256"]}
