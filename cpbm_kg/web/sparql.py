"""The endpoint `/sparql`: a request to the protocol, a query to the engine, an answer whole or an error."""

from __future__ import annotations

from flask import Blueprint, Response, request

from cpbm_kg import media, protocol
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message, RequestError
from cpbm_kg.media import OFFERED, Form, Format


def blueprint(engine: Engine) -> Blueprint:
    """Routes that answer queries with `engine`."""
    routes = Blueprint("sparql", __name__)

    @routes.route("/sparql", methods=["GET", "POST"])
    def sparql() -> Response:
        asked = protocol.read_request(request.method, request.query_string.decode("latin-1"), request.mimetype, request.get_data())
        if asked.query is None:
            raise RequestError(Message("il n'y a pas de requête", "there is no query"),
                               Message("ajoutez ?query=…", "add ?query=…"))
        answer = engine.answer(asked.query, _formats(asked.format))
        return Response(answer.chunks, content_type=answer.format.content_type, headers={"Vary": "Accept"})

    return routes


def _formats(shortcut: str | None) -> dict[Form, Format | None]:
    """The format for each form of query: by `format=` where given, else by Accept."""
    if shortcut is not None:
        return {form: media.named(shortcut, offered) for form, offered in OFFERED.items()}
    return {form: media.negotiate(request.headers.get("Accept"), offered) for form, offered in OFFERED.items()}
