"""The published questions as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0), generated from their heads."""

from __future__ import annotations

from collections.abc import Iterable

from cpbm_kg import media, tables
from cpbm_kg.asking import FARTHEST_OFFSET, LARGEST_PAGE
from cpbm_kg.contracts import THEMES, Contract
from cpbm_kg.errors import Message
from cpbm_kg.media import Form, Format
from cpbm_kg.parameters import IRI_PATTERN, LANGUAGE_PATTERN, LONGEST_VALUE, MOST_VALUES, Parameter
from cpbm_kg.release import Release

_VALUES = {
    "iri": {"type": "string", "pattern": f"^{IRI_PATTERN}$", "maxLength": LONGEST_VALUE},
    "integer": {"type": "integer", "minimum": -(10**15) + 1, "maximum": 10**15 - 1},
    "language": {"type": "string", "pattern": f"^{LANGUAGE_PATTERN}$"},
    "date": {"type": "string", "format": "date"},
    "string": {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE},
}
_CELLS = {"integer": "integer", "year": "integer", "decimal": "number", "boolean": "boolean"}
_STATUSES = {
    "400": Message("valeur ou paramètre refusé", "value or parameter refused"),
    "404": Message("rien à cette adresse", "nothing at this address"),
    "406": Message("format non disponible", "format not available"),
    "408": Message("la question a pris trop de temps", "the question took too long"),
    "413": Message("réponse trop grande", "answer too large"),
    "429": Message("trop de demandes de ce client", "too many requests of this client"),
    "503": Message("trop de demandes : réessayez", "too many requests: try again"),
}
_HEADERS = {
    "CPBM-Release": {"description": "the release that answers: version and digest", "schema": {"type": "string"}},
    "CPBM-Answer-Digest": {"description": "sha256: of the answer as TSV (N-Triples for a graph, SPARQL JSON for yes or no)", "schema": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}},
    "Link": {"description": "first, prev and next page (RFC 8288); help, where the answer is empty", "schema": {"type": "string"}},
}


def document(contracts: Iterable[Contract], release: Release, url: str) -> dict:
    """The whole document; `url` is the public address of the service."""
    contracts = list(contracts)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CPBM-KG : questions publiées · published questions", "version": release.version,
            "summary": _both(Message(**release.manifest["about"]["graph"]["title"])),
            "description": "Une adresse par question ; chaque réponse porte la version et l'empreinte qui la citent. · One path per question; each answer carries the release and the digest that cite it.",
            "license": {"name": "Licence Ouverte 2.0", "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence"},
        },
        "servers": [{"url": url}],
        "tags": [{"name": theme, "description": _both(label)} for theme, label in THEMES.items() if any(theme in contract.head["tags"] for contract in contracts)],
        "paths": {f"/q/{contract.name}": {"get": _operation(contract)} for contract in contracts},
        "components": {"schemas": {"Problem": _PROBLEM}},
    }


def formats(contract: Contract) -> tuple[Format, ...]:
    """The formats of a question over HTTP, the preferred one first."""
    return (*tables.offered(contract), media.HTML)


def _operation(contract: Contract) -> dict:
    refused = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "operationId": contract.name,
        "summary": _both(contract.title),
        "description": _both(contract.question) + (f"\n\n{_both(contract.description)}" if contract.description else ""),
        "tags": contract.head["tags"],
        "parameters": [*map(_parameter, contract.parameters), *_common(contract)],
        "responses": {
            "200": {"description": "la réponse · the answer", "headers": _HEADERS, "content": {format.media_type: {"schema": _schema(contract, format)} for format in formats(contract)}},
            "303": {"description": "où la question elle-même est décrite en RDF · where the question itself is described in RDF"},
            **{status: {"description": _both(message), "content": refused} for status, message in _STATUSES.items()},
        },
    }


def _parameter(parameter: Parameter) -> dict:
    value = {"type": "string", "enum": list(parameter.choices)} if parameter.choices else _VALUES[parameter.type]
    example = int(parameter.example) if parameter.type == "integer" else parameter.example
    described = {"name": parameter.name, "in": "query", "required": False, "description": _both(parameter.label)}
    if not parameter.several:
        return described | {"schema": value, "example": example}
    return described | {"schema": {"type": "array", "items": value, "minItems": 1, "maxItems": MOST_VALUES}, "style": "form", "explode": True, "example": [example]}


def _common(contract: Contract) -> list[dict]:
    def query(name: str, said: str, schema: dict) -> dict:
        return {"name": name, "in": "query", "required": False, "description": said, "schema": schema}

    pages = [
        query("limit", "nombre de lignes d'une page · rows of a page", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}),
        query("offset", "lignes à sauter · rows to skip", {"type": "integer", "minimum": 0, "maximum": FARTHEST_OFFSET}),
    ]
    return [
        *(pages if contract.form is not Form.ASK else []),
        query("format", "au lieu d'Accept · instead of Accept", {"type": "string", "enum": [format.name for format in formats(contract)]}),
    ]


def _schema(contract: Contract, format: Format) -> dict:
    if format is media.GEOJSON:
        return {"type": "object", "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array"}}, "required": ["type", "features"]}
    if format is media.JSON:
        return {"type": "object", "required": ["head"]}
    if format is not media.ROWS:
        return {} if format is media.JSONLD else {"type": "string"}
    answer = {"answer": {"type": "boolean"}} if contract.form is Form.ASK else {"columns": {"type": "object"}, "rows": {"type": "array", "items": _row(contract)}}
    properties = {
        "question": {"const": contract.name}, "title": {"type": "object"}, "parameters": {"type": "object"},
        "release": {"type": "string"}, "digest": {"type": "string"}, **answer,
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _row(contract: Contract) -> dict:
    cells = {column.name: {"type": [_CELLS.get(column.type, "string"), "null"], "description": _both(column.meaning)} for column in contract.columns}
    return {"type": "object", "properties": cells, "required": list(cells), "additionalProperties": False}


def _both(message: Message) -> str:
    return f"{message.fr} · {message.en}"


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"}, "status": {"type": "integer"}, "title": {"type": "string"}, "detail": {"type": "string"},
        "title@en": {"type": "string"}, "detail@en": {"type": "string"},
    },
    "required": ["type", "status", "title", "detail"],
}
