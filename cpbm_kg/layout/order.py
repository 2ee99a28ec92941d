"""What layout alone cannot mend: blocks out of order, two blocks of one thing, `a` not first, a prefix bound twice.

Order is the natural one of the IRIs (9 before 10) within a namespace; which kind of thing comes first is the author's choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cpbm_kg.errors import Message
from cpbm_kg.layout.prologue import Directive
from cpbm_kg.layout.tokens import Token
from cpbm_kg.layout.turtle import Block, cut

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Disorder:
    """`offset` is where it stands in the text; `thing` what it is about, as written."""

    offset: int
    thing: str
    fault: Message


def disorders(text: str) -> list[Disorder]:
    """All of a Turtle text, in the order of the text."""
    found: list[Disorder] = []
    namespaces: dict[str, str] = {}
    seen: dict[str, str] = {}
    before = None
    for part in cut(text).in_order:
        if isinstance(part, Directive):
            found += _bound_again(part, namespaces)
            namespaces[part.name.removesuffix(":")] = part.iri[1:-1]
        elif part.tokens and (iri := _iri(part.tokens[0], namespaces)):
            found += _block(part, iri, before, seen)
            seen.setdefault(iri, part.tokens[0].text)
            before = (iri, part.tokens[0].text)
    return found


def _block(block: Block, iri: str, before: tuple[str, str] | None, seen: dict[str, str]) -> list[Disorder]:
    subject, found = block.tokens[0], []
    if iri in seen:
        found.append(Disorder(subject.start, subject.text, Message(
            f"{subject.text} a déjà un bloc dans ce fichier", f"{subject.text} has a block in this file already")))
    elif before and _namespace(iri) == _namespace(before[0]) and natural(iri) < natural(before[0]):
        found.append(Disorder(subject.start, subject.text, Message(
            f"{subject.text} vient avant {before[1]} dans l’ordre naturel des IRI", f"{subject.text} comes before {before[1]} in the natural order of IRIs")))
    kind = next((token for token in _verbs(block)[1:] if token.text == "a"), None)
    if kind:
        found.append(Disorder(kind.start, subject.text, Message("« a » n’est pas la première ligne du bloc", "\"a\" is not the first line of the block")))
    return found


def _bound_again(one: Directive, namespaces: dict[str, str]) -> list[Disorder]:
    name = one.name.removesuffix(":")
    if one.is_base or name not in namespaces:
        return []
    return [Disorder(one.start, one.name, Message(f"le préfixe {one.name} est déclaré deux fois", f"the prefix {one.name} is bound twice"))]


def _verbs(block: Block) -> list[Token]:
    """The first word of each predicate of the block itself."""
    found, depth, awaits = [], 0, True
    for token in block.tokens[1:]:
        if token.kind == "comment":
            continue
        if awaits and depth == 0:
            found.append(token)
        sign = token.text if token.kind == "sign" else ""
        depth += sign in ("[", "(")
        depth -= sign in ("]", ")")
        awaits = depth == 0 and sign == ";"
    return found


def _iri(subject: Token, namespaces: dict[str, str]) -> str | None:
    if subject.kind == "iri":
        return subject.text[1:-1]
    if subject.prefix is None:
        return None
    return namespaces.get(subject.prefix, "") + subject.text.partition(":")[2]


def _namespace(iri: str) -> str:
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]


def natural(text: str) -> list[tuple[bool, int, str]]:
    """A key that sorts 9 before 10."""
    return [(True, int(part), "") if part.isdecimal() and part.isascii() else (False, 0, part) for part in _DIGITS.split(text) if part]
