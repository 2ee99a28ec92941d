"""A finding: one thing that is wrong (or worth a look), where, by which rule, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from rdflib.term import Node

from cpbm_kg.errors import Message, Place


class Severity(IntEnum):
    """SHACL's three severities (SHACL 2.1.4), the gravest highest."""

    INFO = 1
    WARNING = 2
    VIOLATION = 3


@dataclass(frozen=True)
class Finding:
    """`rule` is a stable name: the local name of a shape, or that of a check of ours. `thing`, `path` and `value`
    are written as people write them (prefixed names, literals); empty where they do not apply. `fault` says what is
    wrong or why it matters, `remedy` what to do; `shape` is where the rule itself is written, None for checks of ours;
    `terms` are focus, path and value as they are, for programs, and `component` the constraint component (SHACL 3.6.2)."""

    rule: str
    severity: Severity
    place: Place
    thing: str
    fault: Message
    remedy: Message
    path: str = ""
    value: str = ""
    label: str = ""
    shape: Place | None = None
    terms: tuple[Node | None, Node | None, Node | None] = (None, None, None)
    component: Node | None = None

    @property
    def order(self) -> tuple:
        """Findings are shown by place, gravest first, then by rule."""
        return (self.place, -self.severity, self.rule, self.thing, self.path, self.value)


def gravest(findings: list[Finding]) -> Severity | None:
    """The highest severity found, None for a clean result."""
    return max((finding.severity for finding in findings), default=None)
