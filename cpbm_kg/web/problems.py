"""Errors over HTTP: one table of statuses, one body shape (RFC 9457 problem details, fr and en)."""

from __future__ import annotations

import json

from flask import Response
from werkzeug.exceptions import HTTPException

from cpbm_kg.errors import (
    AnswerTooLargeError, EngineFailureError, MediaTypeError, Message, NotAcceptableError, OverloadedError, QueryError, QuerySyntaxError,
    QueryTimeoutError, RequestError, ServiceRefusedError, TooComplexError, UpdateRefusedError,
)

STATUS: dict[type[QueryError], int] = {
    QuerySyntaxError: 400,
    RequestError: 400,
    ServiceRefusedError: 400,
    TooComplexError: 400,
    UpdateRefusedError: 403,
    NotAcceptableError: 406,
    QueryTimeoutError: 408,
    AnswerTooLargeError: 413,
    MediaTypeError: 415,
    OverloadedError: 503,
    EngineFailureError: 503,
}
RETRY_AFTER_S = "1"
_HTTP = {
    404: (Message("il n'y a rien à cette adresse", "there is nothing at this address"), Message("voyez la page d'accueil", "see the start page")),
    405: (Message("cette méthode n'est pas admise ici", "this method is not allowed here"), Message("voyez l'en-tête Allow", "see the Allow header")),
    413: (Message("le corps est trop grand", "the body is too large"), Message("envoyez une requête plus courte", "send a shorter query")),
}


def http_problem(error: HTTPException) -> Response:
    """The problem document of what never reached a query: an unknown path, a method, a body that is too large."""
    title, detail = _HTTP.get(error.code, (Message(error.name, error.name), Message("", "")))
    response = _response(error.code, _problem(error.code, title, detail), {})
    if getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def problem_response(error: QueryError) -> Response:
    """The problem document of a refused query; a syntax error carries its line and column."""
    status = STATUS[type(error)]
    problem = _problem(status, error.fault, error.remedy)
    if isinstance(error, QuerySyntaxError) and error.line:
        problem |= {"line": error.line, "column": error.column}
    if isinstance(error, NotAcceptableError):
        problem["offered"] = list(error.offered)
    return _response(status, problem, {"Retry-After": RETRY_AFTER_S} if status == 503 else {})


def _problem(status: int, title: Message, detail: Message) -> dict:
    return {"type": "about:blank", "status": status, "title": title.fr, "detail": detail.fr, "title@en": title.en, "detail@en": detail.en}


def _response(status: int, problem: dict, headers: dict[str, str]) -> Response:
    return Response(json.dumps(problem, ensure_ascii=False) + "\n", status, headers, content_type="application/problem+json; charset=utf-8")
