"""The application factory: routes for machines (SPARQL, exports, linked data, health) and the start page for people."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, has_request_context, render_template, request
from werkzeug.exceptions import HTTPException

from cpbm_kg import __version__, contracts
from cpbm_kg.engine import Answer, Engine, Query
from cpbm_kg.errors import QueryError
from cpbm_kg.media import Form, Format
from cpbm_kg.release import MANIFEST, Release
from cpbm_kg.settings import Settings
from cpbm_kg.vocabulary import LAYERS
from cpbm_kg.web import catalogue, citations, diagnosis, discovery, exports, pages, pictures, questions, sparql, things, validation, wellknown
from cpbm_kg.web.archive import Archive
from cpbm_kg.web.problems import http_problem, query_problem
from cpbm_kg.web.sparql import Endpoint

LONGEST_BODY = 2 * 1024 * 1024
_ALLOWED_HEADERS = "Accept, Content-Type"
_EXPOSED_HEADERS = "CPBM-Answer-Digest, CPBM-Release, ETag, Link, Repr-Digest, Retry-After"


def create_app(engine: Engine, endpoint: Endpoint, release: Release | None, settings: Settings) -> Flask:
    """A WSGI application that answers from `engine`; without a release (any file served) there are no exports. What it
    opens beside, its extension `archive` closes."""
    app = Flask(__name__, static_folder=None)
    engine = _Attributed(engine)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    pages.install(app, release, settings.report_url)
    app.register_blueprint(sparql.blueprint(endpoint, engine))
    app.register_blueprint(diagnosis.blueprint(engine))
    if release is not None:
        app.register_blueprint(exports.blueprint(release))
        app.register_blueprint(catalogue.blueprint(release, settings.public_url))
        app.register_blueprint(discovery.blueprint(release, contracts.of_release(release.folder), settings.public_url))
        app.register_blueprint(things.blueprint(engine, release))
        app.register_blueprint(validation.blueprint(release))
        app.register_blueprint(wellknown.blueprint(release, settings.public_url))
        archive = app.extensions["archive"] = Archive(release, engine, settings)
        app.register_blueprint(citations.blueprint(archive, release))
        app.register_blueprint(pictures.blueprint(engine, release, contracts.of_release(release.folder), settings.tiles))
        app.register_blueprint(questions.blueprint(engine, release, contracts.of_release(release.folder), settings.public_url))

    app.register_error_handler(QueryError, query_problem)
    app.register_error_handler(HTTPException, http_problem)

    @app.get("/health")
    def health() -> dict:
        return health_of(release)

    @app.get("/")
    def start() -> str:
        return render_template("start.html", release=release, layers=LAYERS, url=settings.public_url)

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
