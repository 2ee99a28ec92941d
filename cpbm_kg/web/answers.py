"""A whole body as a response: type with charset, entity tag, and 304 where the client has it already (RFC 9110, 13)."""

from __future__ import annotations

import hashlib

from flask import Response, request

from cpbm_kg.media import Format


def answered(body: bytes, format: Format) -> Response:
    """The response that carries `body`; its tag is the digest of the bytes, so each representation has its own."""
    response = Response(body, content_type=format.content_type, headers={"Vary": "Accept", "Cache-Control": "no-cache"})
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)
