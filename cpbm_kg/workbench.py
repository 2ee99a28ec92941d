"""A release in a reader's own Python, without a server: rdflib for the graph, data frames for the answers.

`cpbm_kg.open_release()` gives one. Queries run in the engine of the service, many times faster than rdflib
(architecture.md, 1); pandas is imported when the first data frame is made, so that the project does not need it.
"""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import rdflib
from rdflib.term import Literal

from cpbm_kg import asking, contracts, media, tables
from cpbm_kg.contracts import Contract
from cpbm_kg.engine import Query
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import Message, UsageError
from cpbm_kg.media import Form
from cpbm_kg.release import Release, open_release
from cpbm_kg.settings import Settings

if TYPE_CHECKING:
    import pandas

_FORMATS = {Form.SELECT: media.JSON, Form.ASK: media.JSON, Form.GRAPH: media.NTRIPLES}


class Workbench:
    """An opened release: its `version`, its `dataset`, its published `questions`, and ways to ask it."""

    def __init__(self, folder: Path | None = None):
        """Open the release in `folder`, by default that of the settings; raises ReleaseError where there is none."""
        self._release: Release = open_release(Path(folder) if folder is not None else Settings.read().release)
        self.version = self._release.version
        self.questions: dict[str, Contract] = contracts.of_release(self._release.folder)

    def __repr__(self) -> str:
        return f"<CPBM-KG release {self.version} in {self._release.folder}: {len(self.questions)} questions>"

    @cached_property
    def dataset(self) -> rdflib.Dataset:
        """Every layer in its named graph, and the default graph as the service shows it."""
        dataset = rdflib.Dataset(default_union=False)
        dataset.parse(self._release.folder / "all.nq", format="nquads")
        dataset.default_graph.parse(self._release.folder / "default.ttl")
        return dataset

    def query(self, text: str) -> pandas.DataFrame | rdflib.Graph | bool:
        """The answer to a SPARQL query: a data frame for SELECT, a graph for CONSTRUCT and DESCRIBE, True or False for
        ASK. Numbers, dates and truth values come as Python's own, an unbound cell as None. Raises QueryError."""
        answer = self._engine.answer(Query(text), _FORMATS)
        if answer.form is Form.GRAPH:
            return rdflib.Graph().parse(data=answer.body, format="nt")
        results = json.loads(answer.body)
        if answer.form is Form.ASK:
            return results["boolean"]
        names = results["head"]["vars"]
        return _frame([{name: _value(row.get(name)) for name in names} for row in results["results"]["bindings"]], names)

    def ask(self, question: str, **values: str | int | list) -> pandas.DataFrame | rdflib.Graph | bool:
        """The answer to a published question, its parameters by name. Raises UsageError for an unknown question,
        RequestError for a value that is not of its type."""
        contract = self.questions.get(question)
        if contract is None:
            raise UsageError(Message(f"il n'y a pas de question {question!r}", f"there is no question {question!r}"),
                             Message("voyez .questions", "see .questions"))
        asked = asking.read(contract, {name: list(map(str, value)) if isinstance(value, list) else [str(value)] for name, value in values.items()})
        if contract.form is not Form.SELECT:
            return self.query(asked.text)
        return _frame(tables.rows(contract, asking.answer(self._engine, asked, media.JSON).body), [column.name for column in contract.columns])

    @cached_property
    def _engine(self) -> MemoryEngine:
        return MemoryEngine.of_release(self._release.folder, Settings.read().answer_bytes)


def _frame(rows: list[dict], names: list[str]) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError:
        raise UsageError(Message("il faut pandas pour faire un tableau", "pandas is needed to make a data frame"),
                         Message("installez-le : pip install pandas", "install it: pip install pandas")) from None
    return pandas.DataFrame(rows, columns=names)


def _value(term: dict | None) -> object:
    """A term of SPARQL JSON as Python's own value where it has one, else as text."""
    if term is None or term["type"] != "literal" or "datatype" not in term:
        return term and term["value"]
    value = Literal(term["value"], datatype=term["datatype"]).toPython()
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, (bool, int, float, datetime.date, datetime.datetime)) else term["value"]
