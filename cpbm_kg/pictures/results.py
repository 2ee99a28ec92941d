"""The answer to any query as a map, a timeline or a chart, where its columns allow: a geometry, a date, a number."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cpbm_kg import wkt
from cpbm_kg.drawing import bars, calendar, geography
from cpbm_kg.drawing.bars import Bar
from cpbm_kg.drawing.calendar import Dated
from cpbm_kg.drawing.canvas import Canvas
from cpbm_kg.drawing.geography import Mark, Outline
from cpbm_kg.errors import Message
from cpbm_kg.labels import Term
from cpbm_kg.vocabulary import GEO, XSD

MOST = 60  # rows of a picture: more cannot be read
_DATES = tuple(str(XSD[name]) for name in ("date", "dateTime", "gYear", "gYearMonth"))
_NUMBERS = tuple(str(XSD[name]) for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger"))
_GEOMETRY = (str(GEO.wktLiteral),)
TITLES = {"map": Message("La réponse sur une carte", "The answer on a map"), "timeline": Message("La réponse dans le temps", "The answer in time"),
          "chart": Message("La réponse en barres", "The answer as bars")}
_FIRST = Message(f"Les {MOST} premières lignes au plus.", f"The first {MOST} rows at most.")
_MARGIN = 0.05  # degrees around what is shown
Rows = Sequence[tuple[Term | None, ...]]


def views(columns: Sequence[str], rows: Rows, language: str) -> dict[str, Canvas]:
    """The pictures that an answer can be shown as, by name."""
    makers = {"map": (_GEOMETRY, _map), "timeline": (_DATES, _timeline), "chart": (_NUMBERS, _chart)}
    drawn = {}
    for name, (datatypes, make) in makers.items():
        place = _column(rows, datatypes)
        if place is not None and (canvas := make(columns, rows[:MOST], place, language)):
            drawn[name] = canvas
    return drawn


def _column(rows: Rows, datatypes: tuple[str, ...]) -> int | None:
    """The first column in which every value that is there has one of the datatypes."""
    for place in range(len(rows[0]) if rows else 0):
        values = [row[place] for row in rows if row[place] is not None]
        if values and all(value.datatype in datatypes for value in values):
            return place
    return None


def _words(row: tuple[Term | None, ...], but: int, language: str) -> tuple[str, ...]:
    return tuple(value.label(language) for place, value in enumerate(row) if value is not None and place != but)


def _map(columns: Sequence[str], rows: Rows, place: int, language: str) -> Canvas | None:
    marks, outlines, boxes = [], [], []
    for row in rows:
        shape = wkt.geometry(row[place].value) if row[place] else None
        if shape is None:
            continue
        name, *rest = _words(row, place, language) or ("·",)
        boxes.append(wkt.bounds(row[place].value))
        if shape["type"] == "Point":
            marks.append(Mark(name, "circle", tuple(shape["coordinates"][:2]), tuple(rest)))
        elif shape["type"] in wkt.OUTLINES:
            outlines.append(Outline(name, "commune", wkt.rings(shape)))
    if not boxes:
        return None
    west, south, east, north = (pick(box[side] for box in boxes) for side, pick in enumerate((min, min, max, max)))
    words = geography.Words(TITLES["map"].within(language), _FIRST.within(language), {}, "", "", language)
    return geography.draw("result-map", words, outlines, marks, (west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN))


def _timeline(columns: Sequence[str], rows: Rows, place: int, language: str) -> Canvas | None:
    dated = [Dated(row[place].value, "", "circle", row[place].value, "", " · ".join(_words(row, place, language))) for row in rows if row[place] and row[place].value[:4].isdecimal()]
    words = calendar.Words(TITLES["timeline"].within(language), _FIRST.within(language), "JFMAMJJASOND", {}, language)
    return calendar.draw("result-timeline", words, sorted(dated, key=lambda one: one.start)) if dated else None


def _chart(columns: Sequence[str], rows: Rows, place: int, language: str) -> Canvas | None:
    if len(columns) < 2:
        return None
    listed = [Bar(" · ".join(_words(row, place, language)) or "·", (float(row[place].value),)) for row in rows if row[place]]
    if not all(math.isfinite(bar.numbers[0]) and bar.numbers[0] >= 0 for bar in listed):
        return None
    return bars.draw("result-chart", TITLES["chart"].within(language), _FIRST.within(language), language, (columns[place],), listed)
