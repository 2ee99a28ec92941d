"""The endpoint `/sparql`: a request to the protocol, a query to the engine, an answer whole or an error.

It speaks in calls and replies; `front` drives it in its event loop, and the Flask route below under any WSGI server.
"""

from __future__ import annotations

from functools import lru_cache

import rdflib
from flask import Blueprint, Response, request

from cpbm_kg import description, media, protocol, tables
from cpbm_kg.diagnosis import emptiness
from cpbm_kg.engine import Answer, Engine, Query
from cpbm_kg.engine.screening import volatile
from cpbm_kg.errors import Message, NotAcceptableError, QueryError, RequestError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.web.exchange import Call, Reply, tagged
from cpbm_kg.web.problems import problem

Formats = dict[Form, Format | None]
# GeoJSON is made of the JSON answer, so no engine need know it.
_MAPPED: Formats = {Form.SELECT: media.JSON, Form.ASK: None, Form.GRAPH: None}
NEGOTIATED = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "public, no-cache"}


class Endpoint:
    """What a server needs to answer calls: `read` one, evaluate its query, and make a `reply` of the answer."""

    def __init__(self, described: rdflib.Graph):
        self._described = described

    def read(self, call: Call) -> tuple[Query | None, Formats]:
        """The query of a call (None: it wants the service description) and the format for each form of query.

        Raises RequestError, MediaTypeError, UpdateRefusedError.
        """
        asked = protocol.read_request(call.method, call.query_string, call.content_type, call.body)
        return asked.query, _by_name(asked.format) if asked.format is not None else _by_accept(call.accept)

    def reply(self, query: Query, formats: Formats, answer: Answer) -> Reply:
        """The answer over HTTP, with the address of an explanation where it is empty; one that another moment would
        give otherwise has no entity tag. Raises NotAcceptableError for a map of what has no geometry."""
        format, body = answer.format, answer.body
        if formats is _MAPPED:
            format, body = media.GEOJSON, _map(answer)
        reply = Reply(200, {"Content-Type": format.content_type, **NEGOTIATED}, body, answer.rows)
        if _may_be_empty(query, answer) and (help := emptiness.link(query, answer)):
            reply.headers["Link"] = help
        if volatile(query.text):
            reply.headers["Cache-Control"] = "no-store"
            return reply
        return tagged(reply)

    def describe(self, formats: Formats) -> Reply:
        """The service description; raises NotAcceptableError."""
        format = formats[Form.GRAPH]
        if format is None:
            raise NotAcceptableError(tuple(f.media_type for f in OFFERED[Form.GRAPH]))
        return tagged(Reply(200, {"Content-Type": format.content_type, **NEGOTIATED}, description.write(self._described, format)))

    def answer(self, call: Call, engine: Engine) -> Reply:
        """The whole way of a call, for servers of threads."""
        try:
            query, formats = self.read(call)
            return self.describe(formats) if query is None else self.reply(query, formats, engine.answer(query, formats, call.client))
        except QueryError as error:
            return problem(error)


def blueprint(endpoint: Endpoint, engine: Engine) -> Blueprint:
    """The route under a WSGI server."""
    routes = Blueprint("sparql", __name__)

    @routes.route("/sparql", methods=["GET", "POST"])
    def sparql() -> Response:
        call = Call(request.method, request.query_string.decode("latin-1"), request.mimetype, request.headers.get("Accept"),
                    _whole_body(), request.remote_addr or "")
        reply = endpoint.answer(call, engine)
        return Response(reply.body, reply.status, reply.headers).make_conditional(request)

    return routes


def _whole_body() -> bytes:
    """The body, which must have arrived whole (decisions.md, 16): as long as announced."""
    body = request.get_data()
    if request.content_length is not None and len(body) != request.content_length:
        raise cut_short()
    return body


def cut_short() -> RequestError:
    """The error for a body that is shorter than announced or ends in the middle of a chunk."""
    return RequestError(Message("le corps n'est pas arrivé entier", "the body did not arrive whole"),
                        Message("envoyez-le de nouveau", "send it again"))


def _may_be_empty(query: Query, answer: Answer) -> bool:
    """Cheap, for the many answers that are not: no row, no, or one row that may count none."""
    if answer.form is Form.ASK:
        return b"true" not in answer.body
    return answer.rows == 0 or (answer.rows == 1 and answer.form is Form.SELECT and "count" in query.text.lower())


def _map(answer: Answer) -> bytes:
    drawn = tables.geojson_of_any(answer.body) if answer.form is Form.SELECT else None
    if drawn is None:
        raise NotAcceptableError(tuple(f.media_type for f in OFFERED[answer.form]))
    return tables.written(drawn)


def _by_name(name: str) -> Formats:
    if name in (media.GEOJSON.name, media.GEOJSON.media_type):
        return _MAPPED
    return {form: media.named(name, offered) for form, offered in OFFERED.items()}


@lru_cache(1024)
def _by_accept(accept: str | None) -> Formats:
    return {form: media.negotiate(accept, offered) for form, offered in OFFERED.items()}
