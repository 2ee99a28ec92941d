"""What a question asks its reader for: typed values, read from text into RDF terms and written as terms.

A value never enters a query as the text that was sent. It is parsed by its type (an IRI, an integer, a language …)
into a term, and the term is written with the escapes of SPARQL 1.1 (19.7), so no value can end the place it stands in.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from rdflib.namespace import XSD
from rdflib.term import Identifier, Literal, URIRef

from cpbm_kg.errors import Message, RequestError

LONGEST_VALUE = 1000  # characters
MOST_VALUES = 20
# Names that the API uses for itself.
RESERVED = frozenset({"format", "limit", "offset"})

# An absolute http(s) IRI (RFC 3987, 2.2), as every name in the graph is one; its characters cannot end an IRIREF (SPARQL 1.1, 19.8).
_SEGMENT = "(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}|[\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef])*"
IRI_PATTERN = rf"https?://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?(?:/{_SEGMENT})?(?:\?{_SEGMENT})?(?:#{_SEGMENT})?"
INTEGER_PATTERN = r"-?[0-9]{1,15}"
LANGUAGE_PATTERN = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}"  # BCP 47, as far as this graph needs it
DATE_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _matching(pattern: str, make: Callable[[str], Identifier]) -> Callable[[str], Identifier | None]:
    return lambda text: make(text) if re.fullmatch(pattern, text) else None


def _date(text: str) -> Literal | None:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return Literal(text, datatype=XSD.date)


# Type → reader of one value (None where the text is not of it) and what a person is told to give.
READERS: dict[str, Callable[[str], Identifier | None]] = {
    "iri": _matching(IRI_PATTERN, URIRef),
    "integer": _matching(INTEGER_PATTERN, lambda text: Literal(str(int(text)), datatype=XSD.integer)),
    "language": _matching(LANGUAGE_PATTERN, lambda text: Literal(text.lower())),
    "date": lambda text: _date(text) if re.fullmatch(DATE_PATTERN, text) else None,
    "string": lambda text: Literal(text) if text else None,
}
EXPECTED: dict[str, Message] = {
    "iri": Message("une IRI absolue (http ou https)", "an absolute IRI (http or https)"),
    "integer": Message("un nombre entier", "a whole number"),
    "language": Message("une étiquette de langue (fr, en)", "a language tag (fr, en)"),
    "date": Message("une date AAAA-MM-JJ", "a date YYYY-MM-DD"),
    "string": Message("un texte non vide", "some text"),
}


@dataclass(frozen=True)
class Parameter:
    """`example` as a reader would type it; `choices`, where there are any, are the only values allowed; `several`
    where more than one value may be given (the query's own default has more than one)."""

    name: str
    type: str
    label: Message
    example: str
    choices: tuple[str, ...] = ()
    several: bool = False

    def read(self, texts: list[str]) -> tuple[Identifier, ...]:
        """The terms of one or several values; raises RequestError naming the parameter."""
        if len(texts) > (MOST_VALUES if self.several else 1):
            raise self._refused(Message(f"{self.name} est donné {len(texts)} fois", f"{self.name} is given {len(texts)} times"),
                                Message("donnez-en moins", "give fewer"))
        return tuple(self._term(text) for text in texts)

    def _term(self, text: str) -> Identifier:
        term = READERS[self.type](text) if len(text) <= LONGEST_VALUE else None
        if term is None:
            expected = EXPECTED[self.type]
            raise self._refused(Message(f"{self.name}={text[:80]!r} n'est pas du type {self.type}", f"{self.name}={text[:80]!r} is not of type {self.type}"),
                                Message(f"donnez {expected.fr}, {LONGEST_VALUE} caractères au plus, par exemple {self.example}",
                                        f"give {expected.en}, {LONGEST_VALUE} characters at most, such as {self.example}"))
        if self.choices and text not in self.choices:
            listed = ", ".join(self.choices)
            raise self._refused(Message(f"{self.name}={text[:80]!r} n'est pas une valeur admise", f"{self.name}={text[:80]!r} is not an allowed value"),
                                Message(f"donnez l'une de : {listed}", f"give one of: {listed}"))
        return term

    @staticmethod
    def _refused(fault: Message, remedy: Message) -> RequestError:
        return RequestError(fault, remedy)


def written(term: Identifier) -> str:
    """A term as SPARQL text on one line: `<…>`, or a quoted literal with its type or language."""
    if isinstance(term, URIRef):
        if not re.fullmatch(IRI_PATTERN, term):
            raise ValueError(f"not an absolute IRI: {term!r}")
        return f"<{term}>"
    quoted = escaped(str(term))
    if term.language:
        return f"{quoted}@{term.language}"
    return f"{quoted}^^<{term.datatype}>" if term.datatype not in (None, XSD.string) else quoted


def escaped(text: str) -> str:
    """A quoted string of SPARQL. JSON escapes the quote, the backslash and every control character, and each of its
    escapes is one of SPARQL's (19.2, 19.7)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
