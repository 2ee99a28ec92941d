"""SPARQL 1.1 Protocol, query side, as pure functions: what a request asks for, whoever received it.

https://www.w3.org/TR/sparql11-protocol/#query-operation; refusals follow decisions.md, 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from cpbm_kg.engine import Query
from cpbm_kg.errors import MediaTypeError, Message, RequestError, UpdateRefusedError

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"
MOST_PARAMETERS = 1000

Parameters = list[tuple[str, str]]


@dataclass(frozen=True)
class QueryRequest:
    """`query` is None where a GET asks for the service description; `format` is the shortcut parameter."""

    query: Query | None
    format: str | None


def read_request(method: str, query_string: str, content_type: str, body: bytes) -> QueryRequest:
    """The three ways to send a query (2.1.1 GET, 2.1.2 POST form, 2.1.3 POST direct).

    `content_type` without parameters, in lower case. Raises RequestError, MediaTypeError, UpdateRefusedError.
    """
    in_url = _parameters(query_string)
    if method != "POST":
        return _request(in_url, [], None)
    if content_type == FORM_TYPE:
        return _request(in_url, _parameters(_text(body)), None, posted=True)
    if content_type == QUERY_TYPE:
        return _request(in_url, [], _text(body), posted=True)
    if content_type == UPDATE_TYPE:
        raise _update()
    raise MediaTypeError(
        Message(f"type de corps inconnu : {content_type or 'aucun'}", f"unknown type of body: {content_type or 'none'}"),
        Message(f"envoyez {QUERY_TYPE} ou {FORM_TYPE}", f"send {QUERY_TYPE} or {FORM_TYPE}"))


def _request(in_url: Parameters, in_body: Parameters, direct: str | None, posted: bool = False) -> QueryRequest:
    if any(name == "update" for name, _ in in_url + in_body):
        raise _update()
    texts = [value for name, value in in_url + in_body if name == "query"] + ([direct] if direct is not None else [])
    if len(texts) > 1:
        raise RequestError(Message("plusieurs requêtes en une", "several queries in one request"),
                           Message("envoyez un seul paramètre query", "send a single query parameter"))
    format = next((value for name, value in in_url + in_body if name == "format" and value), None)
    if not texts:
        if posted:
            raise RequestError(Message("il n'y a pas de requête", "there is no query"),
                               Message("envoyez le paramètre query", "send the query parameter"))
        return QueryRequest(None, format)
    timeout_s = _timeout(in_url + in_body)
    default, named = (_graphs(in_url + in_body, name) for name in ("default-graph-uri", "named-graph-uri"))
    if default or named:  # 2.1.4: the protocol's dataset replaces that of the query
        return QueryRequest(Query(texts[0], default, named, timeout_s), format)
    return QueryRequest(Query(texts[0], timeout_s=timeout_s), format)


def _timeout(parameters: Parameters) -> float | None:
    """`timeout=` in seconds; what is no positive number is refused, since ignoring it would surprise."""
    text = next((value for name, value in parameters if name == "timeout" and value), None)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise RequestError(Message(f"timeout={text!r} n'est pas une durée", f"timeout={text!r} is not a duration"),
                           Message("donnez un nombre de secondes", "give a number of seconds"))
    return seconds


def _graphs(parameters: Parameters, name: str) -> tuple[str, ...]:
    iris = tuple(value for key, value in parameters if key == name)
    for iri in iris:
        if ":" not in iri or any(character in iri for character in " <>\"{}|\\^`"):
            raise RequestError(Message(f"{name}={iri!r} n'est pas une IRI absolue", f"{name}={iri!r} is not an absolute IRI"),
                               Message("donnez l'IRI d'un graphe nommé", "give the IRI of a named graph"))
    return iris


def _parameters(text: str) -> Parameters:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise _not_utf8() from None
    except ValueError:
        raise RequestError(Message(f"plus de {MOST_PARAMETERS} paramètres", f"more than {MOST_PARAMETERS} parameters"),
                           Message("envoyez-en moins", "send fewer")) from None


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_utf8() from None


def _not_utf8() -> RequestError:
    return RequestError(Message("la requête n'est pas en UTF-8", "the query is not UTF-8"),
                        Message("encodez-la en UTF-8", "encode it as UTF-8"))


def _update() -> UpdateRefusedError:
    return UpdateRefusedError(Message("ce service ne fait que répondre : aucune mise à jour", "this service only answers: no updates"),
                              Message("proposez votre correction dans le dépôt du projet", "propose your correction in the project's repository"))
