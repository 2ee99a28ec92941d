"""Why an answer is empty: 30 planted faults and more, each a file with what must be said of it, and answers truly empty."""

import json
import re
import urllib.parse
from pathlib import Path

import pytest
import yaml

from conftest import ROOT
from cpbm_kg import contracts, media
from cpbm_kg.diagnosis import diagnose
from cpbm_kg.diagnosis.emptiness import is_empty, link
from cpbm_kg.engine import Query
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import NotAcceptableError, QuerySyntaxError
from cpbm_kg.media import Form

PLANTED = sorted((Path(__file__).parent / "diagnosis" / "planted").glob("*.rq"))
EMPTY = sorted((Path(__file__).parent / "diagnosis" / "empty").glob("*.rq"))
PATIENT_S = 20.0  # what is said does not depend on how busy this machine is; bench/diagnosis.py measures the time


@pytest.fixture(scope="module")
def engine(release) -> MemoryEngine:
    return MemoryEngine.of_release(release.folder, 2**26)


def head(path: Path) -> dict:
    return yaml.safe_load("\n".join(line.removeprefix("#+ ") for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#+")))


def explain(service, text: str, until: str = "") -> dict:
    """What the service says; asked again, as a reader would, while a busy machine leaves it no time to say `until`."""
    for _ in range(30):
        status, _, body = service.get(f"/diagnose?{urllib.parse.urlencode({'query': text})}", Accept="application/json")
        assert status == 200, body
        if until in body.decode():
            break
    return json.loads(body)


def test_there_are_cases_of_every_kind():
    assert len(PLANTED) >= 30 and len(EMPTY) >= 10
    together = "".join(path.read_text(encoding="utf-8") for path in PLANTED)
    assert all(word in together for word in ("OPTIONAL", "UNION", "FILTER", "GRAPH", "COUNT", "VALUES", "EXISTS", "FROM", "BIND")) and re.search(r"\w:\w+/\w+:", together)


@pytest.mark.parametrize("path", PLANTED + EMPTY, ids=lambda path: path.stem)
def test_the_engine_finds_nothing_either(path, engine):
    answer = engine.answer(Query(path.read_text(encoding="utf-8")), {Form.SELECT: media.CSV, Form.ASK: None, Form.GRAPH: None})
    assert is_empty(answer)


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_a_planted_fault_is_found(path, engine):
    expected, found = head(path), diagnose(engine, Query(path.read_text(encoding="utf-8")), PATIENT_S)
    assert found.empty is True and found.failing
    right = [cause for cause in found.causes if cause.kind == expected["cause"] and (cause.term == expected["at"] or expected["at"] in cause.pattern)]
    assert right, found
    if "suggestion" in expected:
        assert (right[0].suggestion or "nothing") == expected["suggestion"]
    assert right[0].message.fr != right[0].message.en


@pytest.mark.parametrize("path", EMPTY, ids=lambda path: path.stem)
def test_a_truly_empty_answer_has_no_fault(path, engine):
    found = diagnose(engine, Query(path.read_text(encoding="utf-8")), PATIENT_S)
    assert found.empty is True and found.causes == ()


def test_the_service_says_what_is_found_and_what_is_not(service):
    found = explain(service, PLANTED[0].read_text(encoding="utf-8"), "here is why")
    assert found["empty"] is True and found["causes"][0]["kind"] == head(PLANTED[0])["cause"] and "here is why" in found["verdict"]["en"]
    silent = explain(service, EMPTY[0].read_text(encoding="utf-8"), "truly empty")
    assert silent["causes"] == [] and "not found" in silent["verdict"]["en"]


@pytest.mark.parametrize("contract", [c for c in contracts.read_all(ROOT / "queries") if c.form is Form.SELECT], ids=lambda contract: contract.name)
def test_a_published_question_is_not_said_to_be_empty(contract, engine):
    found = diagnose(engine, Query(contract.text), PATIENT_S)
    assert found.empty is False and not found.causes


MISSPELT = [(contract, name) for contract in contracts.read_all(ROOT / "queries") if contract.form is Form.SELECT
            for name in contract.head["exercises"] if name.startswith("bm:") and len(name) > 6]


@pytest.mark.parametrize("contract, name", MISSPELT[::6], ids=lambda value: getattr(value, "name", value))
def test_a_letter_left_out_of_a_published_question_is_found(contract, name, engine):
    prologue, select, rest = contract.query.partition("SELECT")
    text = prologue + select + re.sub(rf"(?<![\w:]){name}\b", name[:-2] + name[-1], rest)
    if not is_empty(engine.answer(Query(text), {Form.SELECT: media.CSV, Form.ASK: None, Form.GRAPH: None})):
        return  # it stands in an OPTIONAL or a UNION: the answer is not empty
    found = diagnose(engine, Query(text), PATIENT_S)
    assert [cause.suggestion.rpartition("#")[2] for cause in found.causes if cause.kind == "unknown-iri" and cause.suggestion] == [name.removeprefix("bm:")], found


HEAVY = """SELECT (COUNT(*) AS ?n) WHERE { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . FILTER (CONCAT(STR(?b), STR(?d), STR(?f)) = "nothing") }"""


def test_a_heavy_query_is_given_up_rather_than_guessed_at(service):
    found = explain(service, HEAVY)
    assert found["empty"] is None and found["causes"] == [] and "not found" in found["verdict"]["en"]


def test_without_time_nothing_is_asked_and_nothing_said(engine):
    found = diagnose(engine, Query(PLANTED[0].read_text(encoding="utf-8")), 0.0)
    assert found.probes == 1 and found.causes == ()


def test_what_is_too_long_is_not_explained(service):
    found = explain(service, "SELECT * WHERE { " + "?a ?b ?c . " * 500 + "}")
    assert found["empty"] is None and found["causes"] == []


def test_what_is_no_query_is_refused_with_its_line(service, engine):
    status, headers, body = service.get("/diagnose?query=SELECT%20*%20WHERE%20%7B")
    assert status == 400 and json.loads(body)["line"] == 1
    assert service.get("/diagnose")[0] == 400
    with pytest.raises(QuerySyntaxError):
        diagnose(engine, Query("SELECT"))


def test_limit_zero_is_said(service):
    assert [cause["kind"] for cause in explain(service, "SELECT * WHERE { ?s ?p ?o } LIMIT 0")["causes"]] == ["limit"]


def test_the_request_s_own_dataset_counts(service):
    query = urllib.parse.urlencode({"query": "SELECT * WHERE { ?a <https://w3id.org/bassin-minier/ontology#echoes> ?w }", "default-graph-uri": "https://w3id.org/bassin-minier/graph/inferred"})
    assert json.loads(service.get(f"/diagnose?{query}", Accept="application/json")[2])["empty"] is False


@pytest.mark.parametrize("language, said", [("fr", "voici pourquoi"), ("en", "here is why")])
def test_the_page_says_it_in_both_languages(service, language, said):
    text = (Path(__file__).parent / "diagnosis" / "planted" / "class-misspelt.rq").read_text(encoding="utf-8")
    for _ in range(30):
        status, headers, body = service.get(f"/{language}/diagnose?{urllib.parse.urlencode({'query': text})}")
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        if said in body.decode():
            break
    assert said in body.decode() and "bm:Action" in body.decode() and "<script" not in body.decode()


@pytest.mark.parametrize("text, empty", [
    ("SELECT ?s WHERE { ?s <x:nothing> ?o }", True), ("SELECT (COUNT(*) AS ?n) WHERE { ?s <x:nothing> ?o }", True), ("SELECT (0 AS ?n) (1 AS ?m) WHERE {}", False),
    ("SELECT ?s WHERE { ?s ?p ?o } LIMIT 1", False), ("ASK { ?s <x:nothing> ?o }", True), ("ASK { ?s ?p ?o }", False),
    ("CONSTRUCT WHERE { ?s <x:nothing> ?o }", True), ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1", False),
])
def test_an_empty_answer_is_told_from_any_other_in_every_format(text, empty, engine):
    formats = {format: form for form, offered in media.OFFERED.items() for format in offered}
    for format, form in formats.items():
        try:
            answer = engine.answer(Query(text), {other: format if other is form else None for other in Form})
        except NotAcceptableError:
            continue  # a format of another form
        assert is_empty(answer) is empty, format
        header = link(Query(text), answer)
        assert (header is not None) is empty and (not empty or header.startswith("</diagnose?query="))


def test_no_link_is_longer_than_headers_may_be(engine):
    text = "SELECT ?s WHERE { ?s <x:nothing> ?o } #" + "x" * 5000
    answer = engine.answer(Query(text), {Form.SELECT: media.CSV, Form.ASK: None, Form.GRAPH: None})
    assert is_empty(answer) and link(Query(text), answer) is None
