"""A page in one of two languages: its template, its words, and the addresses of itself in both."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response, render_template, request

from cpbm_kg import media
from cpbm_kg.errors import Message, RequestError
from cpbm_kg.web.answers import answered


def given() -> dict[str, list[str]]:
    """The parameters of the request, each with all its values."""
    return {name: request.args.getlist(name) for name in request.args}


def once(parameters: Mapping[str, list[str]], name: str, allowed: tuple[str, ...], default: str) -> str:
    """The one value of a parameter that has few; raises RequestError for any other."""
    values = parameters.get(name, [default])
    if len(values) != 1 or values[0] not in allowed:
        listed = ", ".join(allowed)
        raise RequestError(Message(f"{name} n'est pas l'une des valeurs admises", f"{name} is not one of the values allowed"),
                           Message(f"donnez une fois l'une de : {listed}", f"give once one of: {listed}"))
    return values[0]


def language() -> str:
    """The language that the request asks for, French where it asks for none. It is in the address alone, so that a
    cache need not look at other headers."""
    return once(given(), "lang", ("fr", "en"), "fr")


def page(template: str, **values) -> Response:
    """The page that a template makes of `values`."""
    spoken = language()
    here = {lang: f"{request.path}?{urlencode({**given(), 'lang': [lang]}, doseq=True)}" for lang in ("fr", "en")}
    body = render_template(template, lang=spoken, say=lambda fr, en: Message(fr, en).within(spoken), here=here, **values)
    return answered(body.encode(), media.HTML)
