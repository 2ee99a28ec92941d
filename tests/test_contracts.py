"""Every question of `queries/` gives its expected answer in the engine and in rdflib."""

import re
from pathlib import Path

import pytest
import rdflib
import yaml

from conftest import ROOT, run
from cpbm_kg import answers, contracts, examination, exercises, pipeline
from cpbm_kg.__main__ import main
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import UnreadableError
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.media import Form
from cpbm_kg.vocabulary import BM, SCHEMA

FOLDER = ROOT / "queries"
CONTRACTS = contracts.read_all(FOLDER)
COMPETENCIES = {f"CQ{n:02}" for n in (1, 2, 3, 4, 6, 7, 8, 10, 11, 13, 14, 16, 19, 20, 21, 22, 23, 24, 28, 30, 31, 32, 33, 36, 39)}
def expected(contract: contracts.Contract) -> object:
    return answers.values(contract, contract.expected.read_text(encoding="utf-8"))


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
    assert answers.values(contract, answers.given(engine, contract)) == expected(contract)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_rdflib_gives_the_expected_answer(contract, rdflib_dataset):
    syntax = {Form.SELECT: "csv", Form.ASK: "json", Form.GRAPH: "turtle"}[contract.form]
    answer = rdflib_dataset.query(contract.text).serialize(format=syntax).decode()
    assert answers.values(contract, answer) == expected(contract)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_query_keeps_what_its_head_says(contract):
    assert examination.examine(contract) == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_grlc_reads_the_head(contract):
    """grlc's rules (gquery.py): lines that begin with `#+`, without that mark, are YAML; `summary` is the title it shows, `tags` a list,
    `enumerate` a list of names or of one name with its values; a variable that begins with `_` would be a parameter of its own."""
    head = yaml.safe_load("\n".join(line.lstrip("#+") for line in contract.text.split("\n") if line.startswith("#+")))
    assert head == contract.head and isinstance(head["summary"], str)
    assert isinstance(head["tags"], list) and all(isinstance(tag, str) for tag in head["tags"])
    assert all(isinstance(entry, dict) and all(isinstance(values, list) for values in entry.values()) for entry in head.get("enumerate", []))
    assert head.get("method", "GET") in ("GET", "POST")
    assert not re.search(r"[?$]_", contract.query)


def test_all_competency_questions_are_answered():
    assert {name for contract in CONTRACTS for name in contract.competencies} == COMPETENCIES


def test_every_expected_answer_has_its_question():
    assert {path.name for path in FOLDER.glob("*.*")} - {exercises.REASONS} == {path.name for contract in CONTRACTS for path in (contract.path, contract.expected)}


def test_every_answer_is_ordered_so_that_it_compares():
    unordered = [contract.name for contract in CONTRACTS if contract.form is Form.SELECT and not re.search(r"\bORDER BY\b", contract.text) and len(contract.expected.read_text(encoding="utf-8").splitlines()) > 2]
    assert not unordered


GOOD = """#+ summary: "s"
#+ title@fr: "t"
#+ title@en: "t"
#+ question@fr: "q : ?"
#+ question@en: "q?"
#+ tags: [actions]
#+ parameters:
#+   number: {type: integer, fr: "numéro", en: "number", example: 24}
#+ columns:
#+   label: {type: text, fr: "n", en: "n"}
#+   grade: {type: string, fr: "n", en: "n"}
#+ shows: table
#+ exercises: [bm:number, skos:prefLabel]
PREFIX bm: <https://w3id.org/bassin-minier/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label ("A" AS ?grade)
WHERE {
  VALUES ?number { 24 } # parameter
  ?action bm:number ?number ; skos:prefLabel ?label .
}
ORDER BY ?label
"""

