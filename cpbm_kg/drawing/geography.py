"""A map: outlines, an area that stands out, and numbered marks whose words stand in a list below.

The projection is equirectangular, true to scale at the middle latitude: enough for a region, and easy to check. Marks that
would lie on each other are moved apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cpbm_kg.drawing.canvas import Canvas, number, wrapped

_WIDTH, _MARGIN, _HEAD, _RADIUS, _LINE = 1000, 24, 92, 9.5, 17
_STEP = 0.8  # pixels between two corners of an outline


@dataclass(frozen=True)
class Outline:
    """Rings of (longitude, latitude) in degrees; `look` is `contour`, `commune` or `border`."""

    name: str
    look: str
    rings: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class Mark:
    """A place of the list. `position` in degrees, None for what is listed only; `shape` is `circle`, `square`, `both` or
    `hollow`; `words` is what is there, a line each."""

    name: str
    shape: str
    position: tuple[float, float] | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """What a map says in its reader's language: `shapes` by shape, `unplaced` heads what has no position, `credit` names
    whose outlines these are."""

    title: str
    description: str
    shapes: dict[str, str]
    unplaced: str
    credit: str
    language: str


Box = tuple[float, float, float, float]


class _Projection:
    def __init__(self, box: Box):
        self.west, south, east, self.north = box
        self._across = (_WIDTH - 2 * _MARGIN) / (east - self.west)
        self._down = self._across / math.cos(math.radians((south + self.north) / 2))
        self.height = (self.north - south) * self._down + 2 * _MARGIN

    def __call__(self, position: tuple[float, float]) -> tuple[float, float]:
        return _MARGIN + (position[0] - self.west) * self._across, _MARGIN + (self.north - position[1]) * self._down


def draw(name: str, words: Words, outlines: Sequence[Outline], marks: Sequence[Mark], box: Box) -> Canvas:
    """`box` is west, south, east and north of what is shown, in degrees."""
    project = _Projection(box)
    placed, listed = [mark for mark in marks if mark.position], [mark for mark in marks if not mark.position]
    entries = [[f"{index}. {mark.name}", *mark.words] for index, mark in enumerate(placed, 1)]
    rest = [[words.unplaced], *([mark.name, *mark.words] for mark in listed)] if listed else []
    columns = [_column(entries), _column(rest)] if rest else _halves(entries)
    credit = wrapped(words.credit, _WIDTH - 20, 11)
    top = _HEAD + project.height + 28
    height = top + max(map(len, columns)) * _LINE + 24 + len(credit) * 14
    canvas = Canvas(name, _WIDTH, height, words.title, words.description, words.language)
    canvas.text(10, 26, words.title, size=17, bold=True)
    _legend(canvas, words.shapes)
    field = canvas.inner(0, _HEAD, _WIDTH, project.height)
    for outline in sorted(outlines, key=lambda one: ("contour", "commune", "border").index(one.look)):
        field.path("".join(_ring(map(project, ring)) for ring in outline.rings), outline.look, outline.name)
    for index, (mark, (x, y)) in enumerate(zip(placed, _apart([project(mark.position) for mark in placed]), strict=True), 1):
        _mark(field, mark.shape, x, y, f"{mark.name} : {' ; '.join(mark.words)}".removesuffix(" : "))
        field.text(x, y + 4, str(index), "ink" if mark.shape == "hollow" else "on-accent", 11, "middle", bold=True)
    for index, lines in enumerate(columns):
        for row, (line, heads) in enumerate(lines):
            canvas.text(10 + index * _WIDTH / 2 + (0 if heads else 18), top + row * _LINE, line, "ink" if heads else "soft", bold=heads)
    for index, line in enumerate(credit):
        canvas.text(10, height - 8 - (len(credit) - index) * 14, line, "soft", 11)
    return canvas


def _column(entries: list[list[str]]) -> list[tuple[str, bool]]:
    """The lines of a list, each with whether it heads its entry."""
    return [line for entry in entries for line in
            [(entry[0], True), *((line, False) for words in entry[1:] for line in wrapped(words, _WIDTH / 2 - 50))]]


def _halves(entries: list[list[str]]) -> list[list[tuple[str, bool]]]:
    middle = (len(entries) + 1) // 2
    return [_column(entries[:middle]), _column(entries[middle:])]


def _ring(positions: Iterable[tuple[float, float]]) -> str:
    steps, last = [], None
    for x, y in positions:
        if last is None or math.dist(last, (x, y)) >= _STEP:
            steps.append(f"{number(x)} {number(y)}")
            last = x, y
    return f"M{'L'.join(steps)}Z"


def _apart(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same points, moved until no two marks lie on each other."""
    spread = [list(point) for point in points]
    for _ in range(60):
        moved = False
        for first in range(len(spread)):
            for second in range(first):
                a, b = spread[first], spread[second]
                distance = math.dist(a, b)
                if distance < 2 * _RADIUS + 2:
                    away = (1.0, 0.0) if distance < 0.01 else ((a[0] - b[0]) / distance, (a[1] - b[1]) / distance)
                    push = (2 * _RADIUS + 2.1 - distance) / 2
                    for axis in (0, 1):
                        a[axis] += away[axis] * push
                        b[axis] -= away[axis] * push
                    moved = True
        if not moved:
            break
    return [(x, y) for x, y in spread]


def _legend(canvas: Canvas, shapes: dict[str, str]) -> None:
    x, y = 10.0, 52.0
    for shape, meaning in shapes.items():
        width = 46 + len(meaning) * 7.2
        if x + width > _WIDTH:
            x, y = 10.0, y + 24
        if shape in ("contour", "commune", "border"):
            canvas.rect(x, y - 7, 20, 14, shape)
        else:
            _mark(canvas, shape, x + 10, y)
        canvas.text(x + 26, y + 4, meaning, "soft", 12)
        x += width


def _mark(canvas: Canvas, shape: str, x: float, y: float, tip: str = "") -> None:
    side = _RADIUS * (2.3 if shape == "both" else 1.8)
    if shape in ("square", "both"):
        canvas.rect(x - side / 2, y - side / 2, side, side, "warm", tip)
    if shape in ("circle", "both"):
        canvas.circle(x, y, _RADIUS if shape == "circle" else _RADIUS * 0.85, "accent", tip)
    if shape == "hollow":
        canvas.circle(x, y, _RADIUS, "hollow", tip)
