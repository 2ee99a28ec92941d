"""The published questions: `/q/` lists them, `/q/<question>` answers one, `/openapi.json` and
`/.well-known/sparql-examples` describe them to machines.

Every answer carries the release and its digest in headers, and inside JSON rows and pages; `/r/<id>` cites it.
Links are written without a host (architecture.md, 7).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request

from cpbm_kg import asking, citing, examination, media, openapi, tables
from cpbm_kg.asking import Asked, Citation
from cpbm_kg.contracts import THEMES, Contract
from cpbm_kg.diagnosis.emptiness import address
from cpbm_kg.engine import Engine, Query
from cpbm_kg.errors import Message, NotAcceptableError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.release import Release
from cpbm_kg.vocabulary import GRAPH
from cpbm_kg.web import pages
from cpbm_kg.web.answers import answered
from cpbm_kg.web.pages import page

_OURS = ("format",)
_EXAMPLES = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH.examples}> {{ ?s ?p ?o }} }}"
_OPENAPI = Format("json", "application/json", ("application/vnd.oai.openapi+json",))


def blueprint(engine: Engine, release: Release, contracts: Mapping[str, Contract], url: str) -> Blueprint:
    """Routes for the questions of `release`; `url` is the public address that the OpenAPI document names."""
    routes = Blueprint("questions", __name__)
    described = json.dumps(openapi.document(contracts.values(), release, url), ensure_ascii=False, indent=1).encode()

    @routes.get("/openapi.json")
    def description() -> Response:
        return answered(described, _OPENAPI)

    @routes.get("/.well-known/sparql-examples")
    def published() -> Response:
        format = media.negotiate(request.headers.get("Accept"), OFFERED[Form.GRAPH])
        if format is None:
            raise NotAcceptableError(tuple(format.media_type for format in OFFERED[Form.GRAPH]))
        found = engine.answer(Query(_EXAMPLES), {Form.GRAPH: format, Form.SELECT: None, Form.ASK: None})
        return answered(found.body, format)

    @pages.address(routes, "/q/")
    def index() -> Response:
        given = pages.given()
        if _wants_description(given, (media.ROWS, media.HTML)):
            return _described()
        format = _format(given, (media.ROWS, media.HTML))
        if format is media.HTML:
            return page("questions.html", themes=_by_theme(contracts))
        listed = [{"question": name, "href": f"/q/{name}", "title": vars(contract.title), "asks": vars(contract.question), "tags": contract.head["tags"]}
                  for name, contract in contracts.items()]
        return answered((json.dumps({"release": release.id, "questions": listed}, ensure_ascii=False, indent=1) + "\n").encode(), format)

    @pages.address(routes, "/q/<name>")
    def question(name: str) -> Response:
        if name not in contracts:
            abort(404)
        contract, given = contracts[name], pages.given()
        if _wants_description(given, openapi.formats(contract)):
            return _described()
        format = _format(given, openapi.formats(contract))
        return respond(contract, {key: values for key, values in given.items() if key not in _OURS}, format)

    @routes.get("/q/<name>.<extension>")
    def answer(name: str, extension: str) -> Response:
        """An answer in a format that its address names, so that a file can bear it."""
        if name not in contracts or (format := media.named(extension, tables.offered(contracts[name]))) is None:
            abort(404)
        return respond(contracts[name], pages.given(), format)

    def respond(contract: Contract, values: Mapping[str, list[str]], format: Format) -> Response:
        asked = asking.read(contract, values)
        citation, links = asking.cite(engine, asked), _links(engine, asked, pages.given())
        if format is media.HTML:
            response = page("question.html", **_shown(engine, asked), citation=citation, links=links, formats=_twins(contract, values),
                            cited=citing.name(citing.of_question(release.id, asked)))
        else:
            response = answered(tables.answer(engine, asked, format, release.id), format)
        return _cited(response, citation, links, asked, release)

    return routes


def _cited(response: Response, citation: Citation, links: dict[str, str], asked: Asked, release: Release) -> Response:
    response.headers["CPBM-Answer-Digest"] = f"sha256:{citation.sha256}"
    relations = {"service-desc": "/openapi.json", "cite-as": citing.address(citing.name(citing.of_question(release.id, asked))), **links}
    if not citation.count and not asked.offset:
        relations["help"] = address(Query(asked.query))
    # An empty answer's own explanation would be longer than headers may be where the query is: it is then left out.
    response.headers["Link"] = ", ".join(f'<{target}>; rel="{relation}"' for relation, target in relations.items() if len(target) < 6000)
    return response


def _format(given: Mapping[str, list[str]], offered: tuple[Format, ...]) -> Format:
    if "format" in given:
        return media.named(pages.once(given, "format", tuple(format.name for format in offered), ""), offered)
    format = media.negotiate(request.headers.get("Accept"), offered)
    if format is None:
        raise NotAcceptableError(tuple(format.media_type for format in offered))
    return format


def _wants_description(given: Mapping[str, list[str]], offered: tuple[Format, ...]) -> bool:
    """Whether a client wants RDF of what has none as its answer: it is then told what the question is."""
    accept = request.headers.get("Accept")
    return "format" not in given and media.negotiate(accept, offered) is None and media.negotiate(accept, OFFERED[Form.GRAPH]) is not None


def _described() -> Response:
    response = redirect("/.well-known/sparql-examples", 303)
    response.headers["Vary"] = "Accept"
    return response


def _links(engine: Engine, asked: Asked, given: Mapping[str, list[str]]) -> dict[str, str]:
    """The other pages of an answer that is asked for in pages (RFC 8288; relations of RFC 5988's registry)."""
    if asked.limit is None:
        return {}
    offsets = {"first": 0}
    if asked.offset:
        offsets["prev"] = max(0, asked.offset - asked.limit)
    if asked.offset + asked.limit <= asking.FARTHEST_OFFSET and asking.has_more(engine, asked):
        offsets["next"] = asked.offset + asked.limit
    return {relation: f"{request.path}?{urlencode({**given, 'offset': [str(offset)]}, doseq=True)}" for relation, offset in offsets.items()}


def _twins(contract: Contract, values: Mapping[str, list[str]]) -> dict[str, str]:
    """The address of each other format of a page."""
    query = f"?{urlencode(values, doseq=True)}" if values else ""
    return {format.name: f"/q/{contract.name}.{format.name}{query}" for format in tables.offered(contract)}


def _shown(engine: Engine, asked: Asked) -> dict:
    """What a question's page shows: the fields of its form as filled in, and its answer."""
    contract = asked.contract
    filled = {parameter: [str(term) for term in asked.values.get(parameter.name) or examination.default(contract, parameter.name)] for parameter in contract.parameters}
    shown: dict = {"contract": contract, "filled": filled, "query": asked.query, "diagnose": address(Query(asked.query))}
    if contract.form is Form.GRAPH:
        return shown | {"graph": asking.answer(engine, asked, media.TURTLE).body.decode()}
    results = asking.answer(engine, asked, media.JSON).body
    if contract.form is Form.ASK:
        return shown | {"truth": json.loads(results)["boolean"]}
    return shown | {"rows": tables.rows(contract, results)}


def _by_theme(contracts: Mapping[str, Contract]) -> dict[str, tuple[Message, list[Contract]]]:
    themes = {theme: (label, [contract for contract in contracts.values() if contract.head["tags"][0] == theme]) for theme, label in THEMES.items()}
    return {theme: entry for theme, entry in themes.items() if entry[1]}
