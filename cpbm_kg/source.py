"""The source text: the only module that opens it. A passage is a span of Unicode code points, 0-based, end exclusive.

The project never holds the text; it holds quotes of at most 200 characters and, beyond that, only the printed
wordings of actions (decisions.md, 1). Whoever has the text can read every passage again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg.errors import Message, SourceTextError

LONGEST_QUOTE = 200

_SENTENCE_END = re.compile(r"[.!?…]+(?:\s?[»”])?\s+(?=[A-ZÀ-ÖØ-ÞŒ«])|\s+(?=Action n°)")


@dataclass(frozen=True)
class Passage:
    """The quoted span; `sha256` is the hex digest of the quote's UTF-8 bytes."""

    start: int
    end: int
    quote: str

    @property
    def sha256(self) -> str:
        return digest(self.quote)


def digest(text: str) -> str:
    """sha256 of the UTF-8 bytes of `text`, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class SourceText:
    text: str
    sha256: str

    @classmethod
    def read(cls, path: Path, expected_sha256: str | None = None) -> SourceText:
        """Read the text; raises SourceTextError where it is absent, not UTF-8, or not the text that the plan pins."""
        try:
            data = path.read_bytes()
            text = data.decode("utf-8")
        except OSError as error:
            raise SourceTextError(
                Message(f"texte source illisible ({error.strerror})", f"source text cannot be read ({error.strerror})"),
                Message("corrigez CPBM_SOURCE_TEXT, ou videz-la pour travailler sans le texte",
                        "correct CPBM_SOURCE_TEXT, or empty it to work without the text"), path) from None
        except UnicodeDecodeError:
            raise SourceTextError(
                Message("le texte source n'est pas en UTF-8", "the source text is not UTF-8"),
                Message("donnez le fichier d'origine", "give the original file"), path) from None
        found = hashlib.sha256(data).hexdigest()
        if expected_sha256 and found != expected_sha256:
            raise SourceTextError(
                Message(f"ce n'est pas le texte que le plan décrit : sha256 {found}, attendu {expected_sha256}",
                        f"this is not the text that the plan describes: sha256 {found}, expected {expected_sha256}"),
                Message("donnez le fichier d'origine ; les positions des passages ne valent que pour lui",
                        "give the original file; the offsets of passages hold for it alone"), path)
        return cls(text, found)

    def sentences(self) -> list[tuple[int, int]]:
        """The spans of all sentences, in order, without the white space around them.

        A sentence is a line, cut after a full stop, an ellipsis, a question or exclamation mark (with the guillemet
        that closes a quotation) where white space and then a capital or an opening guillemet follow, and before an
        "Action n°" inside a line. A title is a sentence of its own.
        """
        spans = []
        for line in re.finditer(r"[^\n]+", self.text):
            cuts = [line.start(), *(line.start() + cut.end() for cut in _SENTENCE_END.finditer(line[0])), line.end()]
            for start, end in zip(cuts, cuts[1:]):
                words = self.text[start:end]
                if words.strip():
                    spans.append((start + len(words) - len(words.lstrip()), start + len(words.rstrip())))
        return spans

    def passage(self, start: int, end: int) -> Passage:
        """The span from `start` to `end`; raises ValueError where it is empty or leaves the text."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"{start}-{end} is not a span of a text of {len(self.text)} characters")
        return Passage(start, end, self.text[start:end])
