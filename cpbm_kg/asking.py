"""A published question put to an engine: its values bound, its page cut, its answer with the digest that cites it.

Values take the place of the question's own VALUES lines as terms (decisions.md, 11). The digest is the SHA-256 of
the answer in one format for each form of question, so that `curl …?format=tsv | sha256sum` gives it too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from rdflib.term import Identifier

from cpbm_kg import media
from cpbm_kg.contracts import PARAMETER_LINE, Contract, without_head
from cpbm_kg.engine import Answer, Engine, Query
from cpbm_kg.errors import Message, RequestError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.parameters import INTEGER_PATTERN, READERS, written

# The format whose bytes the digest is of: it keeps every term whole and comes in one order.
DIGESTED = {Form.SELECT: media.TSV, Form.ASK: media.JSON, Form.GRAPH: media.NTRIPLES}
LARGEST_PAGE = 10_000
FARTHEST_OFFSET = 1_000_000


@dataclass(frozen=True)
class Asked:
    """A question with the values that replace its defaults; without a limit the whole answer is meant."""

    contract: Contract
    values: Mapping[str, tuple[Identifier, ...]] = field(default_factory=dict)
    limit: int | None = None
    offset: int = 0

    @property
    def text(self) -> str:
        """The query to send."""
        lines = []
        for line in self.contract.text.splitlines():
            match = PARAMETER_LINE.match(line)
            if match and match["name"] in self.values:
                line = f"  VALUES ?{match['name']} {{ {' '.join(map(written, self.values[match['name']]))} }} # parameter"
            lines.append(line)
        return "\n".join([*lines, *self._page()]) + "\n"

    @property
    def query(self) -> str:
        """The query to show: without the head."""
        return without_head(self.text)

    def _page(self) -> list[str]:
        limit = [f"LIMIT {self.limit}"] if self.limit is not None else []
        return limit + ([f"OFFSET {self.offset}"] if self.offset else [])


def read(contract: Contract, given: Mapping[str, list[str]]) -> Asked:
    """A question from the texts of its parameters, of `limit` and of `offset`.

    Raises RequestError for a name that the question does not know and for a value that is not of its type.
    """
    known = {parameter.name: parameter for parameter in contract.parameters}
    for name in given:
        if name not in known and name not in ("limit", "offset"):
            names = ", ".join([*known, "limit", "offset"])
            raise RequestError(Message(f"cette question n'a pas de paramètre {name[:80]!r}", f"this question has no parameter {name[:80]!r}"),
                               Message(f"ses paramètres sont : {names}", f"its parameters are: {names}"))
    values = {name: parameter.read(given[name]) for name, parameter in known.items() if given.get(name)}
    limit, offset = _whole("limit", given, 1, LARGEST_PAGE), _whole("offset", given, 0, FARTHEST_OFFSET)
    if contract.form is Form.ASK and (limit, offset) != (None, None):
        raise RequestError(Message("une question fermée n'a pas de pages", "a yes-or-no question has no pages"),
                           Message("retirez limit et offset", "leave out limit and offset"))
    return Asked(contract, values, limit, offset or 0)


def _whole(name: str, given: Mapping[str, list[str]], least: int, most: int) -> int | None:
    texts = given.get(name)
    if not texts:
        return None
    number = READERS["integer"](texts[0])
    if len(texts) > 1 or number is None or not least <= int(number) <= most:
        raise RequestError(Message(f"{name} doit être un nombre de {least} à {most}", f"{name} must be a number from {least} to {most}"),
                           Message(f"donnez {name} une fois, selon {INTEGER_PATTERN}", f"give {name} once, as {INTEGER_PATTERN}"))
    return int(number)


def answer(engine: Engine, asked: Asked, format: Format) -> Answer:
    """The answer in one of the formats that engines write; raises the engine's errors."""
    return engine.answer(Query(asked.text), {form: format if form is asked.contract.form else None for form in OFFERED})


@dataclass(frozen=True)
class Citation:
    """What an answer is cited by: the SHA-256 of its digested format in hexadecimal, and how many rows or triples it
    has (1 for yes or no)."""

    sha256: str
    count: int


def cite(engine: Engine, asked: Asked) -> Citation:
    """The citation of the page asked for."""
    return citation(answer(engine, asked, DIGESTED[asked.contract.form]))


def citation(found: Answer) -> Citation:
    """The citation of an answer in its digested format."""
    return Citation(hashlib.sha256(found.body).hexdigest(), found.rows)


def has_more(engine: Engine, asked: Asked) -> bool:
    """Whether anything follows the page asked for."""
    if asked.limit is None or asked.contract.form is Form.ASK:
        return False
    return cite(engine, Asked(asked.contract, asked.values, 1, asked.offset + asked.limit)).count > 0
