"""`/r/<id>`: an answer under its permanent address, with how to cite it, and whether the newest release still gives it.
`/cite` leads a query, or a question with its values, to that address.

A name that is too long for an address is refused; a release that is not kept here is said, with the same question
asked of the newest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request

from cpbm_kg import asking, citing, contracts, media
from cpbm_kg.asking import Asked, Citation
from cpbm_kg.citing import Cited, Difference
from cpbm_kg.engine import Answer, Engine, Query
from cpbm_kg.errors import Message, NotAcceptableError, NotFoundError, ReleaseError, RequestError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.release import Release
from cpbm_kg.web import pages
from cpbm_kg.web.answers import answered
from cpbm_kg.web.archive import Archive
from cpbm_kg.web.pages import page

MOST_SHOWN = 200  # rows of a page, and of each side of a difference
_EDITORS = Message("Les éditeurs de CPBM-KG", "The CPBM-KG editors")
_ANY_QUERY = Message("Requête SPARQL sur CPBM-KG", "SPARQL query on CPBM-KG")
_ABOUT = (media.HTML, media.ROWS, media.BIBTEX, media.CSL)


def blueprint(archive: Archive, newest: Release) -> Blueprint:
    """Routes that cite answers of `newest` and of the releases kept beside it."""
    routes = Blueprint("citations", __name__)

    @pages.address(routes, "/cite")
    def cite() -> Response:
        given = pages.given()
        address = f"/r/{citing.name(_to_cite(given, newest))}"
        return redirect(pages.to(address) if pages.names_language() else address, 303)

    @pages.address(routes, "/r/<named>")
    def cited(named: str) -> Response:
        try:
            said = citing.read(named)
        except ValueError:
            raise NotFoundError(Message("ce n’est pas l’adresse d’une réponse", "this is not the address of an answer"),
                                Message("reprenez-la entière, sans coupure", "take it whole, without a break")) from None
        try:
            with archive.asked(said.release) as (release, engine):
                return _shown(archive, named, said, release, engine, newest)
        except ReleaseError:
            again = f"/r/{citing.name(citing.asked(said, newest.id))}"
            raise NotFoundError(Message(f"la version {said.release} n’est pas gardée ici", f"release {said.release} is not kept here"),
                                Message(f"posez la même question à la version {newest.id} : {again}", f"ask release {newest.id} the same: {again}")) from None

    return routes


@dataclass(frozen=True)
class _Subject:
    """What was asked: its query text, its title, and the question where it is a published one."""

    text: str
    title: Message
    asked: Asked | None = None


def _to_cite(given: dict[str, list[str]], newest: Release) -> Cited:
    if "question" in given:
        name = given.pop("question")[0]
        return citing.of_question(newest.id, _question(newest, name, given))
    if len(given.get("query", [])) != 1:
        raise RequestError(Message("il faut une requête ou une question à citer", "a query or a question to cite is needed"),
                           Message("donnez query=…, ou question=… et ses paramètres", "give query=…, or question=… and its parameters"))
    return Cited(newest.id, text=given["query"][0])


def _question(release: Release, name: str, values: dict[str, list[str]]) -> Asked:
    contract = contracts.of_release(release.folder).get(name)
    if contract is None:
        raise RequestError(Message(f"la version {release.id} n’a pas de question {name[:80]!r}", f"release {release.id} has no question {name[:80]!r}"),
                           Message("voyez /q/", "see /q/"))
    return asking.read(contract, values)


def _subject(said: Cited, release: Release) -> _Subject:
    if not said.question:
        return _Subject(said.text, _ANY_QUERY)
    asked = _question(release, said.question, dict(said.values))
    return _Subject(asked.text, asked.contract.title, asked)


def _shown(archive: Archive, named: str, said: Cited, release: Release, engine: Engine, newest: Release) -> Response:
    subject, spoken = _subject(said, release), pages.language()
    found = citing.answer(engine, subject.text)
    format = _format(found.form)
    if format in OFFERED[found.form]:
        body = engine.answer(Query(subject.text), {form: format if form is found.form else None for form in OFFERED}).body
        return _marked(answered(body, format), named, found)
    citation = asking.citation(found)
    about = _bibliography(named, subject, release, citation, spoken)
    if format is media.BIBTEX:
        return _marked(answered(citing.bibtex(**about).encode(), format), named, found)
    if format is media.CSL:
        return _marked(answered(_json([citing.csl(**about)]), format), named, found)
    difference = _since(archive, subject, release, found, newest)
    if format is media.ROWS:
        body = {
            "id": named, "url": citing.address(named), "release": release.id, "question": said.question or None, "title": vars(subject.title),
            "parameters": dict(said.values), "query": subject.text, "digest": f"sha256:{citation.sha256}", "count": citation.count,
            "newest": {"release": newest.id, "same": difference.same, "added": list(difference.added), "removed": list(difference.removed)},
            "bibtex": citing.bibtex(**about), "csl": citing.csl(**about)}
        return _marked(answered(_json(body), format), named, found)
    return _marked(page(
        "citation.html", subject=subject, named=named, address=citing.address(named), release=release, newest=newest, citation=citation, difference=difference, most=MOST_SHOWN,
        again=citing.name(citing.asked(said, newest.id)), bibtex=citing.bibtex(**about), csl=_json([citing.csl(**about)]).decode(),
        formats=[format.name for format in OFFERED[found.form]], **_content(engine, subject, found)), named, found)


def _format(form: Form) -> Format:
    offered = (*_ABOUT, *OFFERED[form])
    if "format" in request.args:
        return media.named(pages.once(pages.given(), "format", tuple(format.name for format in offered), ""), offered)
    format = media.negotiate(request.headers.get("Accept"), offered)
    if format is None:
        raise NotAcceptableError(tuple(format.media_type for format in offered))
    return format


def _since(archive: Archive, subject: _Subject, release: Release, found: Answer, newest: Release) -> Difference:
    """How the newest release answers the same text."""
    if release.id == newest.id:
        return Difference((), ())
    return citing.difference(found, citing.answer(archive.newest_engine, subject.text))


def _content(engine: Engine, subject: _Subject, found: Answer) -> dict:
    """The answer as a page shows it."""
    if found.form is Form.GRAPH:
        return {"graph": found.body.decode()}
    results = json.loads(engine.answer(Query(subject.text), {Form.SELECT: media.JSON, Form.ASK: media.JSON, Form.GRAPH: None}).body)
    if found.form is Form.ASK:
        return {"truth": results["boolean"]}
    return {"columns": results["head"]["vars"], "rows": results["results"]["bindings"]}


def _bibliography(named: str, subject: _Subject, release: Release, citation: Citation, spoken: str) -> dict[str, str]:
    counted = Message(f"{citation.count} ligne(s) ou triplet(s)", f"{citation.count} row(s) or triple(s)")
    return {
        "key": f"cpbm-kg-{citation.sha256[:8]}", "title": subject.title.within(spoken), "author": _EDITORS.within(spoken), "date": release.manifest["date"],
        "version": release.id, "address": citing.address(named), "note": f"{counted.within(spoken)}, sha256:{citation.sha256}"}


def _marked(response: Response, named: str, found: Answer) -> Response:
    response.headers["CPBM-Answer-Digest"] = f"sha256:{asking.citation(found).sha256}"
    response.headers["CPBM-Release"] = citing.read(named).release
    response.headers["Link"] = f'<{citing.address(named)}>; rel="cite-as"'
    return response


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
