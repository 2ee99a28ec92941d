"""Lays out a query file: head, prefixes, body; keywords in upper case, two spaces a level.

The lines of the body are its author's; their indentation, the spaces between their words and the case of keywords are
not. Works on tokens, as `turtle` does.
"""

from __future__ import annotations

from cpbm_kg.layout.prologue import Directive, arranged, directive
from cpbm_kg.layout.tokens import Token, tokens

# SPARQL 1.1 Query 19.8: keywords and the functions that are keywords; `a` alone is lower case.
KEYWORDS = frozenset("""
ABS ADD ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT CONSTRUCT CONTAINS COPY COUNT CREATE DATATYPE DAY
DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ENCODE_FOR_URI EXISTS FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HAVING HOURS IF IN
INSERT INTO IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI LANG LANGMATCHES LCASE LIMIT LOAD MAX MD5 MIN MINUS MINUTES MONTH MOVE
NAMED NOT NOW OFFSET OPTIONAL ORDER PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM SAMPLE SECONDS SELECT SEPARATOR SERVICE SHA1
SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLEN STRSTARTS STRUUID SUBSTR SUM TIMEZONE TO TZ UCASE
UNDEF UNION URI USING UUID VALUES WHERE WITH YEAR
""".split())
_GOES_ON = frozenset({";", ",", "&&", "||", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "|", "^"})
_MIXED = {"ISBLANK": "isBlank", "ISIRI": "isIRI", "ISLITERAL": "isLiteral", "ISNUMERIC": "isNumeric", "ISURI": "isURI",
          "LANGMATCHES": "langMatches", "SAMETERM": "sameTerm"}
INDENT = 2


def lay_out(text: str) -> str:
    """The text in its one layout; it must be SPARQL (what is not may come out as anything)."""
    found = tokens(text)
    head, prologue, i = [], [], 0
    above: list[Token] = []
    while i < len(found):
        if found[i].kind == "comment":
            above.append(found[i])
            i += 1
        elif begun := directive(found, i):
            if not prologue:
                head, above = above, []
            one, i = begun
            if i < len(found) and found[i].kind == "comment" and found[i].breaks == 0:
                one.after = found[i]
                i += 1
            one.above, above = above, []
            prologue.append(one)
        else:
            break
    if not prologue:
        head, above = _head(above)
    body = [*above, *found[i:]]
    chunks = [_comments(head), _prefixes(prologue, body), _body(body)]
    return "\n\n".join("\n".join(lines) for lines in chunks if lines) + "\n" if any(chunks) else ""


def _head(comments: list[Token]) -> tuple[list[Token], list[Token]]:
    """Without prefixes, the `#+` lines are the head and what follows is the body's."""
    count = next((n for n, comment in enumerate(comments) if not comment.text.startswith("#+")), len(comments))
    return comments[:count], comments[count:]


def _comments(comments: list[Token]) -> list[str]:
    lines: list[str] = []
    for number, comment in enumerate(comments):
        lines += [""] if number and comment.breaks > 1 else []
        lines.append(comment.text.rstrip())
    return lines


def _prefixes(prologue: list[Directive], body: list[Token]) -> list[str]:
    used = {token.prefix for token in body if token.prefix is not None}
    return [line for one in arranged(prologue, used) for line in one.lines()]


def _body(body: list[Token]) -> list[str]:
    lines: list[str] = []
    open_signs: list[str] = []
    before = None
    for number, token in enumerate(body):
        sign = token.text if token.kind == "sign" else ""
        if sign and sign in "})]" and open_signs:
            open_signs.pop()
        if before is None or token.breaks or before.kind == "comment":
            lines += [""] if number and token.breaks > 1 else []
            goes_on = (_significant(body, number) in _GOES_ON or (open_signs and open_signs[-1] != "{")) and not (sign and sign in "})]")
            lines.append(" " * INDENT * (open_signs.count("{") + bool(goes_on)) + _written(token))
        else:
            apart = token.start > before.start + len(before.text)
            lines[-1] += (" " if apart else "") + _written(token)
        if sign and sign in "{([":
            open_signs.append(sign)
        before = token
    return lines


def _significant(body: list[Token], number: int) -> str:
    """The last word before `number` that is no comment."""
    return next((token.text for token in reversed(body[:number]) if token.kind != "comment"), "")


def _written(token: Token) -> str:
    if token.kind == "comment":
        return token.text.rstrip()
    word = token.text.upper()
    if token.kind != "word" or word not in KEYWORDS:
        return token.text
    return token.text if token.text == _MIXED.get(word) else word
