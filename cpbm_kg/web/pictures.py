"""`/map`, `/timeline`, `/network`, `/charts`: each picture with its table, its data and a file for a slide.

The picture is in the page as SVG; scripts make the map and the network move, and nothing is lost without them. The map's
tiles, where an operator wants them, come from the one host that the setting names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort

from cpbm_kg import media
from cpbm_kg.contracts import Contract
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message, RequestError
from cpbm_kg.media import Format
from cpbm_kg.pictures import counts
from cpbm_kg.pictures.chronology import chronology
from cpbm_kg.pictures.network import COLUMNS, names, network
from cpbm_kg.pictures.picture import Picture, ask
from cpbm_kg.pictures.places import places
from cpbm_kg.release import Release
from cpbm_kg.settings import Tiles
from cpbm_kg.vocabulary import BASE
from cpbm_kg.web import links, pages
from cpbm_kg.web.answers import answered
from cpbm_kg.web.pages import page

_SVG = Format("svg", "image/svg+xml")
_NEEDED = {"what-is-where", "outlines", "chronology", "links", "links-of", *(name for name in counts.NAMES if name not in counts.MANIFEST)}
_SIGNED = Message("Licence Ouverte 2.0 · « 100 actions », Bassin minier, 2013", "Licence Ouverte 2.0 · “100 actions”, Bassin minier, 2013")
_SWITCH = {"": False, "yes": True}


def blueprint(engine: Engine, release: Release, contracts: Mapping[str, Contract], tiles: Tiles | None) -> Blueprint:
    """Routes for the pictures of `release`; none where it is older than the questions that they ask."""
    routes = Blueprint("pictures", __name__)
    if not _NEEDED <= set(contracts):
        return routes
    drawn = _Drawn(engine, release, contracts)

    @pages.address(routes, "/map")
    def located() -> Response:
        response = page("map.html", picture=drawn.one("map"), leads=links.address, tiles=tiles, base=BASE)
        if tiles:
            response.headers["Content-Security-Policy"] = pages.POLICY.replace("img-src 'self'", f"img-src 'self' {tiles.origin}")
        return response

    @pages.address(routes, "/timeline")
    def dated() -> Response:
        return page("timeline.html", picture=drawn.one("timeline"), leads=links.address)

    @pages.address(routes, "/network")
    def linked() -> Response:
        things, inferred = _chosen()
        listed = sorted(names(ask(engine, contracts["links"], pages.language()).rows, pages.language()).items(), key=lambda pair: pair[1])
        return page("network.html", picture=drawn.one("network"), leads=links.address, things=things, inferred=inferred, listed=listed, kinds=COLUMNS, base=BASE)

    @pages.address(routes, "/charts")
    def counted() -> Response:
        return page("charts.html", pictures=[drawn.one(name) for name in counts.NAMES], leads=links.address)

    @routes.get("/picture/<name>.<any(fr, en):lang>.svg")
    def drawing(name: str) -> Response:
        response = answered(f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn.one(name).svg}\n'.encode(), _SVG)
        response.headers["Content-Disposition"] = f'inline; filename="cpbm-kg-{name}.{pages.language()}.svg"'
        return response

    @routes.get("/picture/<any(numbers, coverage, statements):name>.<any(fr, en):lang>.csv")
    def figures(name: str) -> Response:
        return answered(drawn.one(name).table.csv(), media.CSV)

    return routes


class _Drawn:
    """The pictures by name, in the language of the request."""

    def __init__(self, engine: Engine, release: Release, contracts: Mapping[str, Contract]):
        self._engine, self._release, self._contracts = engine, release, contracts

    def one(self, name: str) -> Picture:
        """Raises the engine's errors; RequestError for parameters that the picture does not have."""
        language = pages.language()
        makers: dict[str, Callable[[], Picture]] = {
            "map": lambda: places(self._engine, self._contracts, language),
            "timeline": lambda: chronology(self._engine, self._contracts, language),
            "network": lambda: network(self._engine, self._contracts, *_chosen(), language),
            **{chart: lambda chart=chart: counts.chart(self._engine, self._contracts, self._release, chart, language) for chart in counts.NAMES},
        }
        if name not in makers:
            abort(404)
        if name != "network":
            _known(())
        picture = makers[name]()
        picture.canvas.sign(f"CPBM-KG {self._release.version} · {_SIGNED.within(language)}")
        return picture


def _chosen() -> tuple[list[str], bool]:
    """The things around which the network is drawn, and whether inferred links are shown."""
    given = _known(("thing", "inferred"))
    inferred = pages.once(given, "inferred", tuple(_SWITCH), "")
    return [thing for thing in dict.fromkeys(given.get("thing", ())) if thing], _SWITCH[inferred]


def _known(names: tuple[str, ...]) -> dict[str, list[str]]:
    """The parameters of the request; raises RequestError for one that is not among `names`."""
    given = pages.given()
    unknown = next((name for name in given if name not in names), None)
    if unknown is not None:
        listed = ", ".join(names) or "–"
        raise RequestError(Message(f"cette image n'a pas de paramètre {unknown[:80]!r}", f"this picture has no parameter {unknown[:80]!r}"),
                           Message(f"ses paramètres sont : {listed}", f"its parameters are: {listed}"))
    return given
