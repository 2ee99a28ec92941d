"""The seam: a query in, bounded bytes out. Whoever implements `Engine` can stand behind the protocol.

An answer is collected up to its budget before anything is sent, so a cut answer never looks whole (decisions.md, 15).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cpbm_kg.media import Form, Format


@dataclass(frozen=True)
class Query:
    """Query text and the dataset that the request asks for (SPARQL 1.1 Protocol 2.1.4): None leaves it to the query.
    `timeout_s`, in seconds, can only lower the engine's own limit."""

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    timeout_s: float | None = None


@dataclass(frozen=True)
class Answer:
    """A whole answer within its byte budget; `body` is in `format`, `rows` its solutions or triples."""

    form: Form
    format: Format
    body: bytes
    rows: int = 0


class Engine(Protocol):
    def answer(self, query: Query, formats: Mapping[Form, Format | None], client: str = "") -> Answer:
        """Evaluate `query` and write it in the format that `formats` has for its form; `client` is the address that
        asks, where an engine must be fair to several.

        Raises QuerySyntaxError, ServiceRefusedError, NotAcceptableError (no format for its form, or
        a value that the format cannot carry), AnswerTooLargeError.
        """
        ...
