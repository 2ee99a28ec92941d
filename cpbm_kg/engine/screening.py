"""One linear pass over a query text before any parser sees it: refuses SERVICE and over-deep nesting.

Why: pyoxigraph calls out for SERVICE and overflows its stack on deep nesting (129 levels in a 1 MiB thread, measured:
architecture.md, 3). Code point escapes are decoded first, since parsers accept `\\u0053ERVICE` (SPARQL 1.1 Query 19.2).
"""

from __future__ import annotations

import re

from cpbm_kg.errors import Message, QuerySyntaxError, ServiceRefusedError

DEEPEST_NESTING = 100

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# What can hide a word or a bracket (comments, IRIs, strings, names with a colon, variables), then words and brackets.
_TOKEN = re.compile(
    r"""\#[^\n\r]* | <[^<>"{}|^`\\\x00-\x20]*>
      | \"\"\"(?:\"{0,2}[^"\\]|\"{0,2}\\.)*\"\"\" | '''(?:'{0,2}[^'\\]|'{0,2}\\.)*'''
      | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*'
      | [?$@]\w+ | [\w.-]*:[\w.:%-]*
      | (?P<word>[A-Za-z]+) | (?P<open>[{(\[]) | (?P<close>[})\]])""",
    re.VERBOSE | re.DOTALL)


def screen(text: str) -> None:
    """Raises ServiceRefusedError for a SERVICE clause, QuerySyntaxError for nesting beyond DEEPEST_NESTING."""
    depth = 0
    for token in _TOKEN.finditer(_ESCAPE.sub(_decoded, text)):
        if token["open"]:
            depth += 1
            if depth > DEEPEST_NESTING:
                raise QuerySyntaxError(
                    Message(f"plus de {DEEPEST_NESTING} niveaux de parenthèses", f"more than {DEEPEST_NESTING} levels of brackets"),
                    Message("simplifiez la requête", "simplify the query"))
        elif token["close"]:
            depth -= 1
        elif token["word"] and token["word"].upper() == "SERVICE":
            raise ServiceRefusedError(
                Message("SERVICE est refusé : ce service n'appelle aucun autre", "SERVICE is refused: this service calls no other"),
                Message("interrogez l'autre service vous-même et joignez les réponses", "query the other service yourself and join the answers"))


def _decoded(escape: re.Match) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]
