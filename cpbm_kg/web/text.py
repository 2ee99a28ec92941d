"""The source as a map: `/text` shows the sections of each plan's text and how densely statements rest on them,
`/text/<plan>/<section>` the passages of one with what rests on each.

The words are quotes; the whole text is shown only where the operator has it (CPBM_SOURCE_TEXT).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort

from cpbm_kg import reading
from cpbm_kg.engine import Engine
from cpbm_kg.reading import Sentence
from cpbm_kg.source import SourceText
from cpbm_kg.web import links, pages

Texts = Callable[[], Mapping[str, SourceText]]


def blueprint(engine: Engine, texts: Texts) -> Blueprint:
    """The routes; `texts` gives the texts at hand, by plan."""
    routes = Blueprint("text", __name__)

    @pages.address(routes, "/text")
    def overview() -> Response:
        parts = {plan: reading.sections(engine, plan) for plan in reading.plans(engine)}
        densest = max((sentence.bearers for sections in parts.values() for section in sections for sentence in section.sentences), default=1)
        return pages.page("text.html", parts=parts, densest=densest, address=links.address)

    @pages.address(routes, "/text/<plan>/<int:number>")
    def section(plan: str, number: int) -> Response:
        sections = reading.sections(engine, plan) if plan in reading.plans(engine) else ()
        if not 1 <= number <= len(sections):
            abort(404)
        shown = sections[number - 1]
        text = texts().get(plan)
        claims = reading.claims(engine, [one.passage.iri for sentence in shown.sentences for one in sentence.cited])
        return pages.page("section.html", plan=plan, section=shown, sections=sections, claims=claims, address=links.address,
                          words={sentence.number: _marked(sentence, text) for sentence in shown.sentences} if text else None)

    return routes


def _marked(sentence: Sentence, text: SourceText) -> list[tuple[str, bool]]:
    """A sentence in pieces, each with whether some passage quotes it."""
    quoted = [False] * (sentence.end - sentence.start)
    for one in sentence.cited:
        for place in range(one.passage.start, min(one.passage.end, sentence.end)):
            quoted[place - sentence.start] = True
    pieces: list[tuple[str, bool]] = []
    for character, marked in zip(text.text[sentence.start:sentence.end], quoted):
        if pieces and pieces[-1][1] is marked:
            pieces[-1] = (pieces[-1][0] + character, marked)
        else:
            pieces.append((character, marked))
    return pieces
