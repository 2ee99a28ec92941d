"""A graph in columns: each kind of node has one, each link is a line between two; links of our own making are dashed.

Within a column, nodes come in the order of what they are tied to further left (the barycentre of Sugiyama's method, one
pass), so that few lines cross and the same links always give the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpbm_kg.drawing.canvas import Canvas, number, wrapped

_GAP, _MARGIN, _HEAD, _ROW, _BOX, _SIZE = 46, 12, 104, 40, 34, 12


@dataclass(frozen=True)
class Node:
    """`column` is the kind that it is listed under."""

    id: str
    column: str
    words: str


@dataclass(frozen=True)
class Link:
    """`words` says what the link is; `inferred` marks one that is not stated."""

    source: str
    target: str
    words: str
    inferred: bool


@dataclass(frozen=True)
class Words:
    """What a network says in its reader's language: `columns` gives title and width (pixels) of each kind, from left to right."""

    title: str
    description: str
    columns: Mapping[str, tuple[str, float]]
    stated: str
    inferred: str
    language: str


@dataclass(frozen=True)
class Layout:
    """`boxes` gives left, top and width of each node, in pixels; `columns` the left of each column."""

    boxes: Mapping[str, tuple[float, float, float]]
    columns: Mapping[str, float]
    width: float
    height: float


def lay_out(words: Words, nodes: Sequence[Node], links: Sequence[Link]) -> Layout:
    """Where each node stands: `nodes` in the order of their kind's own numbering, which decides where links do not."""
    used = [column for column in words.columns if any(node.column == column for node in nodes)]
    tallest = max((sum(node.column == column for node in nodes) for column in used), default=1)
    boxes: dict[str, tuple[float, float, float]] = {}
    lefts: dict[str, float] = {}
    x = float(_MARGIN)
    for column in used:
        width, lefts[column] = words.columns[column][1], x
        ordered = _ordered([node for node in nodes if node.column == column], links, boxes)
        step = tallest * _ROW / len(ordered)
        for index, node in enumerate(ordered):
            boxes[node.id] = (x, _HEAD + (index + 0.5) * step - _BOX / 2, width)
        x += width + _GAP
    return Layout(boxes, lefts, max(x - _GAP + _MARGIN + 20, 640), _HEAD + tallest * _ROW + _MARGIN)


def _ordered(nodes: list[Node], links: Sequence[Link], boxes: Mapping[str, tuple[float, float, float]]) -> list[Node]:
    if not boxes:
        return nodes
    heights: dict[str, list[float]] = {}
    for link in links:
        for here, there in ((link.source, link.target), (link.target, link.source)):
            if there in boxes and not link.inferred:
                heights.setdefault(here, []).append(boxes[there][1])
    return sorted(nodes, key=lambda node: sum(heights[node.id]) / len(heights[node.id]) if node.id in heights else float("inf"))


def draw(name: str, words: Words, nodes: Sequence[Node], links: Sequence[Link]) -> Canvas:
    """The picture of `lay_out`."""
    layout = lay_out(words, nodes, links)
    canvas = Canvas(name, layout.width, layout.height, words.title, words.description, words.language)
    canvas.text(10, 26, words.title, size=17, bold=True)
    _legend(canvas, words)
    by_id = {node.id: node for node in nodes}
    for link in sorted(links, key=lambda link: link.inferred):
        tip = f"{by_id[link.source].words} — {link.words} — {by_id[link.target].words}"
        canvas.path(_curve(layout.boxes[link.source], layout.boxes[link.target]), "inferred" if link.inferred else "link", tip)
    for column, left in layout.columns.items():
        canvas.text(left, _HEAD - 12, words.columns[column][0], "ink", bold=True)
    for node in nodes:
        x, y, width = layout.boxes[node.id]
        canvas.rect(x, y, width, _BOX, "accent-area", node.words, corner=5)
        lines = wrapped(node.words, width - 12, _SIZE, 2)
        for index, line in enumerate(lines):
            canvas.text(x + 7, y + (21 if len(lines) == 1 else 14.5) + index * 14, line, size=_SIZE)
    return canvas


def _legend(canvas: Canvas, words: Words) -> None:
    canvas.path("M10 52h34", "link")
    canvas.text(52, 56, words.stated, "soft", 12)
    x = 80 + len(words.stated) * 6.4
    canvas.path(f"M{number(x)} 52h34", "inferred")
    canvas.text(x + 42, 56, words.inferred, "soft", 12)


def _curve(source: tuple[float, float, float], target: tuple[float, float, float]) -> str:
    if source[0] > target[0]:
        source, target = target, source
    x, y = source[0] + source[2], source[1] + _BOX / 2
    far, level = target[0], target[1] + _BOX / 2
    if source[0] == target[0]:  # within a column: an arc on its right
        return f"M{number(x)} {number(y)}C{number(x + 40)} {number(y)} {number(x + 40)} {number(level)} {number(x)} {number(level)}"
    middle = (x + far) / 2
    return f"M{number(x)} {number(y)}C{number(middle)} {number(y)} {number(middle)} {number(level)} {number(far)} {number(level)}"
