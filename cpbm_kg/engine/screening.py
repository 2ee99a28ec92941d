"""One linear pass over a query text before any parser sees it: refuses SERVICE, over-deep nesting and endless chains.

Why: pyoxigraph calls out for SERVICE and overflows its stack on deep nesting and on long chains (129 levels in a 1 MiB
thread; in 8 MiB about 7,000 UNION branches or `- ?x`, 3,000 expressions of a SELECT or IRIs of a DESCRIBE, 6,000 items
of a list, 20,000 objects, measured: architecture.md, 3). Code point escapes may be decoded before parsing (SPARQL 1.1
Query 19.2) or only inside IRIs and strings, as pyoxigraph does: a text must pass as it is and decoded. Patterns keep
what they have scanned (possessive quantifiers, atomic groups), so that no text is read twice.
"""

from __future__ import annotations

import re

from cpbm_kg.errors import Message, ServiceRefusedError, TooComplexError

DEEPEST_NESTING = 110
MOST_OPERATORS = 1000
MOST_TERMS = 2500
MOST_TOKENS = 200_000
# In something between < and > that is no IRI but a comparison; no IRI has so many.
_MOST_SIGNS_IN_AN_IRI = 200

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# Atomic groups, since Python before 3.11.5 loses its place in a possessive quantifier over alternatives (gh-106052).
_IRI = r'<(?>(?:[^<>"{}|^`\\\x00-\x20]++|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*)>'
_STRING = r'''"""(?>(?:[^"\\]++|\\.|"(?!""))*)(?:""")? | \'\'\'(?>(?:[^\'\\]++|\\.|\'(?!\'\'))*)(?:\'\'\')?
      | "(?>(?:[^"\\\n\r]++|\\.)*)"? | '(?>(?:[^'\\\n\r]++|\\.)*)\'?'''