# The fault's line, and the change to the good file that makes it.
FAULTS = {
    "unknown key": (2, "title@fr", "titre@fr"),
    "missing key": (1, '#+ title@en: "t"\n', ""),
    "missing columns": (1, '#+ columns:\n#+   label: {type: text, fr: "n", en: "n"}\n#+   grade: {type: string, fr: "n", en: "n"}\n', ""),
    "key given twice": (3, "title@en", "title@fr"),
    "not YAML": (4, '"q : ?"', "q : ?"),
    "empty title": (2, 'title@fr: "t"', 'title@fr: ""'),
    "unknown theme": (6, "[actions]", "[nothing]"),
    "tags not a list": (6, "[actions]", "actions"),
    "parameter of an unknown type": (8, "type: integer", "type: int"),
    "parameter without an example": (8, ", example: 24", ""),
    "parameter named as the API's own": (8, "number:", "limit:"),
    "parameter without its line": (8, " # parameter", ""),
    "parameter of another name than its line": (8, "number: {type: integer", "numero: {type: integer"),
    "marked line without its parameter": (1, '#+ parameters:\n#+   number: {type: integer, fr: "numéro", en: "number", example: 24}\n', ""),
    "column of an unknown type": (10, "type: text", "type: texte"),
    "unknown view": (12, "shows: table", "shows: tables"),
    "column that the query does not give": (11, "grade: {", "degree: {"),
    "column that is not described": (9, '#+   grade: {type: string, fr: "n", en: "n"}\n', ""),
    "columns in another order": (9, 'SELECT ?label ("A" AS ?grade)', 'SELECT ("A" AS ?grade) ?label'),
    "parameter that no pattern uses": (8, "bm:number ?number", "bm:number ?other"),
    "example of another type": (8, "example: 24", "example: vingt"),
    "default of another type": (8, "VALUES ?number { 24 }", "VALUES ?number { bm:Action }"),
    "exercise that the query does not use": (13, "[bm:number", "[bm:ordinal"),
    "exercise of an unknown prefix": (13, "[bm:number", "[mb:number"),
    "view of another form": (12, "shows: table", "shows: graph"),
    "map without a geometry": (12, "shows: table", "shows: map"),
    "paging in the query": (1, "ORDER BY ?label", "ORDER BY ?label LIMIT 3"),
    "query that is not SPARQL": (19, "?action bm:number", "?action bm:number bm:number"),
    "prefix of the query unknown": (1, "PREFIX bm: <https://w3id.org/bassin-minier/ontology#>\n", ""),
    "grlc default that is not the query's": (7, "#+ parameters:", "#+ defaults: [{number: 25}]\n#+ parameters:"),
    "grlc enumeration of no parameter": (7, "#+ parameters:", "#+ enumerate: [{rank: [1]}]\n#+ parameters:"),
}


def findings(path: Path, text: str) -> list[Finding]:
    contract, found = contracts.parse(path, text)
    return found or examination.examine(contract)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_with_its_line(name):
    line, old, new = FAULTS[name]
    assert GOOD.count(old) >= 1
    found = findings(Path("question.rq"), GOOD.replace(old, new, 1))
    assert found, "nothing found"
    assert found[0].place.path == "question.rq" and found[0].place.line == line, [(finding.place, finding.fault.en) for finding in found]
    assert found[0].fault.fr and found[0].remedy.fr and found[0].severity is Severity.VIOLATION


def test_a_good_file_has_no_fault():
    assert findings(Path("question.rq"), GOOD) == []


