"""The application factory: routes for machines (SPARQL, exports, health) and the start page for people."""

from __future__ import annotations

from flask import Flask, Response, render_template, request

from werkzeug.exceptions import HTTPException

from cpbm_kg import __version__
from cpbm_kg.engine import Engine
from cpbm_kg.errors import QueryError
from cpbm_kg.release import Release
from cpbm_kg.settings import Settings
from cpbm_kg.vocabulary import LAYERS
from cpbm_kg.web import exports, sparql, things, validation
from cpbm_kg.web.problems import http_problem, problem_response

LONGEST_BODY = 2 * 1024 * 1024


def create_app(engine: Engine, release: Release | None, settings: Settings) -> Flask:
    """A WSGI application that answers from `engine`; without a release (any file served) there are no exports."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.register_blueprint(sparql.blueprint(engine, settings.public_url + "/sparql", release and release.manifest["triples"]))
    if release is not None:
        app.register_blueprint(exports.blueprint(release))
        app.register_blueprint(things.blueprint(engine))
        app.register_blueprint(validation.blueprint(release))

    app.register_error_handler(QueryError, problem_response)
    app.register_error_handler(HTTPException, http_problem)

    @app.get("/health")
    def health() -> dict:
        return {"status": "ok", "software": __version__, "release": release and release.version,
                "canonicalSha256": release and release.manifest["canonicalSha256"]}

    @app.get("/")
    def start() -> str:
        return render_template("start.html", release=release, layers=LAYERS, url=settings.public_url)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'"
        response.headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
        return response

    return app
