"""One contract for every engine behind the seam: memory, a store on disk, and two servers (Oxigraph's own, Virtuoso 7). The
same cases, over HTTP, on the real release. A server that cannot be started here is skipped with its reason."""

import contextlib
import json
import shutil
import urllib.parse

import pytest

import peers
from conftest import ROOT, run, start, stop
from cpbm_kg import contracts
from cpbm_kg.engine import Query, disk
from cpbm_kg.engine.disk import DiskEngine
from cpbm_kg.errors import EngineFailureError
from cpbm_kg.media import OFFERED, Form
from cpbm_kg.release import open_release
from cpbm_kg.settings import STORES
from cpbm_kg.vocabulary import GRAPH

FORMATS = {form: offered[0] for form, offered in OFFERED.items()}
QUESTIONS = sorted(path.stem for path in contracts.files(ROOT / "queries"))
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def kept(release, tmp_path_factory):
    """A copy of the release in a store of its own, beside which a store on disk may be written."""
    folder = tmp_path_factory.mktemp("kept") / "releases" / release.folder.name
    shutil.copytree(release.folder, folder)
    return open_release(folder)


class Behind:
    """A server that holds the release: where queries go, where its graphs and updates are, and who may change them."""

    def __init__(self, name: str, port: int):
        self.name, self.port = name, port
        base, behind = f"http://127.0.0.1:{port}", peers.BEHIND[name]
        self.query, self.graphs, self.update, self.login = base + behind.query, base + behind.graphs, base + behind.update, behind.login

    def push(self, folder) -> str:
        done = run("push", self.graphs, "--update", self.update, "--release", folder, environment={"CPBM_STORE_LOGIN": self.login})
        assert done.returncode == 0, done.stderr
        return done.stdout


# Where Virtuoso 7.2.5 departs from SPARQL 1.1 (docs/scaling.md tells an operator the same): a test that passes has lost its reason.
DATES = "xsd:date() gives a dateTime"
FAULTS_OF_VIRTUOSO = {
    "dated-meetings": DATES, "meetings": DATES, "printed-weekdays": DATES + "; a boolean is 1",
    "places-map": "coordinates of a point in single precision", "what-is-where": "coordinates of a point in single precision",
    "outlines": "a value of more than 4 kB cannot be ordered", "terms": "a boolean is 1",
    "wordings-of-action": "FILTER NOT EXISTS inside OPTIONAL empties it",
    "named": "an aggregate over a graph outside the dataset counts 1",
}


@contextlib.contextmanager
def server(name: str, port: int, nothing):
    """One of `bench/servers`, empty but for a triple in a graph that is not ours."""
    nothing.write_text("<urn:not> <urn:of> <urn:ours> .\n", encoding="utf-8")
    with peers.started({name: nothing}, port) as found:
        if name not in found:
            pytest.skip(f"{name} could not be started here")
        yield Behind(name, port)


@pytest.fixture(scope="module", params=[*STORES, "oxigraph", "virtuoso"])
def engine(request, kept, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        store, kind = request.param, request.param
        if request.param not in STORES:
            found = stack.enter_context(server(request.param, 8300, tmp_path_factory.mktemp("engine") / "nothing.ttl"))
            found.push(kept.folder)
            store, kind = found.query, "remote"
        process, service = start("--release", kept.folder, "--store", store)
        service.name, service.faults = kind, FAULTS_OF_VIRTUOSO if request.param == "virtuoso" else {}
        yield service
        stop(process)


def test_it_says_what_it_is(engine):
    assert json.loads(engine.get("/health")[2])["engine"] == {"kind": engine.name, "answers": True}


def note(request, engine, name: str) -> None:
    """What follows is known to fail there, or must pass."""
    if name in engine.faults:
        request.applymarker(pytest.mark.xfail(reason=f"Virtuoso: {engine.faults[name]}", strict=True))


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_gives_its_expected_answer(engine, name, request):
    note(request, engine, name)
    contract = contracts.read(ROOT / "queries" / f"{name}.rq")
    format = {Form.SELECT: "csv", Form.ASK: "json", Form.GRAPH: "ttl"}[contract.form]
    status, _, body = engine.get(f"/q/{name}.{format}")
    assert status == 200 and body.decode().replace("\r\n", "\n") == contract.expected.read_text(encoding="utf-8")


def test_the_dataset_of_the_request_is_kept_to(engine):
    count = urllib.parse.quote("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    whole = int(engine.get(f"/sparql?query={count}&format=csv")[2].split()[1])
    part = int(engine.get(f"/sparql?query={count}&format=csv&default-graph-uri={GRAPH.inferred}")[2].split()[1])
    assert 0 < part < whole
    named = urllib.parse.quote(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH.inferred}> {{ ?s ?p ?o }} }}")
    assert int(engine.get(f"/sparql?query={named}&format=csv")[2].split()[1]) == part


