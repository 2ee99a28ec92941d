"""Counts as horizontal bars: each row its words, each bar its number written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpbm_kg.drawing.canvas import Canvas, wrapped

_WIDTH, _WORDS, _SIZE = 900, 330, 14
_LOOKS = ("accent", "warm-area", "hollow")
_LINE, _BAR, _GAP = 17, 20, 12


@dataclass(frozen=True)
class Bar:
    """A row: its words and one number a series."""

    words: str
    numbers: tuple[float, ...]


def draw(name: str, title: str, description: str, language: str, series: Sequence[str], rows: Sequence[Bar]) -> Canvas:
    """Rows in the order given, all on one scale that begins at nought."""
    lines = [wrapped(row.words, _WORDS - 20, _SIZE) for row in rows]
    heights = [max(len(words) * _LINE, len(_drawn(row)) * _BAR) + _GAP for row, words in zip(rows, lines, strict=True)]
    canvas = Canvas(name, _WIDTH, 70 + sum(heights), title, description, language)
    canvas.text(10, 26, title, size=17, bold=True)
    for index, label in enumerate(series):
        canvas.rect(_WORDS + index * 190, 40, 13, 13, _LOOKS[index % 3])
        canvas.text(_WORDS + index * 190 + 20, 51, label, "soft")
    scale = (_WIDTH - _WORDS - 70) / (max((number for row in rows for number in row.numbers), default=1) or 1)
    y = 66.0
    for row, words, height in zip(rows, lines, heights, strict=True):
        for index, line in enumerate(words):
            canvas.text(_WORDS - 12, y + 14 + index * _LINE, line, size=_SIZE, anchor="end")
        for place, (index, value) in enumerate(_drawn(row)):
            top = y + place * _BAR
            canvas.rect(_WORDS, top, max(1, value * scale), _BAR - 3, _LOOKS[index % 3], f"{row.words} : {value:g} {series[index]}")
            canvas.text(_WORDS + max(1, value * scale) + 7, top + 14, f"{value:g}", size=_SIZE, bold=True)
        y += height
    return canvas


def _drawn(row: Bar) -> list[tuple[int, float]]:
    """The numbers of a row with the rank of their series: noughts have no bar, unless there is nothing else."""
    return [(index, value) for index, value in enumerate(row.numbers) if value] or [(0, row.numbers[0])]