_LOCAL = r"(?>(?:[\w.:%-]++|\\[_~.\-!$&'()*+,;=/?\#@%])*)"
# What can hide a word, a bracket or an operator (comments, the data of VALUES, strings, IRIs, variables), then words,
# brackets and signs. Comments, data and the items between commas come as one token each, however many they are.
_VALUES = rf"""(?<![^\s}})])VALUES\s*+(?:[?$]\w++|\(\s*+(?>(?:[?$]\w++\s*+)*)\))\s*+\{{(?>(?:[^{{}}<"'\#]++|{_IRI}|{_STRING}|\#[^\n\r]*+)*)\}}"""
_TOKEN = re.compile(
    rf"""(?P<nothing>(?>(?:\#[^\n\r]*+\s*+)+) | ;++ | {_VALUES}) | (?P<items>(?>(?:,\s*+(?:{_IRI}|{_STRING}|[?$]\w++|[\w.-]*+(?::{_LOCAL})?)\s*+(?=,))+))
      | (?P<iri>{_IRI}) | (?P<term>{_STRING} | [?$@]\w*+ | [\w.-]*+:{_LOCAL}) | (?P<word>[\w.-]++)
      | (?P<open>[{{(\[]) | (?P<close>[}})\]]) | (?P<operator>[!|^/*+&=<>]) | (?P<comma>,)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE)
_CHAINING_WORDS = frozenset({"UNION", "OPTIONAL", "MINUS", "EXISTS", "FILTER", "BIND", "AS"})
# A call however the text is cut into tokens, so that nothing which looks like a comment, a string or an IRI can hide
# it: the word, a target, a brace. Blanks and targets too long to look through count as found.
_BLANKS = r"(?>(?:\s++|\#[^\n\r]{0,200}+(?![^\n\r])){0,16})"
_CALL = re.compile(
    rf"""SERVICE {_BLANKS} (?:SILENT {_BLANKS})?
      (?:\# | (?:<[^<>\s]{{0,2000}}+>? | [?$][^\s{{\#]{{0,200}}+ | [^\s{{:\#<?$]{{0,200}}+:(?>(?:\\.|[^\s{{\#\\]){{0,2000}})) (?:[^\s{{\#<>"')] | {_BLANKS}[{{\#]))""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE)


def screen(text: str) -> None:
    """Raises ServiceRefusedError for a SERVICE clause; TooComplexError for nesting beyond DEEPEST_NESTING, for more
    than MOST_OPERATORS operators and brackets, for more than MOST_TERMS terms in patterns (those of VALUES and of
    lists with commas in parentheses are free), and for more than MOST_TOKENS in all."""
    decoded = _ESCAPE.sub(_decoded, text)
    for reading in (text,) if decoded == text else (text, decoded):
        if _CALL.search(reading):
            raise ServiceRefusedError(
                Message("SERVICE est refusé : ce service n'appelle aucun autre", "SERVICE is refused: this service calls no other"),
                Message("interrogez l'autre service vous-même et joignez les réponses ; un préfixe ne peut s'appeler « service »",
                        "query the other service yourself and join the answers; no prefix can be called \"service\""))
        _Measure().take(reading)


_VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID)\s*\(", re.IGNORECASE)


def volatile(text: str) -> bool:
    """Whether another moment may give another answer (NOW, RAND, UUID, STRUUID); when in doubt, yes."""
    return bool(_VOLATILE.search(_ESCAPE.sub(_decoded, text) if "\\" in text else text))


class _Measure:
    """Depth and length of one text, up to where they are too much."""

    def __init__(self):
        self._open: list[str] = []
        self._operators = self._terms = 0
        self._listing = False  # in the list of a DESCRIBE
        self._fresh = False  # right after a bracket or comma

    def take(self, text: str) -> None:
        for position, token in enumerate(_TOKEN.finditer(text)):
            if position > MOST_TOKENS:
                raise _too_complex(Message(f"plus de {MOST_TOKENS} mots et signes", f"more than {MOST_TOKENS} words and signs"))
            kind, piece = token.lastgroup, token[0]
            if kind == "open":
                self._open.append(piece)
                self._check_depth(0)
                self._count(1)
                self._listing = False
            elif kind == "close":
                if self._open:
                    self._open.pop()
            elif kind == "operator":
                self._count(1)
            elif kind == "word":
                self._take_word(piece)
            elif kind == "iri":
                self._take_iri(piece)
            elif kind == "items" and self._open[-1:] != ["("]:
                self._take_term(piece.count(","))
            if kind in ("iri", "term", "word"):
                self._take_term()
            self._fresh = kind in ("open", "comma")

    def _take_word(self, word: str) -> None:
        """A keyword, or numbers and signs: `1-1-1` is a chain."""
        self._count(1 if word.upper() in _CHAINING_WORDS else word.count("-"))
        self._listing = self._listing or word.upper() == "DESCRIBE"

    def _take_iri(self, iri: str) -> None:
        """What looks like an IRI may be `<((1))#>`, a comparison that goes on after the comment."""
        self._check_depth(iri.count("("))
        signs = sum(map(iri.count, "!+-*/&="))
        self._count(signs if signs > _MOST_SIGNS_IN_AN_IRI else 0)

    def _take_term(self, terms: int = 1) -> None:
        """Terms of a pattern or of a list without commas; after a bracket or comma in parentheses it is an argument."""
        inside = self._open[-1] if self._open else ""
        if (inside or self._listing) and not (inside == "(" and self._fresh):
            self._terms += terms
            if self._terms > MOST_TERMS:
                raise _too_complex(Message(f"plus de {MOST_TERMS} termes dans les motifs", f"more than {MOST_TERMS} terms in patterns"))

    def _check_depth(self, more: int) -> None:
        if len(self._open) + more > DEEPEST_NESTING:
            raise TooComplexError(
                Message(f"plus de {DEEPEST_NESTING} niveaux de parenthèses", f"more than {DEEPEST_NESTING} levels of brackets"),
                Message("simplifiez la requête", "simplify the query"))

    def _count(self, operators: int) -> None:
        self._operators += operators
        if self._operators > MOST_OPERATORS:
            raise _too_complex(Message(f"plus de {MOST_OPERATORS} opérateurs", f"more than {MOST_OPERATORS} operators"))


def _too_complex(fault: Message) -> TooComplexError:
    return TooComplexError(fault, Message("écrivez les valeurs dans VALUES, ou coupez la requête en plusieurs", "put values into VALUES, or cut the query into several"))


def _decoded(escape: re.Match) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]
