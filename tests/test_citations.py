"""`/r/<id>`: an answer under its permanent address, from the newest release and from one that is kept, and how it is cited."""

import json
import random
import re
import shutil
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT, run, start, stop
from cpbm_kg import citing
from cpbm_kg.citing import Cited

ACTIONS = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT ?n { ?a a bm:Action ; bm:number ?n } ORDER BY ?n"


def cite(service, **parameters) -> str:
    """The address that a query or a question is led to."""
    status, headers, body = service.get("/cite?" + urllib.parse.urlencode(parameters), Accept="application/json")
    assert status == 200, body
    return re.search(r'<https://w3id.org/bassin-minier(/r/[^>]+)>; rel="cite-as"', headers["Link"])[1]


def said(service, address: str) -> dict:
    status, _, body = service.get(address, Accept="application/json")
    assert status == 200, body
    return json.loads(body)


@given(st.builds(Cited, st.from_regex(r"[0-9]\.[0-9]\.[0-9]-[0-9a-f]{12}", fullmatch=True), text=st.text(min_size=1, max_size=500)))
def test_a_name_says_a_query_back(cited):
    assert citing.read(citing.name(cited)) == cited


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.lists(st.text(max_size=40), min_size=1, max_size=3), max_size=4))
def test_a_name_says_a_question_and_its_values_back(values):
    assert citing.read(citing.name(Cited("0.1.0-0123456789ab", "actions-of-axis", values))) == Cited("0.1.0-0123456789ab", "actions-of-axis", values)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=80))
def test_what_is_no_name_is_refused_and_never_a_traceback(service, text):
    status, _, body = service.get("/r/" + urllib.parse.quote(f"0.1.0~~{text}", safe=""))
    assert status in (200, 400, 404), body


def test_a_query_is_cited_and_says_how(service, release):
    address = cite(service, query=ACTIONS)
    about = said(service, address)
    assert about["release"] == release.id and about["count"] == 39 and about["newest"] == {"release": release.id, "same": True, "added": [], "removed": []}
    assert about["query"] == ACTIONS and about["url"] == "https://w3id.org/bassin-minier" + address
    status, headers, body = service.get(address + "?format=csv")
    assert status == 200 and body.split()[0] == b"n" and len(body.split()) == 40
    assert headers["CPBM-Release"] == release.id and about["digest"] == headers["CPBM-Answer-Digest"] and f'<{about["url"]}>; rel="cite-as"' in headers["Link"]


def test_a_question_is_cited_with_its_values(service):
    axis = "https://w3id.org/bassin-minier/id/cpbm-2013/axe/incontournables-4"
    status, headers, body = service.get("/q/actions-of-axis?" + urllib.parse.urlencode({"axis": axis, "format": "rows"}))
    address = cite(service, question="actions-of-axis", axis=axis)
    assert f'<https://w3id.org/bassin-minier{address}>; rel="cite-as"' in headers["Link"]
    about = said(service, address)
    assert about["digest"] == json.loads(body)["digest"] and about["parameters"] == {"axis": [axis]} and about["title"]["fr"]


@pytest.mark.parametrize("language, words", [("fr", "Adresse permanente"), ("en", "Permanent address")])
def test_the_page_shows_question_answer_and_citation(service, language, words):
    status, headers, body = service.get(f"/{language}" + cite(service, question="axes"), Accept="text/html")
    text = body.decode()
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert words in text and "@misc{cpbm-kg-" in text and "<table>" in text and "https://w3id.org/bassin-minier/r/" in text


def test_bibtex_and_csl_are_given(service):
    address = cite(service, question="axes")
    _, headers, body = service.get(address + "?format=bibtex")
    assert headers["Content-Type"].startswith("application/x-bibtex") and body.startswith(b"@misc{cpbm-kg-") and body.count(b"{") == body.count(b"}")
    (item,) = json.loads(service.get(address + "?format=csl")[2])
    assert item["type"] == "dataset" and item["URL"].endswith(address) and item["issued"]["date-parts"][0][0] >= 2026


@pytest.mark.parametrize("query, form", [("ASK {}", b"true"), ("CONSTRUCT { ?a a <http://x/> } { ?a a <https://w3id.org/bassin-minier/ontology#ActionPlan> }", b"http://x/")])
def test_every_form_of_query_can_be_cited(service, query, form):
    address = cite(service, query=query)
    assert said(service, address)["count"] == 1
    assert form in service.get(address + ("?format=json" if query.startswith("ASK") else "?format=nt"))[2]


@pytest.mark.parametrize("path, status", [
    ("/r/nothing", 404), ("/r/0.1.0~", 404), ("/r/0.1.0~~AAAA", 404), ("/r/9.9.9-000000000000~axes", 404), ("/r/..~axes", 404),
    ("/cite", 400), ("/cite?question=no-such", 400), ("/cite?question=axes&odd=1", 400)])
def test_what_names_nothing_is_said(service, path, status):
    found, headers, body = service.get(path)
    assert found == status and headers["Content-Type"].startswith("application/problem+json") and json.loads(body)["detail@en"]


def test_a_query_too_long_for_an_address_is_refused(service):
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=7000))
    status, _, body = service.get("/cite?" + urllib.parse.urlencode({"query": f'SELECT * {{ ?s ?p "{noise}" }}'}))
    assert status == 400 and "too long" in json.loads(body)["title@en"]


def test_a_query_that_fails_fails_with_its_own_status(service, release):
    assert service.get("/r/" + citing.name(Cited(release.id, text="SELECT * { ?s ?p }")))[0] == 400


@pytest.fixture(scope="module")
def kept(release, tmp_path_factory):
    """A server whose newest release is of another plan, and the identifier of the older one that is kept beside it."""
    folder = tmp_path_factory.mktemp("kept")
    older = folder / "releases" / f"0.0.9-{release.manifest['canonicalSha256'][:12]}"
    shutil.copytree(release.folder, older)
    (older / "manifest.json").write_text(json.dumps(release.manifest | {"version": "0.0.9"}), encoding="utf-8")
    done = run("build", "--plan", ROOT / "tests/plans/alpha", "--release", folder / "release")
    assert done.returncode == 0, done.stdout + done.stderr
    process, service = start("--release", folder / "release")
    yield service, older.name
    stop(process)


def test_an_old_release_answers_and_says_what_has_changed_since(kept):
    service, older = kept
    newest = json.loads(service.get("/health")[2])["releaseId"]
    assert newest != older
    address = "/r/" + citing.name(Cited(older, text=ACTIONS))
    about = said(service, address)
    assert about["release"] == older and about["count"] == 39 and about["newest"]["release"] == newest and not about["newest"]["same"]
    assert len(about["newest"]["removed"]) > 30
    status, headers, body = service.get(address + "?format=csv")
    assert status == 200 and headers["CPBM-Release"] == older and len(body.split()) == 40
    page = service.get("/en" + address, Accept="text/html")[2].decode()
    assert "removed" in page and f"/r/{newest}~~" in page


def test_a_question_of_an_old_release_is_asked_as_it_was_then(kept):
    service, older = kept
    assert said(service, f"/r/{older}~axes")["count"] == 13


def test_a_heavy_query_to_an_old_release_holds_nobody_up(kept):
    service, older = kept
    heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    status, _, _ = service.get("/r/" + citing.name(Cited(older, text=heavy)))
    assert status in (408, 503)
    assert service.get("/health")[0] == 200
