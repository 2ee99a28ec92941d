"""A page in one of two languages: its template, its words, and the addresses of itself in both.

Under `/fr` and `/en` a page speaks that language; at its bare address the one that the reader prefers (Accept-Language),
French where neither is wanted. So each language has an address of its own, which a file can be named after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, g, render_template, request

from cpbm_kg import media
from cpbm_kg.errors import Message, RequestError
from cpbm_kg.media import Format
from cpbm_kg.release import Release
from cpbm_kg.web.answers import answered, unkept

LANGUAGES = ("fr", "en")
_PROBLEM = Format("problem", "application/problem+json", ("application/json",))
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'")


def install(app: Flask, release: Release | None, report_url: str) -> None:
    """Give an application the languages of its addresses, the words of its templates and the files of its pages."""
    app.register_blueprint(Blueprint("assets", __name__, static_folder=str(Path(__file__).parent / "static"), static_url_path="/static"))

    @app.url_value_preprocessor
    def spoken(endpoint: str | None, values: dict | None) -> None:
        head = request.path[1:].partition("/")[0]
        named = values.pop("lang", None) if values else None
        g.language = head if head in LANGUAGES else named  # where nothing answers, too

    @app.context_processor
    def words() -> dict:
        lang = language()
        return {"lang": lang, "say": lambda fr, en: Message(fr, en).within(lang), "to": to, "percent": partial(_percent, lang), "release": release, "report": partial(_report, report_url) if report_url else None}

    @app.after_request
    def varies(response: Response) -> Response:
        if g.get("negotiated"):
            response.vary.add("Accept-Language")
        return response


def address(routes: Blueprint, rule: str, **options) -> Callable:
    """A decorator as `routes.route`, for what speaks to people: the view answers at `rule`, `/fr` + rule and `/en` + rule."""

    def register(view: Callable) -> Callable:
        for prefix in ("", "/<any(fr, en):lang>"):
            routes.add_url_rule(prefix + rule, view_func=view, **options)
        return view

    return register


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
    """The language that the address names, else the one that the reader prefers: the response then varies with that."""
    if g.language:
        return g.language
    g.negotiated = True
    # fr-CH asks for French before the English that follows it (RFC 4647, 3.4); they come in order of preference.
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((tag for tag in wanted if tag in LANGUAGES), LANGUAGES[0])


def names_language() -> bool:
    """Whether the address itself names a language: it is then that of a page."""
    return g.language is not None


def to(path: str) -> str:
    """The address of another page of this site in the language of this one."""
    return f"/{language()}{path}"


def _percent(lang: str, share: float) -> str:
    return f"{share * 100:.1f}\u00a0%".replace(".", ",") if lang == "fr" else f"{share * 100:.1f}%"


def _report(where: str, about: str) -> str:
    """Where an error on this page is reported, with what it is about: the thing's IRI, else the page."""
    subject = urlencode({"subject" if where.startswith("mailto:") else "title": about or request.path})
    return f"{where}{'&' if '?' in where else '?'}{subject}"


def for_people(problem: Response) -> Response:
    """A problem document, or a page that says the same where Accept prefers one."""
    if media.negotiate(request.headers.get("Accept"), (_PROBLEM, media.HTML)) is not media.HTML:
        return problem
    shown = page("problem.html", problem=problem.get_json())
    shown.status_code = problem.status_code
    shown.headers.extend((name, value) for name, value in problem.headers.items() if name in ("Allow", "Retry-After"))
    return unkept(shown)


def page(template: str, **values) -> Response:
    """The page that a template makes of `values`, `here` being its own address in each language."""
    head, _, rest = request.path[1:].partition("/")
    bare = f"/{rest}" if head in LANGUAGES else request.path
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    body = render_template(template, here={lang: f"/{lang}{bare}{query}" for lang in LANGUAGES}, path=bare, **values)
    response = answered(body.encode(), media.HTML)
    response.headers["Content-Language"] = language()
    return response
