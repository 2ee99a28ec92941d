"""Where a query stops being SPARQL, told from what Oxigraph's parser says.

It tries a keyword against as many characters as that has, and reports the end of those where it fails: a fault is told up
to fifteen characters too late, and one that a longer keyword reached past is not told at all (measured with pyoxigraph
0.5.13). So the text is parsed once more with every white space widened beyond the longest keyword, where nothing reaches
past the next word; and where keywords alone were expected, the place is set back to where they would begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_PLACE = re.compile(r"error at (\d+):(\d+)")
_EXPECTED = re.compile(r"error at \d+:\d+: expected (?:one of )?(.*)", re.DOTALL)
_KEYWORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ANYTHING = "[_]"  # what comments and strings expect; at the end of the text it says nothing
_WIDE = " " * 16  # ENCODE_FOR_URI, the longest keyword, has 14 characters
_SPACE = re.compile(r"\s")


def placed(text: str, said: str, parse: Callable[[str], object]) -> tuple[str, int, int]:
    """What is said of `text` that `parse` has refused with SyntaxError or ValueError, with the place of the fault in it,
    and that line and column, from 1; 0 and 0 where there is none. `said` is what it said the first time."""
    try:
        parse(_SPACE.sub(lambda found: _WIDE + found[0], text) + _WIDE)
    except (SyntaxError, ValueError) as error:
        said = str(error)
    found = _PLACE.search(said)
    if not found:
        return said, 0, 0
    line, column = int(found[1]), int(found[2])
    listed = _EXPECTED.search(said)
    expected = [word for word in listed[1].split(", ") if word != _ANYTHING] if listed else []
    if expected and all(map(_KEYWORD.fullmatch, expected)):
        # Of several keywords the shortest fits before the end of the text, where the longer ones are reported too.
        column = max(column - min(map(len, expected)), 1)
    column = _narrow(text.split("\n")[line - 1], column)
    return _PLACE.sub(f"error at {line}:{column}", said, count=1), line, column


def _narrow(line: str, column: int) -> int:
    """The column of a line for its column in the widened one."""
    reached = 0
    for place, character in enumerate(line, 1):
        reached += len(_WIDE) + 1 if _SPACE.match(character) else 1
        if reached >= column:
            return place
    return len(line) + 1