def test_an_unreadable_head_stops_with_file_and_line(tmp_path):
    path = tmp_path / "question.rq"
    path.write_text(GOOD.replace("title@fr", "titre@fr"), encoding="utf-8")
    with pytest.raises(UnreadableError) as refused:
        contracts.read(path)
    assert (refused.value.place.path, refused.value.place.line) == (str(path), 2)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder of one question with its right answer."""
    (tmp_path / "action-label.rq").write_text(GOOD, encoding="utf-8")
    (tmp_path / "action-label.csv").write_text("label,grade\nMettre en œuvre une dizaine de cités pilotes sur la période 2014-2020,A\n", encoding="utf-8")
    return tmp_path


def judged(dataset, folder: Path) -> tuple[list[Finding], ...]:
    asked, faults = pipeline.questions(folder.glob("*.rq"))
    return faults, *pipeline.judge_answers(dataset, asked, folder)


def test_a_right_answer_is_no_finding(folder, dataset):
    text = folder / "action-label.rq"
    text.write_text(GOOD.replace("?label .", '?label . FILTER (LANG(?label) = "fr")'), encoding="utf-8")
    assert judged(dataset, folder) == ([], [], [])


@pytest.mark.parametrize("change, place", [
    (lambda folder: (folder / "action-label.csv").write_text("label,grade\nAutre chose,A\n", encoding="utf-8"), ("action-label.csv", 2)),
    (lambda folder: (folder / "action-label.csv").unlink(), ("action-label.rq", 1)),
    (lambda folder: (folder / "orphan.csv").write_text("n\n", encoding="utf-8"), ("orphan.csv", 0)),
], ids=["differs", "missing", "without its question"])
def test_an_answer_that_differs_is_a_finding_with_its_line(folder, dataset, change, place):
    test_a_right_answer_is_no_finding(folder, dataset)
    change(folder)
    *_, found = judged(dataset, folder)
    assert [(Path(finding.place.path).name, finding.place.line) for finding in found] == [place]


def test_answers_are_shown_and_rewritten(folder, engine):
    contract = contracts.read(folder / "action-label.rq")
    contract.expected.write_text("label,grade\nAutre chose,A\n", encoding="utf-8")
    shown = answers.difference(engine, contract)
    assert "-Autre chose,A" in shown and "+Mettre en œuvre" in shown
    answers.update(engine, contract)
    assert answers.difference(engine, contract) == ""


def test_check_reports_a_question_with_the_data(monkeypatch, capsys, folder):
    monkeypatch.setattr(pipeline, "QUESTIONS_FOLDER", folder)
    assert main(["check"]) == 1
    assert f"{folder / 'action-label.csv'}:" in capsys.readouterr().out


@pytest.mark.parametrize("arguments, answer", [
    (("actions-of-axis", "--param", "axis=https://w3id.org/bassin-minier/id/cpbm-2013/axe/incontournables-4", "--format", "rows", "--param", "limit=1"), '"number": 93'),
    (("places-map", "--format", "geojson"), '"type": "FeatureCollection"'),
    (("description-of",), "<https://w3id.org/bassin-minier/id/cpbm-2013/action/82>"),
    (("every-statement-rests-on-a-passage",), '"answer": true'),
])
def test_a_question_is_asked_offline_with_its_parameters(release, arguments, answer):
    done = run("query", *arguments, "--release", release.folder)
    assert done.returncode == 0 and answer in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("arguments, said", [
    (("actions-of-axis", "--param", "axis=incontournables"), "absolute IRI"),
    (("actions-of-axis", "--param", "axe=1"), "no parameter"),
    (("actions-of-axis", "--param", "axis"), "has no"),
    (("actions-of-axis", "--format", "geojson"), "is not given as"),
    (("no-such-question",), "neither a published question"),
])
def test_a_wrong_request_offline_says_what_to_give(release, arguments, said):
    done = run("query", *arguments, "--release", release.folder)
    assert done.returncode != 0 and said in done.stderr and "Traceback" not in done.stderr


@pytest.fixture(scope="session")
def terms(dataset) -> list[exercises.Term]:
    return exercises.measure(dataset, CONTRACTS, exercises.reasons(FOLDER / exercises.REASONS))


def test_every_term_of_the_ontology_is_exercised_or_says_why_not(terms):
    assert len(terms) > 200 and [term.iri for term in terms if not term.explained] == []


def test_a_recorded_reason_is_for_a_term_that_needs_one(terms):
    recorded = exercises.reasons(FOLDER / exercises.REASONS)
    assert set(recorded) == {term.iri for term in terms if not term.questions and term.iri in recorded}
    assert all(message.fr and message.en for message in recorded.values())


def test_a_term_without_question_or_reason_is_seen(dataset):
    fewer = [contract for contract in CONTRACTS if BM.raises not in exercises_of(contract)]
    assert [term.iri for term in exercises.measure(dataset, fewer, exercises.reasons(FOLDER / exercises.REASONS)) if not term.explained] == [SCHEMA.Question, BM.raises]


def exercises_of(contract: contracts.Contract) -> set:
    return set(examination.exercised(contract).values())


def test_coverage_lists_the_terms():
    done = run("coverage", "--questions", "--gaps")
    assert done.returncode == 0 and "bm:interpretiveLink\tgeneral property" in done.stdout, done.stderr


def test_unreadable_reasons_are_said_so(tmp_path):
    path = tmp_path / "not-exercised.yaml"
    path.write_text("bm:x: [a]\n", encoding="utf-8")
    with pytest.raises(UnreadableError):
        exercises.reasons(path)
