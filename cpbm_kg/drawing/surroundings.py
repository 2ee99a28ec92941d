"""A class and what links it to others, drawn as SVG: what leads to it on the left, itself in the middle, what it leads to on the right.

Attributes alone give it its looks, so that it obeys the strictest content policy; colours are those of the page around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

_ROW, _BOX, _GAP, _HIGH, _LETTER = 30, 190, 150, 24, 7.2  # pixels; a letter of 12 pixels is 7.2 wide at most
_BUS = 24  # pixels from the middle box to the line on which the others hang


def around(name: str, incoming: Sequence[tuple[str, str]], outgoing: Sequence[tuple[str, str]], title: str) -> str:
    """The SVG of the class `name`: `incoming` are (class, property) pairs, `outgoing` (property, class) pairs; `title`
    says it to those who do not see it."""
    height = max(len(incoming), len(outgoing), 1) * _ROW + 12
    left = _BOX + _GAP if incoming else 0
    width = left + _BOX + (_GAP + _BOX if outgoing else 0)
    svg = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "diagram", "role": "img", "aria-label": title,
                                      "viewBox": f"-2 0 {width + 4} {height}", "width": str(width + 4), "height": str(height), "font-size": "12"})
    middle = height / 2
    for place, (other, by) in enumerate(incoming):
        at = _at(place, len(incoming), height)
        _line(svg, left, middle, left - _BUS, at, _BOX)
        _text(svg, _BOX + 6, at - 4, by, "start")
        _box(svg, 0, at, other)
    for place, (by, other) in enumerate(outgoing):
        at = _at(place, len(outgoing), height)
        _line(svg, left + _BOX, middle, left + _BOX + _BUS, at, left + _BOX + _GAP)
        _text(svg, left + _BOX + _GAP - 6, at - 4, by, "end")
        _box(svg, left + _BOX + _GAP, at, other)
    _box(svg, left, middle, name, own=True)
    return ElementTree.tostring(svg, encoding="unicode")


def _at(place: int, count: int, height: float) -> float:
    return height / 2 + (place - (count - 1) / 2) * _ROW


def _box(svg: ElementTree.Element, x: float, y: float, text: str, own: bool = False) -> None:
    ElementTree.SubElement(svg, "rect", {"x": str(x), "y": f"{y - _HIGH / 2:g}", "width": str(_BOX), "height": str(_HIGH), "rx": "4",
                                         "fill": "none", "stroke": "currentColor", "stroke-width": "2.5" if own else "1"})
    shown = text if len(text) * _LETTER <= _BOX else text[:int(_BOX / _LETTER) - 1] + "…"
    _text(svg, x + _BOX / 2, y + 4, shown, "middle", **({"font-weight": "bold"} if own else {}))


def _line(svg: ElementTree.Element, x1: float, y1: float, bus: float, y2: float, x2: float) -> None:
    ElementTree.SubElement(svg, "path", {"d": f"M{x1:g} {y1:g}H{bus:g}V{y2:g}H{x2:g}", "fill": "none", "stroke": "currentColor", "stroke-opacity": "0.6"})


def _text(svg: ElementTree.Element, x: float, y: float, text: str, anchor: str, **more: str) -> None:
    ElementTree.SubElement(svg, "text", {"x": f"{x:g}", "y": f"{y:g}", "fill": "currentColor", "text-anchor": anchor, **more}).text = text
