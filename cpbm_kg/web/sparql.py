"""The endpoint `/sparql`: a request to the protocol, a query to the engine, an answer whole or an error."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from cpbm_kg import description, media, protocol
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message, NotAcceptableError, RequestError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.web.answers import answered


def blueprint(engine: Engine, endpoint: str, triples: dict[str, int] | None) -> Blueprint:
    """Routes that answer queries with `engine`; `endpoint` and `triples` are what its description says."""
    routes = Blueprint("sparql", __name__)
    described = description.describe(endpoint, triples)

    @routes.route("/sparql", methods=["GET", "POST"])
    def sparql() -> Response:
        asked = protocol.read_request(request.method, request.query_string.decode("latin-1"), request.mimetype, _whole_body())
        formats = _formats(asked.format)
        if asked.query is not None:
            answer = engine.answer(asked.query, formats)
            return answered(answer.body, answer.format)
        format = formats[Form.GRAPH]
        if format is None:
            raise NotAcceptableError(tuple(f.media_type for f in OFFERED[Form.GRAPH]))
        return answered(description.write(described, format), format)

    return routes


def _whole_body() -> bytes:
    """The body, which must have arrived whole (decisions.md, 16): as long as announced, or, in chunks, below the
    limit at which it would have been cut. (granian ends a garbled chunk like a complete body: architecture.md, 7.)"""
    body = request.get_data()
    if request.content_length is None:
        if len(body) >= current_app.config["MAX_CONTENT_LENGTH"]:
            abort(413)
    elif len(body) != request.content_length:
        raise RequestError(Message("le corps n'est pas arrivé entier", "the body did not arrive whole"),
                           Message("envoyez-le de nouveau", "send it again"))
    return body


def _formats(shortcut: str | None) -> dict[Form, Format | None]:
    """The format for each form of query: by `format=` where given, else by Accept."""
    if shortcut is not None:
        return {form: media.named(shortcut, offered) for form, offered in OFFERED.items()}
    return {form: media.negotiate(request.headers.get("Accept"), offered) for form, offered in OFFERED.items()}