def test_a_graph_outside_the_dataset_of_the_request_is_empty(engine, request):
    rows = urllib.parse.quote(f"SELECT ?s {{ GRAPH <{GRAPH.inferred}> {{ ?s ?p ?o }} }}")
    assert engine.get(f"/sparql?query={rows}&format=csv&named-graph-uri={GRAPH.source}")[2].split() == [b"s"]
    note(request, engine, "named")
    named = urllib.parse.quote(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH.inferred}> {{ ?s ?p ?o }} }}")
    assert int(engine.get(f"/sparql?query={named}&format=csv&named-graph-uri={GRAPH.source}")[2].split()[1]) == 0


def test_a_query_without_end_is_ended_and_others_go_on(engine):
    assert engine.get(f"/sparql?timeout=1&query={urllib.parse.quote(ENDLESS)}")[0] == (504 if engine.name == "remote" else 408)
    assert engine.query("ASK {}", "application/sparql-results+json")[0] == 200


def test_what_is_no_query_is_refused_with_its_place(engine):
    status, _, body = engine.query("SELECT * {\n  ?s ?p }")
    assert status == 400 and json.loads(body)["line"] == 2


def test_files_and_other_servers_are_out_of_reach(engine):
    for query in ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"):
        status, _, body = engine.query(query)
        assert status == 400 or len(body.split()) == 1, "columns at most"


def test_a_page_and_an_export_are_the_same(engine, kept):
    assert b"B\xc3\xa9thune" in engine.get("/fr/page/id/cpbm-2013/action/70")[2]
    assert engine.get("/export/default.ttl")[2] == (kept.folder / "default.ttl").read_bytes()


def test_a_store_is_written_once_and_for_its_release_alone(kept):
    place = disk.prepare(kept.folder, kept.id)
    before = place.stat().st_ino
    assert disk.prepare(kept.folder, kept.id) == place and place.stat().st_ino == before
    assert disk.prepare(kept.folder, "another") == place and place.stat().st_ino != before
    assert DiskEngine(place, 2**20).answer(Query("ASK { ?s ?p ?o }"), FORMATS).body.strip() == b'{"head":{},"boolean":true}'
    assert not [left for left in kept.folder.parent.iterdir() if left.name.startswith(".store-")]


def test_a_store_that_is_half_there_is_not_opened(kept, tmp_path):
    folder = tmp_path / kept.folder.name
    shutil.copytree(kept.folder, folder)
    half = folder.with_name(f".{folder.name}.store")
    (half / "store").mkdir(parents=True)
    disk.prepare(folder, kept.id)
    assert DiskEngine(half, 2**20).answer(Query("ASK { ?s ?p ?o }"), FORMATS).rows == 1
    shutil.rmtree(half / "store")
    with pytest.raises(EngineFailureError):
        DiskEngine(half, 2**20)


def test_stores_of_releases_that_are_gone_are_cleared_away(kept, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(kept.folder, tmp_path / name)
    first = disk.prepare(tmp_path / "one", "one")
    shutil.rmtree(tmp_path / "one")
    disk.prepare(tmp_path / "two", "two")
    assert not first.exists()
