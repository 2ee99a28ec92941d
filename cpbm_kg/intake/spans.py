"""Where printed words stand: the span of a row in the text, and the span of a fact's words within it.

Offsets are those of `source`: code points, from 0, end exclusive. Without the text, a row's own offsets and words are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cpbm_kg.errors import Message
from cpbm_kg.intake.reading import Row
from cpbm_kg.source import LONGEST_QUOTE, SourceText


@dataclass(frozen=True)
class Span:
    """`quote` is None where neither the text nor the row tells the words."""

    start: int
    end: int
    quote: str | None

    def find(self, words: str) -> Span | None:
        """Where whole words first stand in this span; case does not matter. The span itself where its words are not known."""
        if self.quote is None:
            return self
        found = _whole(words).search(self.quote)
        return Span(self.start + found.start(), self.start + found.end(), found[0]) if found else None


def locate(row: Row, text: SourceText | None, words: Iterable[str] = (), columns: tuple[str, str] = ("passage", "quote"), first: bool = False) -> Span | None:
    """The span that a row's columns of offsets and words tell; where the row has no such words, one of `words` is looked
    for. Words found several times are at fault unless the `first` will do. None, with a finding, where there is no such span."""
    passage, column = columns
    offsets, quote = row[passage], row[column]
    if offsets:
        return _at(row, text, offsets, quote, columns)
    if text is None:
        row.fault(passage, Message("sans le texte, il faut les positions", "without the text, offsets are needed"),
                  Message("écrivez 123-456, ou donnez le texte (--text)", "write 123-456, or give the text (--text)"))
        return None
    wanted = [quote] if quote else list(words)
    found = sorted({match.span() for one in wanted for match in _whole(one, exact=True).finditer(text.text)})
    if not wanted:
        return None  # what is missing is said of the row already
    if not found:
        row.fault(column if quote else "label", Message("ces mots ne sont pas dans le texte", "these words are not in the text"),
                  Message("recopiez-les lettre pour lettre, apostrophes et espaces compris, ou donnez les positions",
                          "copy them letter by letter, apostrophes and spaces included, or give the offsets"))
        return None
    if len(found) > 1 and not first:
        among = ", ".join(f"{start}-{end}" for start, end in found[:5])
        row.fault(column, Message(f"ces mots sont {len(found)} fois dans le texte : {among}", f"these words are {len(found)} times in the text: {among}"),
                  Message("écrivez lequel dans « passage »", "write which one in \"passage\""))
        return None
    start, end = found[0]
    return Span(start, end, text.text[start:end])


def _at(row: Row, text: SourceText | None, offsets: tuple[int, int], quote: str | None, columns: tuple[str, str]) -> Span | None:
    start, end = offsets
    printed = text.text[start:end] if text else quote
    if text and end > len(text.text):
        row.fault(columns[0], Message(f"le texte finit à {len(text.text)}", f"the text ends at {len(text.text)}"), Message("corrigez les positions", "mend the offsets"))
    elif quote and printed != quote:
        row.fault(columns[1], Message(f"le texte porte là « {_short(printed)} »", f"the text has “{_short(printed)}” there"),
                  Message("corrigez les mots ou les positions", "mend the words or the offsets"))
    elif quote and len(quote) != end - start:
        row.fault(columns[0], Message(f"{end - start} caractères, et {len(quote)} dans « {columns[1]} »", f"{end - start} characters, and {len(quote)} in \"{columns[1]}\""),
                  Message("corrigez les mots ou les positions", "mend the words or the offsets"))
    else:
        return Span(start, end, printed)
    return None


def words_within(row: Row, column: str, span: Span, forms: Iterable[str]) -> Span | None:
    """Where one of the forms stands in the row's span, the longest first; None, with a finding, where none does."""
    forms = sorted(filter(None, forms), key=len, reverse=True)
    found = next((found for form in forms if (found := span.find(form))), None)
    if found is None:
        row.fault(column, Message(f"« {' », « '.join(forms)} » : pas dans les mots imprimés de la ligne", f"“{'”, “'.join(forms)}”: not in the printed words of the row"),
                  Message("écrivez identifiant=mots imprimés, ou corrigez le passage", "write identifier=printed words, or mend the passage")
                  if column in _REFERENCES else Message("recopiez les mots lettre pour lettre, ou corrigez le passage", "copy the words letter by letter, or mend the passage"))
    return found


def short(row: Row, span: Span | None) -> Span | None:
    """The span, if it may be quoted; None, with a finding, where it is too long."""
    if span and span.end - span.start > LONGEST_QUOTE:
        row.fault("passage", Message(f"{span.end - span.start} caractères, plus que {LONGEST_QUOTE}", f"{span.end - span.start} characters, more than {LONGEST_QUOTE}"),
                  Message("citez la plus courte suite de mots qui énonce le fait", "cite the shortest span that states the fact"))
        return None
    return span


_REFERENCES = frozenset({"verbs", "objects", "places", "actors", "publics", "place"})


def _whole(words: str, exact: bool = False) -> re.Pattern:
    return re.compile(rf"(?<![\w-]){re.escape(words)}(?![\w-])", 0 if exact else re.IGNORECASE)


def _short(words: str) -> str:
    return words if len(words) <= 80 else words[:79] + "…"
