"""The prefixes at the head of a text: in alphabetical order, only those used, where that cannot change what is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cpbm_kg.layout.tokens import Token


@dataclass
class Directive:
    """One PREFIX or BASE with the comments above it and the one that ends its line; `start` is its offset."""

    name: str
    iri: str
    start: int
    above: list[Token] = field(default_factory=list)
    after: Token | None = None

    @property
    def is_base(self) -> bool:
        return not self.name

    def lines(self) -> list[str]:
        said = f"BASE {self.iri}" if self.is_base else f"PREFIX {self.name} {self.iri}"
        return [*(comment.text.rstrip() for comment in self.above), f"{said} {self.after.text.rstrip()}" if self.after else said]


def directive(tokens: list[Token], i: int) -> tuple[Directive, int] | None:
    """The directive that begins at token `i` and the index after it; None where none does (Turtle 6.5 [3]-[6s])."""
    word = tokens[i].text.lower()
    at = word.startswith("@")
    size = {"prefix": 3, "base": 2}.get(word.removeprefix("@"))
    if size is None or tokens[i].kind not in ("word", "at") or len(tokens) < i + size:
        return None
    name, iri = (tokens[i + 1].text, tokens[i + 2].text) if size == 3 else ("", tokens[i + 1].text)
    end = i + size + at
    return Directive(name, iri, tokens[i].start), end


def arranged(directives: list[Directive], used: Iterable[str]) -> list[Directive]:
    """Sorted and only those that `used` (prefixes without colon) names. As they are where a base stands among them or
    a prefix is bound twice: their order then has a meaning. A directive with a comment of its own is never dropped."""
    bound = {}
    if any(one.is_base or bound.setdefault(one.name, one.iri) != one.iri for one in directives):
        return directives
    used = {f"{prefix}:" for prefix in used}
    kept: dict[str, Directive] = {}
    for one in directives:
        if one.above or one.after or (one.name in used and one.name not in kept):
            kept[one.name if one.name not in kept else f"{one.name} {len(kept)}"] = one
    return [kept[name] for name in sorted(kept)]
