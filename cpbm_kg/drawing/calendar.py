"""Dates on a calendar, one row each: what is dated to a year fills the year, to a month the month, to a day has a mark.

Only years that occur have a column; one with finer dates has a column for each month. So a date looks as precise as it
was given, and a century of silence takes no room.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cpbm_kg.drawing.canvas import Canvas, wrapped

_WORDS, _LINE, _HEAD = 400, 17, 96
_YEAR, _BREAK, _FEW, _MANY = 44, 20, 13, 30  # widths: a year alone, what is left out, a month in a year of few dates, of many
_DENSE = 5


@dataclass(frozen=True)
class Dated:
    """A row. `start` and `end` as ISO 8601 writes them, at any precision, empty where unknown; `shape` is `circle`, `diamond`
    or `square`, for days; `shown` is the date in words, `kind` and `words` say what it is."""

    start: str
    end: str
    shape: str
    shown: str
    kind: str
    words: str


@dataclass(frozen=True)
class Words:
    """What a calendar says in its reader's language; `months` are twelve letters, `shapes` what each shape stands for."""

    title: str
    description: str
    months: str
    shapes: dict[str, str]
    language: str


class _Axis:
    """Where dates lie: columns of years, from left to right."""

    def __init__(self, dates: Sequence[str]):
        fine = Counter(int(date[:4]) for date in dates if len(date) > 4)
        self.columns: dict[int, tuple[float, float]] = {}  # year → left, width of a month or 0
        self.breaks: list[float] = []
        x, before = float(_WORDS), None
        for year in sorted({int(date[:4]) for date in dates}):
            if before is not None and year > before + 1:
                self.breaks.append(x + _BREAK / 2)
                x += _BREAK
            month = 0 if not fine[year] else _FEW if fine[year] < _DENSE else _MANY
            self.columns[year] = (x, month)
            x, before = x + (month * 12 or _YEAR), year
        self.right = x

    def span(self, date: str) -> tuple[float, float]:
        """Left and right of the year, month or day."""
        year = int(date[:4])
        left, month = self.columns[year]
        if len(date) == 4 or not month:
            return left, left + (month * 12 or _YEAR)
        left += (int(date[5:7]) - 1) * month
        if len(date) == 7:
            return left, left + month
        day = month / calendar.monthrange(year, int(date[5:7]))[1]
        return left + (int(date[8:10]) - 1) * day, left + int(date[8:10]) * day


def draw(name: str, words: Words, rows: Sequence[Dated]) -> Canvas:
    """Rows in the order given; one without a date has its words alone."""
    axis = _Axis([date for row in rows for date in (row.start, row.end) if date])
    lines = [[*([] if _fits(row) else [row.kind]), *wrapped(row.words, _WORDS - 30)] for row in rows]
    heights = [(len(cut) + 1) * _LINE + 12 for cut in lines]
    width = max(axis.right + 20, 760)
    canvas = Canvas(name, width, _HEAD + sum(heights) + 10, words.title, words.description, words.language)
    canvas.text(10, 26, words.title, size=17, bold=True)
    _legend(canvas, words.shapes)
    y = float(_HEAD)
    for index, height in enumerate(heights):
        if index % 2 == 0:
            canvas.rect(0, y, width, height, "band")
        y += height
    _scale(canvas, axis, words.months, y)
    y = float(_HEAD)
    for row, cut, height in zip(rows, lines, heights, strict=True):
        canvas.text(10, y + 18, row.shown, bold=True)
        if _fits(row):
            canvas.text(_WORDS - 18, y + 18, row.kind, "soft", 12, "end")
        for index, line in enumerate(cut):
            canvas.text(10, y + 18 + (index + 1) * _LINE, line, "soft" if line is row.kind else "ink")
        _mark(canvas, axis, row, y + height / 2)
        y += height
    return canvas


def _fits(row: Dated) -> bool:
    """Whether date and kind stand side by side."""
    return len(row.shown) * 8 + len(row.kind) * 6.8 < _WORDS - 30


def _legend(canvas: Canvas, shapes: dict[str, str]) -> None:
    x = 10.0
    for shape, meaning in shapes.items():
        if shape == "bar":
            canvas.rect(x, 44, 22, 12, "warm-area", corner=3)
        else:
            _shape(canvas, shape, x + 11, 50)
        canvas.text(x + 28, 54, meaning, "soft", 12)
        x += 46 + len(meaning) * 6.8


def _scale(canvas: Canvas, axis: _Axis, months: str, bottom: float) -> None:
    for year, (left, month) in axis.columns.items():
        canvas.path(f"M{left:.1f} {_HEAD - 24}V{bottom:.1f}", "rule")
        canvas.text(left + 4, _HEAD - 18 if month else _HEAD - 6, str(year), bold=True)
        for index in range(12 if month else 0):
            canvas.text(left + (index + 0.5) * month, _HEAD - 4, months[index], "soft", 11 if month > _FEW else 9, "middle")
    for x in axis.breaks:
        canvas.text(x, _HEAD - 6, "…", "soft", anchor="middle")
    canvas.path(f"M{axis.right:.1f} {_HEAD - 24}V{bottom:.1f}", "rule")


def _mark(canvas: Canvas, axis: _Axis, row: Dated, y: float) -> None:
    given = [axis.span(date[:10]) for date in (row.start, row.end) if date]
    if not given:
        return
    left, right, tip = given[0][0], given[-1][1], f"{row.shown} : {row.words}"
    if len(row.start) >= 10 and (not row.end or row.end[:10] == row.start[:10]):
        _shape(canvas, row.shape, (left + right) / 2, y, tip)
        return
    canvas.rect(left + 1, y - 7, max(right - left - 2, 4), 14, "warm-area", tip, corner=3)
    if not row.start:  # until then; nothing says since when
        canvas.text(left - 3, y + 5, "←", anchor="end")


def _shape(canvas: Canvas, shape: str, x: float, y: float, tip: str = "") -> None:
    if shape == "circle":
        canvas.circle(x, y, 7, "accent", tip)
    elif shape == "diamond":
        canvas.path(f"M{x:.1f} {y - 9:.1f}l9 9l-9 9l-9 -9z", "warm", tip)
    else:
        canvas.rect(x - 6, y - 6, 12, 12, "hollow", tip)
