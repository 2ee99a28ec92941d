"""The catalogue over HTTP: `/catalog.ttl` for DCAT-AP harvesters, `/harvest/datagouv.ttl` for data.gouv.fr.

Portals withdraw what a feed does not list, so a feed is whole or it is 503: each time, every file that it lists must be
there (which is why the front keeps none of them). Answers are direct and name their charset: some harvesters
follow no redirect, and guess Latin-1.
"""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Response, request

from cpbm_kg import catalogue, media
from cpbm_kg.catalogue import Page
from cpbm_kg.errors import Message, NotAcceptableError, OverloadedError, RequestError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.release import Release, kept_releases
from cpbm_kg.web.answers import answered
from cpbm_kg.web.pages import given

_OFFERED = OFFERED[Form.GRAPH]
_PAGE_SIZE = 100


def blueprint(release: Release, url: str) -> Blueprint:
    """Routes of the feeds of `release`; `url` is the public address, from which every IRI is made."""
    routes = Blueprint("catalogue", __name__)
    previous = next((other.id for other in kept_releases(release) if other.version != release.version), None)

    @lru_cache(32)
    def written(format: Format, page: Page, of_datagouv: bool) -> bytes:
        graph = catalogue.describe(release.manifest, url, release.id, previous, page)
        return catalogue.write(catalogue.for_datagouv(graph) if of_datagouv else graph, format)

    def feed(format: Format, of_datagouv: bool = False) -> Response:
        page = _page(f"{url}{request.path}")
        _must_be_whole(release)
        return answered(written(format, page, of_datagouv), format)

    @routes.get("/catalog")
    def negotiated() -> Response:
        return feed(_known(media.negotiate(request.headers.get("Accept"), _OFFERED)))

    @routes.get("/catalog.<name>")
    def named(name: str) -> Response:
        return feed(_known(_by_extension(name)))

    @routes.get("/harvest/datagouv.<name>")
    def datagouv(name: str) -> Response:
        return feed(_known(_by_extension(name)), of_datagouv=True)

    return routes


def _by_extension(name: str) -> Format | None:
    return next((format for format in _OFFERED if format.name == name), None)


def _known(format: Format | None) -> Format:
    if format is None:
        raise NotAcceptableError(tuple(offered.media_type for offered in _OFFERED))
    return format


def _page(address: str) -> Page:
    """The part that `page` and `page_size` ask for; raises RequestError for one that does not exist."""
    size = _whole_number("page_size", _PAGE_SIZE, _PAGE_SIZE)
    page = Page(1, size, address)
    return Page(_whole_number("page", 1, page.count), size, address)


def _whole_number(name: str, default: int, highest: int) -> int:
    values = given().get(name, [str(default)])
    if len(values) != 1 or not (values[0].isascii() and values[0].isdecimal() and len(values[0]) < 10 and 0 < int(values[0]) <= highest):
        raise RequestError(Message(f"{name} n'est pas une valeur possible", f"{name} is not a possible value"),
                           Message(f"donnez une fois un nombre de 1 à {highest}", f"give once a number from 1 to {highest}"))
    return int(values[0])


def _must_be_whole(release: Release) -> None:
    for name, said in release.files.items():
        path = release.folder / name
        if not path.is_file() or path.stat().st_size != said["bytes"]:
            raise OverloadedError(Message("la version publiée n'est pas entière en ce moment", "the release is not whole at the moment"),
                                  Message("réessayez plus tard : rien n'est retiré du catalogue", "try again later: nothing is withdrawn from the catalogue"), 60)
