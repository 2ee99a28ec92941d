"""The words of a Turtle or SPARQL text, each with what stands before it: what layout needs, and no meaning.

Terminals as Turtle 1.1 (6.5) and SPARQL 1.1 Query (19.8) define them. Only a text that its parser accepts is laid
out, so what a terminal leaves over is one sign a token. Every alternative keeps what it has scanned (possessive
quantifiers; atomic groups where there are alternatives, since Python before 3.11.5 loses its place in the others,
gh-106052): the time is linear in the text, whatever it holds.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r"[\w\u00b7\u203f\u2040-]"
_TOKEN = re.compile(
    rf'''(?P<space>[ \t\r\n\ufeff]++)
      | (?P<comment>\#[^\r\n]*+)
      | (?P<iri><(?>(?:[^\x00-\x20<>"{{}}|^`\\]++|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*)>)
      | (?P<string>"""(?>(?:[^"\\]++|\\.|"(?!""))*)""" | \'\'\'(?>(?:[^\'\\]++|\\.|\'(?!\'\'))*)\'\'\'
                 | "(?>(?:[^"\\\n\r]++|\\.)*)" | \'(?>(?:[^\'\\\n\r]++|\\.)*)\')
      | (?P<blank>_:\w(?>(?:{_NAME}++|\.++(?={_NAME}))*))
      | (?P<pname>(?:[^\W\d_](?>(?:{_NAME}++|\.++(?={_NAME}))*))?:(?>(?:{_NAME}++|[:%]|\\.|\.++(?=[\w\u00b7\u203f\u2040:%\\-]))*))
      | (?P<number>[+-]?(?:\d++(?:\.\d*+)?[eE][+-]?\d++|\.\d++[eE][+-]?\d++|\d*+\.\d++|\d++))
      | (?P<at>@[A-Za-z]++(?>(?:-[A-Za-z0-9]++)*))
      | (?P<variable>[?$]\w++)
      | (?P<word>[^\W\d]\w*+)
      | (?P<sign>\^\^|&&|\|\||[!<>]=|.)''',
    re.VERBOSE | re.DOTALL)


class Token(NamedTuple):
    """`kind` is a group of the pattern; `start` its offset in the text; `breaks` the line ends before it (0 = same line)."""

    kind: str
    text: str
    start: int
    breaks: int

    @property
    def prefix(self) -> str | None:
        """What stands before the colon of a prefixed name; None for any other token."""
        return self.text.partition(":")[0] if self.kind == "pname" else None


def tokens(text: str) -> list[Token]:
    """Every token but white space, in order. A line end is LF, CRLF or CR."""
    found = []
    breaks = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "space":
            breaks += len(re.findall(r"\r\n|\r|\n", match[0]))
            continue
        found.append(Token(match.lastgroup, match[0], match.start(), breaks))
        breaks = 0
    return found
