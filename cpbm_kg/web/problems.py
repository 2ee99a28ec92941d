"""Errors over HTTP: one table of statuses, one body shape (RFC 9457 problem details, fr and en)."""

from __future__ import annotations

import json

from flask import Response
from werkzeug.exceptions import HTTPException

from cpbm_kg.errors import (
    AnswerTooLargeError, EngineFailureError, MediaTypeError, Message, NotAcceptableError, NotFoundError, OverloadedError, QueryError,
    QuerySyntaxError, QueryTimeoutError, RequestError, ServiceRefusedError, TooComplexError, TooManyError, UpdateRefusedError,
    UpstreamError, UpstreamTimeoutError,
)
from cpbm_kg.web.exchange import Reply

STATUS: dict[type[QueryError], int] = {
    QuerySyntaxError: 400,
    RequestError: 400,
    ServiceRefusedError: 400,
    TooComplexError: 400,
    UpdateRefusedError: 403,
    NotFoundError: 404,
    NotAcceptableError: 406,
    QueryTimeoutError: 408,
    AnswerTooLargeError: 413,
    MediaTypeError: 415,
    TooManyError: 429,
    OverloadedError: 503,
    EngineFailureError: 503,
    UpstreamError: 502,
    UpstreamTimeoutError: 504,
}
_HTTP = {
    404: (Message("il n'y a rien à cette adresse", "there is nothing at this address"), Message("voyez la page d'accueil", "see the start page")),
    405: (Message("cette méthode n'est pas admise ici", "this method is not allowed here"), Message("voyez l'en-tête Allow", "see the Allow header")),
    410: (Message("ce nom a été retiré", "this name has been withdrawn"),
          Message("voyez dcterms:isReplacedBy dans /export/editorial.ttl", "see dcterms:isReplacedBy in /export/editorial.ttl")),
    416: (Message("cette partie du fichier n'existe pas", "this part of the file does not exist"),
          Message("demandez des octets au-dessous de sa taille (Content-Range la donne)", "ask for bytes below its size (Content-Range gives it)")),
    413: (Message("le corps est trop grand", "the body is too large"), Message("envoyez une requête plus courte", "send a shorter query")),
}


def http_problem(error: HTTPException) -> Response:
    """The problem document of what never reached a query: an unknown path, a method, a body that is too large."""
    title, detail = _HTTP.get(error.code, (Message(error.name, error.name), Message("le serveur n'admet pas cette demande", "the server does not admit this request")))
    reply = _reply(error.code, _document(error.code, title, detail))
    if getattr(error, "valid_methods", None):
        reply.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return Response(reply.body, reply.status, reply.headers)


def query_problem(error: QueryError) -> Response:
    """`problem`, as Flask takes it."""
    reply = problem(error)
    return Response(reply.body, reply.status, reply.headers)


def method_refused(allowed: tuple[str, ...]) -> Reply:
    """The problem of a method that nothing here knows, CONNECT or TRACE."""
    reply = _reply(405, _document(405, *_HTTP[405]))
    reply.headers["Allow"] = ", ".join(allowed)
    return reply


def our_fault() -> Reply:
    """The problem of a request that met a fault of ours."""
    return _reply(500, _document(500, Message("une erreur de notre part", "a fault of ours"), Message("signalez-la, s'il vous plaît", "please report it")))


def body_too_large() -> Reply:
    """The problem of a body that is longer than any query."""
    return _reply(413, _document(413, *_HTTP[413]))


def body_too_slow() -> Reply:
    """The problem of a body that does not end (RFC 9110, 15.5.9)."""
    return _reply(408, _document(408, Message("le corps met trop de temps à arriver", "the body takes too long to arrive"),
                                 Message("envoyez-le d'un trait", "send it in one go")))


def problem(error: QueryError) -> Reply:
    """The problem document of a refused query; a syntax error carries its line and column, an overload the seconds
    after which to ask again."""
    status = STATUS[type(error)]
    document = _document(status, error.fault, error.remedy)
    if isinstance(error, QuerySyntaxError) and error.line:
        document |= {"line": error.line, "column": error.column}
    if isinstance(error, NotAcceptableError):
        document["offered"] = list(error.offered)
    reply = _reply(status, document)
    reply.outcome = type(error).__name__.removesuffix("Error")
    if isinstance(error, OverloadedError):
        reply.headers["Retry-After"] = str(error.retry_s)
    return reply


def _document(status: int, title: Message, detail: Message) -> dict:
    return {"type": "about:blank", "status": status, "title": title.fr, "detail": detail.fr, "title@en": title.en, "detail@en": detail.en}


def _reply(status: int, document: dict) -> Reply:
    body = (json.dumps(document, ensure_ascii=False) + "\n").encode()
    return Reply(status, {"Content-Type": "application/problem+json; charset=utf-8", "Cache-Control": "no-store"}, body, outcome=str(status))
