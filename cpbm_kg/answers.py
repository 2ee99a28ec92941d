"""The expected answer beside each question: whether an engine still gives it, and how to write it anew.

Answers are compared by typed value (decisions.md, 12): `1.50` is `1.5`, and two ways to write an instant are one.
"""

from __future__ import annotations

import csv
import datetime
import difflib
import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import rdflib

from cpbm_kg import asking, media, rules
from cpbm_kg.asking import Asked
from cpbm_kg.contracts import EXPECTED_SUFFIXES, Contract
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message, Place, QueryError, shown
from cpbm_kg.findings import Finding
from cpbm_kg.media import Form

_EXPECTED = {Form.SELECT: media.CSV, Form.ASK: media.JSON, Form.GRAPH: media.TURTLE}
_READ = {
    "integer": int, "year": int, "decimal": Decimal, "date": datetime.date.fromisoformat, "dateTime": datetime.datetime.fromisoformat,
    "boolean": {"true": True, "false": False, "1": True, "0": False}.__getitem__,
}


def given(engine: Engine, contract: Contract) -> str:
    """The engine's answer to a question with its own values, as the text of the expected file."""
    return asking.answer(engine, Asked(contract), _EXPECTED[contract.form]).body.decode().replace("\r\n", "\n")


def values(contract: Contract, text: str) -> object:
    """The content of an answer as something that compares: typed rows in order, a set of triples, true or false.

    Raises ValueError where a cell is not of its column's type or the columns are not the contract's.
    """
    if contract.form is Form.GRAPH:
        return set(rdflib.Graph().parse(data=text, format="turtle"))
    if contract.form is Form.ASK:
        return json.loads(text)["boolean"]
    table = list(csv.reader(io.StringIO(text)))
    names = [column.name for column in contract.columns]
    if not table or table[0] != names or any(len(row) != len(names) for row in table):
        raise ValueError("the columns are not those of the head")
    readers = [_READ.get(column.type, str) for column in contract.columns]
    try:
        return [tuple(read(cell) if cell else None for read, cell in zip(readers, row, strict=True)) for row in table[1:]]
    except (ArithmeticError, KeyError) as error:
        raise ValueError(str(error)) from None


def compare(engine: Engine, contracts: Iterable[Contract], folder: Path | None = None) -> Iterator[Finding]:
    """Every answer that differs from its expected one, or that has none, with the line where they part; every
    expected answer in `folder` without its question."""
    expected = set()
    for contract in contracts:
        expected.add(contract.expected.name)
        found = _compared(engine, contract)
        if found is not None:
            yield found
    for path in sorted(path for suffix in EXPECTED_SUFFIXES for path in folder.glob(f"*{suffix}")) if folder else ():
        if path.name not in expected:
            yield _fault(Place(shown(path)), path.stem, Message("cette réponse n'a pas de question", "this answer has no question"),
                         Message("Retirez-la, ou rendez-lui sa question.", "Remove it, or give it its question back."))


def _compared(engine: Engine, contract: Contract) -> Finding | None:
    try:
        found = given(engine, contract)
        got = values(contract, found)
    except (QueryError, ValueError) as error:
        said = Message(f"la réponse n'est pas celle que décrit l'en-tête : {error}", f"the answer is not what the head describes: {error}")
        return _fault(contract.place("columns"), contract.name, said, Message("Accordez les types des colonnes et la requête.", "Make the columns' types and the query agree."))
    if not contract.expected.is_file():
        return _fault(contract.place(), contract.name, Message("la réponse attendue manque", "the expected answer is missing"))
    text = contract.expected.read_text(encoding="utf-8")
    try:
        if values(contract, text) == got:
            return None
    except (ValueError, SyntaxError):
        pass  # what is not even of its type differs
    return _fault(Place(shown(contract.expected), _parting(text, found)), contract.name)


def difference(engine: Engine, contract: Contract) -> str:
    """What would change in the expected file, as a unified diff; empty where the answers are equal by value."""
    if _compared(engine, contract) is None:
        return ""
    old = contract.expected.read_text(encoding="utf-8") if contract.expected.is_file() else ""
    name = contract.expected.name
    return "".join(difflib.unified_diff(old.splitlines(keepends=True), given(engine, contract).splitlines(keepends=True), f"a/{name}", f"b/{name}", n=1))


def update(engine: Engine, contract: Contract) -> None:
    """Write the engine's answer as the expected one."""
    contract.expected.write_text(given(engine, contract), encoding="utf-8", newline="\n")


def _fault(place: Place, thing: str, fault: Message | None = None, remedy: Message | None = None) -> Finding:
    return rules.own("query-answer", place, thing, fault, remedy)


def _parting(old: str, new: str) -> int:
    """The first line, from 1, at which two texts differ."""
    ours, theirs = old.splitlines(), new.splitlines()
    return next((number for number, (a, b) in enumerate(zip(ours, theirs, strict=False), 1) if a != b), min(len(ours), len(theirs)) + 1)
