"""The nearest real name for one that is not there: another case, another namespace, a slip of letters, a label.

Two names that differ in their digits name two things (action 24, action 42), so neither is near the other.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

_SLIP = 0.8  # similarity (difflib) from which two names of one namespace are a slip apart; measured on the planted cases
_SLIP_ELSEWHERE = 0.92
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\u00a0": " ", "\u202f": " ", "–": "-", "—": "-"})


def folded(text: str) -> str:
    """A text without what people vary: case, accents, kinds of quotes, dashes and spaces."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold().translate(_QUOTES)))
    return re.sub(r'\s*"\s*', '"', re.sub(r"\s+", " ", plain)).strip()


def split(iri: str) -> tuple[str, str]:
    """Namespace and local name."""
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    return iri[:cut], iri[cut:]


def nearest(iri: str, candidates: Iterable[tuple[str, str]]) -> str | None:
    """The candidate, of (IRI, label) pairs, that `iri` most probably means; None where none is near enough, or where
    two are equally near."""
    namespace, local = split(iri)
    best: dict[str, float] = {}
    for candidate, label in candidates:
        if candidate != iri:
            best[candidate] = max(best.get(candidate, 0.0), _nearness(namespace, local, candidate, label))
    ranked = sorted(best.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] == 0 or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return None
    return ranked[0][0]


def _nearness(namespace: str, local: str, candidate: str, label: str) -> float:
    """0 for not near; otherwise higher for nearer, 2 for the same name but for its case."""
    other_namespace, other = split(candidate)
    name, name_there = (re.sub("[-_ ]", "", folded(text)) for text in (local, other))
    here = namespace == other_namespace
    kinship = 0.2 * difflib.SequenceMatcher(None, namespace, other_namespace).ratio()  # http and https, one version and the next
    if name == name_there:
        return 2.0 + kinship
    if name and name == re.sub("[-_ ]", "", folded(label)):
        return 1.5 + kinship
    if re.findall(r"\d+", name) != re.findall(r"\d+", name_there):
        return 0.0
    ratio = difflib.SequenceMatcher(None, name, name_there).ratio()
    near = ratio >= (_SLIP if here else _SLIP_ELSEWHERE) or (here and _one_slip(name, name_there))
    return ratio + kinship if near else 0.0


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter more, less or other, or two letters swapped, make the difference between words of four or more."""
    shorter, longer = sorted((one, other), key=len)
    start = next((n for n, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    swapped = shorter[:start] + shorter[start + 1:start + 2] + shorter[start:start + 1] + shorter[start + 2:]
    tails = (shorter[start:], shorter[start + 1:])
    return len(shorter) >= 4 and (longer[start + 1:] in tails or swapped == longer)
