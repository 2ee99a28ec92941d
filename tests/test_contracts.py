"""Every question of `queries/` gives its expected answer in the engine and in rdflib."""

import csv
import datetime
import io
import re
from decimal import Decimal

import pytest
import rdflib
import yaml

from conftest import ROOT
from cpbm_kg import contracts
from cpbm_kg.engine import Query
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import UnreadableError
from cpbm_kg.media import CSV, Form

FOLDER = ROOT / "queries"
CONTRACTS = contracts.read_all(FOLDER)
COMPETENCIES = {f"CQ{n:02}" for n in (1, 2, 3, 4, 6, 7, 8, 10, 11, 13, 14, 16, 19, 20, 21, 22, 23, 24, 28, 30, 31, 32, 33, 36, 39)}
READ = {
    "integer": int, "year": int, "decimal": Decimal, "date": datetime.date.fromisoformat, "dateTime": datetime.datetime.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def typed(text: str, contract: contracts.Contract) -> list[tuple]:
    """The rows of a CSV answer, each cell by its column's type; an empty cell is unbound."""
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == [column.name for column in contract.columns], f"{contract.path}: columns are {rows[0]}"
    return [tuple(READ.get(column.type, str)(cell) if cell else None for column, cell in zip(contract.columns, row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="session")
def engine(release) -> MemoryEngine:
    return MemoryEngine.of_release(release.folder, 2**26)


@pytest.fixture(scope="session")
def rdflib_dataset(release) -> rdflib.Dataset:
    """The release in rdflib: default graph not the union, FROM answered from what is at hand."""
    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False
    dataset = rdflib.Dataset(default_union=False)
    dataset.parse(release.folder / "all.nq", format="nquads")
    dataset.default_graph.parse(release.folder / "default.ttl")
    return dataset


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_engine_gives_the_expected_answer(contract, engine):
    answer = engine.answer(Query(contract.text), {Form.SELECT: CSV, Form.ASK: None, Form.GRAPH: None}).body.decode()
    assert typed(answer, contract) == typed(contract.expected.read_text(encoding="utf-8"), contract)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_rdflib_gives_the_expected_answer(contract, rdflib_dataset):
    answer = rdflib_dataset.query(contract.text).serialize(format="csv").decode()
    assert typed(answer, contract) == typed(contract.expected.read_text(encoding="utf-8"), contract)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_grlc_reads_the_head(contract):
    """grlc's rule: lines that begin with `#+`, without that mark, are YAML; `summary` is the title it shows."""
    head = yaml.safe_load("\n".join(line.lstrip("#+") for line in contract.text.splitlines() if line.startswith("#+")))
    assert head == contract.head and isinstance(head["summary"], str) and isinstance(head["tags"], list)


def test_all_competency_questions_are_answered():
    assert {name for contract in CONTRACTS for name in contract.competencies} == COMPETENCIES


def test_every_expected_answer_has_its_question():
    assert {path.stem for path in FOLDER.glob("*.csv")} == {contract.name for contract in CONTRACTS}


def test_every_answer_is_ordered_so_that_it_compares():
    unordered = [contract.name for contract in CONTRACTS if not re.search(r"\bORDER BY\b", contract.text) and len(contract.expected.read_text(encoding="utf-8").splitlines()) > 2]
    assert not unordered


GOOD = """#+ summary: "s"
#+ title@fr: "t"
#+ title@en: "t"
#+ question@fr: "q : ?"
#+ question@en: "q?"
#+ tags: [t]
#+ columns:
#+   n: {type: integer, fr: "n", en: "n"}
#+ shows: table
SELECT (1 AS ?n) {}
"""


@pytest.mark.parametrize("line, old, new", [
    (2, "title@fr", "titre@fr"), (1, '#+ title@en: "t"\n', ""), (9, "shows: table", "shows: tables"), (8, "type: integer", "type: int"),
    (4, '"q : ?"', "q : ?"), (10, "#+ shows: table", "#+ shows: table\n#+ parameters: {n: {type: iri}}"),
])
def test_a_bad_head_is_refused_with_its_line(tmp_path, line, old, new):
    path = tmp_path / "question.rq"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(UnreadableError) as refused:
        contracts.read(path)
    assert refused.value.place.path == str(path)
    assert refused.value.place.line in (line, 1)


def test_a_good_head_is_read(tmp_path):
    path = tmp_path / "question.rq"
    path.write_text(GOOD, encoding="utf-8")
    assert contracts.read(path).columns[0].name == "n"
