"""Errors over HTTP: one table of statuses, one body shape (RFC 9457 problem details, fr and en)."""

from __future__ import annotations

import json

from flask import Response

from cpbm_kg.errors import (
    AnswerTooLargeError, EngineFailureError, MediaTypeError, NotAcceptableError, OverloadedError, QueryError, QuerySyntaxError,
    QueryTimeoutError, RequestError, ServiceRefusedError, UpdateRefusedError,
)

STATUS: dict[type[QueryError], int] = {
    QuerySyntaxError: 400,
    RequestError: 400,
    ServiceRefusedError: 400,
    UpdateRefusedError: 403,
    NotAcceptableError: 406,
    QueryTimeoutError: 408,
    AnswerTooLargeError: 413,
    MediaTypeError: 415,
    OverloadedError: 503,
    EngineFailureError: 503,
}
RETRY_AFTER_S = "1"


def problem_response(error: QueryError) -> Response:
    """The problem document of a refused query; a syntax error carries its line and column."""
    status = STATUS[type(error)]
    problem = {
        "type": "about:blank",
        "status": status,
        "title": error.fault.fr,
        "detail": error.remedy.fr,
        "title@en": error.fault.en,
        "detail@en": error.remedy.en,
    }
    if isinstance(error, QuerySyntaxError) and error.line:
        problem |= {"line": error.line, "column": error.column}
    if isinstance(error, NotAcceptableError):
        problem["offered"] = list(error.offered)
    headers = {"Retry-After": RETRY_AFTER_S} if status == 503 else {}
    return Response(json.dumps(problem, ensure_ascii=False) + "\n", status, headers, content_type="application/problem+json; charset=utf-8")
