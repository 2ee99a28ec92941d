"""What a rule finds: one cause of an empty answer, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass

from cpbm_kg.errors import Message


@dataclass(frozen=True)
class Cause:
    """`kind` is stable; `term` is what is at fault, `suggestion` what to write instead, None where nothing is sure."""

    kind: str
    message: Message
    pattern: str
    term: str = ""
    suggestion: str | None = None
