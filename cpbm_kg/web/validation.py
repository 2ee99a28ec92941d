"""`/validate`: Turtle in, findings out, at their lines; a page for people and one representation for each kind of program.
`/rules`: why each rule exists, which every finding links to.

The judging is done in a child with limits (`bounded`, `uploads`), a few at a time. A text that is no Turtle gives its
report too, as 400; what is not said to be Turtle is refused unread.
"""

from __future__ import annotations

import json
import re
import threading
from functools import cache
from urllib.parse import parse_qs

import rdflib
from flask import Blueprint, Response, abort, request

from cpbm_kg import bounded, media, rules
from cpbm_kg.errors import MediaTypeError, Message, NotAcceptableError, OverloadedError
from cpbm_kg.media import Format
from cpbm_kg.release import Release
from cpbm_kg.rules import Rule
from cpbm_kg.web import pages
from cpbm_kg.web.pages import page

LONGEST_TEXT = 1024 * 1024  # bytes
MOST_AT_A_TIME = 2
LONGEST_S = 40
MOST_LINES = 5000  # shown on the page; of longer texts, those with findings

JSON = Format("json", "application/json")
SARIF = Format("sarif", "application/sarif+json")
OFFERED = (JSON, media.HTML, media.TURTLE, SARIF)
_TURTLE_TYPES = ("text/turtle", "application/x-turtle")
_FORM_TYPE = "application/x-www-form-urlencoded"
# Of a text that is no Turtle this is the only finding, whatever the format; inside a text that a report quotes, quotes are escaped.
_UNREADABLE = re.compile(rb'"(?:rule|ruleId)": "file-unreadable"|rules#file-unreadable>')
_WRITERS = {media.HTML: "json", JSON: "json", media.TURTLE: "ttl", SARIF: "sarif"}


def blueprint(release: Release) -> Blueprint:
    """Routes of the service; the rules to explain are those of the release."""
    routes = Blueprint("validation", __name__)
    nursery = bounded.Nursery("cpbm_kg.uploads")
    places = threading.BoundedSemaphore(MOST_AT_A_TIME)
    shapes = cache(lambda: _shapes_of(release))
    own = sorted(rules.OWN.values(), key=lambda rule: rule.name)

    @pages.address(routes, "/validate")
    def form() -> Response:
        return _page("", None)

    @pages.address(routes, "/validate", methods=["POST"])
    def validate() -> Response:
        format, data = _format(), _turtle()
        if not places.acquire(blocking=False):
            raise OverloadedError(Message("toutes les places de vérification sont prises", "all places for checking are taken"),
                                  Message("réessayez dans un instant", "try again in a moment"))
        try:
            report = nursery.run(f"{_WRITERS[format]} {pages.language()}\n".encode() + data, LONGEST_S)
        finally:
            places.release()
        return _reported(data, report, format)

    @pages.address(routes, "/rules")
    def explained() -> Response:
        return page("rules.html", own=own, shapes=shapes())

    return routes


def _shapes_of(release: Release) -> list[Rule]:
    """The rules of a release's shapes; none where it carries none."""
    path = release.file("shapes.ttl")
    return rules.of_shapes(rdflib.Graph().parse(path), {}) if path else []


def _format() -> Format:
    shortcut = request.args.get("format")
    format = media.named(shortcut, OFFERED) if shortcut else media.negotiate(request.headers.get("Accept"), OFFERED)
    if format is None:
        raise NotAcceptableError(tuple(offered.media_type for offered in OFFERED))
    return format


def _turtle() -> bytes:
    """The text sent; refuses what is not said to be Turtle and what is longer than allowed."""
    if request.mimetype not in (*_TURTLE_TYPES, _FORM_TYPE) or request.headers.get("Content-Encoding", "identity") != "identity":
        raise MediaTypeError(
            Message(f"ce service ne lit que du Turtle non comprimé, pas « {request.mimetype or 'sans type'} »",
                    f"this service reads uncompressed Turtle alone, not \"{request.mimetype or 'untyped'}\""),
            Message("envoyez du Turtle avec Content-Type: text/turtle (rapper ou riot convertissent les autres formats)",
                    "send Turtle with Content-Type: text/turtle (rapper or riot convert other formats)"))
    # A form writes most signs as three characters.
    if (request.content_length or 0) > LONGEST_TEXT * (3 if request.mimetype == _FORM_TYPE else 1):
        abort(413)
    data = request.get_data()
    if request.mimetype == _FORM_TYPE:
        # A browser sends the line ends of a text area as CRLF (HTML, 4.10.21.3).
        data = parse_qs(data.decode("ascii", "replace"), keep_blank_values=True).get("turtle", [""])[0].replace("\r\n", "\n").encode("utf-8", "surrogateescape")
    if len(data) > LONGEST_TEXT:
        abort(413)
    return data


def _reported(data: bytes, report: bytes, format: Format) -> Response:
    status = 400 if _UNREADABLE.search(report) else 200
    if format == media.HTML:
        return _page(data.decode("utf-8", "replace"), json.loads(report)["findings"], status)
    return Response(report, status, {"Vary": "Accept"}, content_type=format.content_type)


def _page(text: str, findings: list[dict] | None, status: int = 200) -> Response:
    at: dict[int, list[dict]] = {}
    for finding in findings or ():
        at.setdefault(finding["line"] or 1, []).append(finding)
    lines = list(enumerate(text.split("\n"), 1))
    shown = [(number, line, at.get(number, ())) for number, line in lines if len(lines) <= MOST_LINES or number in at] if findings is not None else []
    response = page("validate.html", text=text, findings=findings, lines=shown, longest=LONGEST_TEXT // 1024)
    response.status_code = status
    return response

