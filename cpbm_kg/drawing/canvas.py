"""One SVG being drawn: shapes and words in a few named looks, with the tips that say what each shape is."""

from __future__ import annotations

import re
import textwrap
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_FONT = "system-ui, 'Liberation Sans', Arial, sans-serif"
# Look → presentation attributes. The colours are those of site.css in its light mode: at least 4.5 to 1 on white for words.
_LOOKS: dict[str, dict[str, str]] = {
    "paper": {"fill": "#ffffff"},
    "band": {"fill": "#f3f5f4"},
    "ink": {"fill": "#1d2327"},
    "soft": {"fill": "#4f5a61"},
    "rule": {"fill": "none", "stroke": "#cfd6d4"},
    "accent": {"fill": "#00594f", "stroke": "#ffffff"},
    "accent-area": {"fill": "#e3f1ee", "stroke": "#00594f"},
    "warm": {"fill": "#8a4b00", "stroke": "#ffffff"},
    "warm-area": {"fill": "#fbeedd", "stroke": "#8a4b00"},
    "hollow": {"fill": "#ffffff", "stroke": "#4f5a61", "stroke-width": "1.5"},
    "on-accent": {"fill": "#ffffff"},
    "contour": {"fill": "#e3f1ee", "stroke": "#00594f", "stroke-width": "2"},
    "commune": {"fill": "#ffffff", "stroke": "#4f5a61", "stroke-width": "0.8"},
    "border": {"fill": "none", "stroke": "#4f5a61", "stroke-width": "1", "stroke-dasharray": "6 4"},
    "link": {"fill": "none", "stroke": "#6b7880", "stroke-width": "1.2"},
    "inferred": {"fill": "none", "stroke": "#8a4b00", "stroke-width": "1.6", "stroke-dasharray": "5 4"},
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHARACTER = 0.56  # mean width of a character, in sizes of its font


class Canvas:
    """A drawing of `width` by `height` pixels. `name` makes its inner names unique on a page that shows several; `title` and
    `description` are read aloud in its place."""

    def __init__(self, name: str, width: float, height: float, title: str, description: str, language: str):
        self._name = name
        self.root = Element("svg", {
            "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {number(width)} {number(height)}", "width": number(width), "height": number(height),
            "role": "img", "aria-labelledby": f"{name}-title {name}-desc", "lang": language, "font-family": _FONT, "font-size": "13"})
        self._element("title", {"id": f"{name}-title"}, title)
        self._element("desc", {"id": f"{name}-desc"}, description)
        self.rect(0, 0, width, height, "paper")

    def rect(self, x: float, y: float, width: float, height: float, look: str, tip: str = "", corner: float = 0) -> None:
        """A rectangle from its upper left corner."""
        corners = {"rx": number(corner)} if corner else {}
        self._shape("rect", {"x": number(x), "y": number(y), "width": number(width), "height": number(height), **corners}, look, tip)

    def circle(self, x: float, y: float, radius: float, look: str, tip: str = "") -> None:
        """A circle about its centre."""
        self._shape("circle", {"cx": number(x), "cy": number(y), "r": number(radius)}, look, tip)

    def path(self, steps: str, look: str, tip: str = "") -> None:
        """A path in SVG's own notation."""
        self._shape("path", {"d": steps}, look, tip)

    def text(self, x: float, y: float, words: str, look: str = "ink", size: float = 13, anchor: str = "start", bold: bool = False) -> None:
        """Words on one line, from their base line."""
        more = {"text-anchor": anchor} if anchor != "start" else {}
        more |= {"font-weight": "700"} if bold else {}
        self._element("text", {"x": number(x), "y": number(y), "font-size": number(size), "class": look, **_LOOKS[look], **more}, words)

    def sign(self, words: str) -> None:
        """Whose drawing it is, on a line of its own at the foot, so that a slide says its source."""
        _, _, width, height = map(float, self.root.get("viewBox").split())
        taller = number(height + 26)
        self.root.set("viewBox", f"0 0 {number(width)} {taller}")
        self.root.set("height", taller)
        self.rect(0, height, width, 26, "paper")
        self.text(10, height + 14, words, "soft", 11)

    def inner(self, x: float, y: float, width: float, height: float) -> Canvas:
        """A part with its own origin, which cuts off what leaves it."""
        part = Canvas.__new__(Canvas)
        part._name = self._name
        part.root = ElementTree.SubElement(self.root, "svg", {"x": number(x), "y": number(y), "width": number(width), "height": number(height)})
        return part

    def written(self) -> str:
        """The SVG as text."""
        return ElementTree.tostring(self.root, encoding="unicode")

    def _shape(self, tag: str, attributes: dict[str, str], look: str, tip: str) -> None:
        shape = self._element(tag, {**attributes, "class": look, **_LOOKS[look]})
        if tip:
            ElementTree.SubElement(shape, "title").text = _held(tip)

    def _element(self, tag: str, attributes: dict[str, str], text: str | None = None) -> Element:
        element = ElementTree.SubElement(self.root, tag, attributes)
        element.text = text and _held(text)
        return element


def _held(text: str) -> str:
    """What of a text XML 1.0 (2.2) can hold."""
    return _NOT_XML.sub("", text)


def number(value: float) -> str:
    """A length with at most one decimal: pixels need no more, and the bytes stay few."""
    return f"{value:.1f}".removesuffix(".0")


def wrapped(words: str, width: float, size: float = 13, most: int = 0) -> list[str]:
    """Words cut into lines of about `width` pixels; beyond `most` lines, if given, an ellipsis."""
    characters = max(8, int(width / (size * _CHARACTER)))
    return textwrap.wrap(words, characters, max_lines=most or None, placeholder=" …", break_on_hyphens=False) or [""]
