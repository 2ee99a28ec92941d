"""A whole body as a response: type with charset, entity tag and digest, and 304 where the client has it already."""

from __future__ import annotations

from flask import Response, request

from cpbm_kg.media import Format
from cpbm_kg.web.exchange import Reply, tagged
from cpbm_kg.web.sparql import NEGOTIATED


def answered(body: bytes, format: Format) -> Response:
    """The response that carries `body`; conditions as in RFC 9110, 13."""
    reply = tagged(Reply(200, {"Content-Type": format.content_type, **NEGOTIATED}, body))
    return Response(reply.body, reply.status, reply.headers).make_conditional(request)


def unkept(response: Response) -> Response:
    """A response that another moment may give otherwise: no cache may keep it."""
    for name in ("ETag", "Repr-Digest"):
        if name in response.headers:
            del response.headers[name]
    response.headers["Cache-Control"] = "no-store"
    return response
