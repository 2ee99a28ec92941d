"""One linear pass over a query text before any parser sees it: refuses SERVICE, over-deep nesting and endless chains.

Why: pyoxigraph calls out for SERVICE and overflows its stack on deep nesting and on long chains of operators (129
levels in a 1 MiB thread, about 7,000 UNION branches, measured: architecture.md, 3). Code point escapes are decoded
first, since parsers accept `\\u0053ERVICE` (SPARQL 1.1 Query 19.2). Every alternative of the pattern keeps what it has
scanned (possessive quantifiers), so that no text is read twice.
"""

from __future__ import annotations

import re

from cpbm_kg.errors import Message, ServiceRefusedError, TooComplexError

DEEPEST_NESTING = 100
MOST_OPERATORS = 1000

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# What can hide a word, a bracket or an operator (comments, IRIs, strings, variables), then names, brackets, operators.
_TOKEN = re.compile(
    r'''\#[^\n\r]*+
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*+>)
      | """(?:[^"\\]|\\.|"(?!""))*+(?:""")? | \'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+(?:\'\'\')?
      | "(?:[^"\\\n\r]|\\.)*+"? | '(?:[^'\\\n\r]|\\.)*+'?
      | [?$@]\w*+
      | (?P<name>[\w.-]++)(?::[\w.:%-]*+)? | :[\w.:%-]*+
      | (?P<open>[{(\[]) | (?P<close>[})\]]) | (?P<operator>[!|^/*+&=<>])''',
    re.VERBOSE | re.DOTALL)
_CHAINING_WORDS = frozenset({"UNION", "OPTIONAL", "MINUS", "EXISTS", "FILTER", "BIND"})


def screen(text: str) -> None:
    """Raises ServiceRefusedError for a SERVICE clause, TooComplexError for nesting beyond DEEPEST_NESTING and for
    more than MOST_OPERATORS operators."""
    depth = operators = 0
    for token in _TOKEN.finditer(_ESCAPE.sub(_decoded, text)):
        if token["open"]:
            depth += 1
            if depth > DEEPEST_NESTING:
                raise TooComplexError(
                    Message(f"plus de {DEEPEST_NESTING} niveaux de parenthèses", f"more than {DEEPEST_NESTING} levels of brackets"),
                    Message("simplifiez la requête", "simplify the query"))
        elif token["close"]:
            depth -= 1
        elif token["operator"] or (token["name"] or "").upper() in _CHAINING_WORDS:
            operators += 1
            if operators > MOST_OPERATORS:
                raise TooComplexError(
                    Message(f"plus de {MOST_OPERATORS} opérateurs", f"more than {MOST_OPERATORS} operators"),
                    Message("écrivez les valeurs dans VALUES, ou coupez la requête en plusieurs", "put values into VALUES, or cut the query into several"))
        elif _calls_out(token):
            raise ServiceRefusedError(
                Message("SERVICE est refusé : ce service n'appelle aucun autre", "SERVICE is refused: this service calls no other"),
                Message("interrogez l'autre service vous-même et joignez les réponses ; un préfixe ne peut s'appeler « service »",
                        "query the other service yourself and join the answers; no prefix can be called \"service\""))


_VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID)\s*\(", re.IGNORECASE)


def volatile(text: str) -> bool:
    """Whether another moment may give another answer (NOW, RAND, UUID, STRUUID); when in doubt, yes."""
    return bool(_VOLATILE.search(_ESCAPE.sub(_decoded, text) if "\\" in text else text))


def _calls_out(token: re.Match) -> bool:
    """SERVICE as a word, glued to what follows (`SERVICE:x`) or precedes it (`1.SERVICE`), or after a bracket in
    what only looks like an IRI (`FILTER(?a<5)SERVICE#>`)."""
    if token["name"]:
        return token["name"].upper().endswith("SERVICE")
    return bool(token["iri"]) and bool(re.search(r"\).*SERVICE", token["iri"], re.IGNORECASE))


def _decoded(escape: re.Match) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]
