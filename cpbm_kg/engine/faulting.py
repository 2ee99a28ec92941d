"""Where a query stops being SPARQL, told from what Oxigraph's parser says.

It tries a keyword against as many characters as that has, and reports the end of those where it fails, so a fault
followed by other text is told too late: by 8 characters, and perhaps on the next line, where it expected OPTIONAL
(measured with pyoxigraph 0.5.13). Where keywords alone were expected, the place is set back to where they would begin.
"""

from __future__ import annotations

import re

_PLACE = re.compile(r"error at (\d+):(\d+)")
_EXPECTED = re.compile(r"error at \d+:\d+: expected (?:one of )?(.*)", re.DOTALL)
_KEYWORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ANYTHING = "[_]"  # what comments and strings expect; at the end of the text it says nothing


def placed(text: str, said: str) -> tuple[str, int, int]:
    """What the parser said of `text` with the place of the fault in it, and its line and column, from 1; 0 and 0 where
    it names none."""
    found = _PLACE.search(said)
    if not found:
        return said, 0, 0
    line, column = int(found[1]), int(found[2])
    listed = _EXPECTED.search(said)
    expected = [word for word in listed[1].split(", ") if word != _ANYTHING] if listed else []
    if expected and all(map(_KEYWORD.fullmatch, expected)):
        # Of several keywords the shortest fits before the end of the text, where the longer ones are reported too.
        line, column = _back(text, line, column, min(map(len, expected)))
    return _PLACE.sub(f"error at {line}:{column}", said, count=1), line, column


def _back(text: str, line: int, column: int, characters: int) -> tuple[int, int]:
    lines = text.split("\n")
    before = "\n".join([*lines[:line - 1], lines[line - 1][:column - 1]])
    kept = before[:len(before) - characters]
    return kept.count("\n") + 1, len(kept) - (kept.rfind("\n") + 1) + 1
