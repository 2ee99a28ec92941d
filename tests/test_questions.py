"""The published questions over HTTP: formats, typed parameters, pages, digests, and their OpenAPI document."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pandas
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from rdflib.term import Literal, URIRef

from conftest import ROOT
from cpbm_kg import asking, contracts, media, parameters, wkt
from cpbm_kg.engine import Query
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import RequestError
from cpbm_kg.media import Form
from markup import Page

CONTRACTS = {contract.name: contract for contract in contracts.read_all(ROOT / "queries")}
AXIS = "https://w3id.org/bassin-minier/id/cpbm-2013/axe/incontournables-4"


def ask(service, name: str, accept: str | None = None, spoken: str = "", **query):
    text = urllib.parse.urlencode(query, doseq=True)
    return service.get((f"/{spoken}" if spoken else "") + f"/q/{name}" + (f"?{text}" if text else ""), **({"Accept": accept} if accept else {}))


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_question_gives_its_expected_answer_over_http(service, name):
    contract = CONTRACTS[name]
    format = {Form.SELECT: "csv", Form.ASK: "json", Form.GRAPH: "ttl"}[contract.form]
    status, headers, body = ask(service, name, format=format)
    assert status == 200
    assert body.decode().replace("\r\n", "\n") == contract.expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("accept, content_type", [
    ("*/*", "application/json"), ("application/json", "application/json"), ("application/sparql-results+json", "application/sparql-results+json"),
    ("text/csv", "text/csv"), ("text/tab-separated-values", "text/tab-separated-values"), ("application/geo+json", "application/geo+json"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
])
def test_accept_chooses_the_format(service, accept, content_type):
    status, headers, _ = ask(service, "places-map", accept)
    assert (status, headers["Content-Type"]) == (200, f"{content_type}; charset=utf-8")
    assert "Accept" in headers["Vary"]


@pytest.mark.parametrize("name, format, digested", [
    ("actions", "rows", "tsv"), ("actions", "csv", "tsv"), ("actions", "html", "tsv"), ("places-map", "geojson", "tsv"),
    ("description-of", "ttl", "nt"), ("every-statement-rests-on-a-passage", "rows", "json"),
])
def test_an_answer_carries_its_release_and_its_digest(service, release, name, format, digested):
    _, headers, body = ask(service, name, format=format)
    digest = hashlib.sha256(ask(service, name, format=digested)[2]).hexdigest()
    assert headers["CPBM-Answer-Digest"] == f"sha256:{digest}"
    assert headers["CPBM-Release"] == release.id
    if format in ("rows", "html"):
        assert digest in body.decode() and release.id in body.decode()


def test_rows_are_plain_objects_that_pandas_reads(service):
    answer = json.loads(ask(service, "actions", format="rows")[2])
    frame = pandas.DataFrame(answer["rows"])
    assert list(frame.columns) == [column.name for column in CONTRACTS["actions"].columns] == list(answer["columns"])
    assert len(frame) == 39 and frame["number"].dtype == "int64"
    other = pandas.read_csv(io.BytesIO(ask(service, "actions", format="csv")[2]))
    assert other["label"].tolist() == frame["label"].tolist()


def test_a_map_is_geojson_with_longitude_first(service):
    answer = json.loads(ask(service, "places-map", format="geojson")[2])
    assert len(answer["features"]) == 14
    for feature in answer["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert 1 < longitude < 4 and 49 < latitude < 52 and "geometry" not in feature["properties"]


@pytest.mark.parametrize("text, geometry", [
    ("POINT(3 50.5)", {"type": "Point", "coordinates": [3, 50.5]}),
    ("POLYGON((0 0, 1 0, 1 1, 0 0),(.1 .1, .2 .1, .1 .1))", None),
    ("POLYGON((0 0, 1 0, 1 -1.5, 0 0))", {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, -1.5], [0, 0]]]}),
    ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> multipolygon (((0 0, 1 0, 1 1, 0 0)))", {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}),
    ("POINT EMPTY", None), ("CIRCLE(0 0)", None), (None, None),
])
def test_wkt_becomes_geojson_or_nothing(text, geometry):
    assert wkt.geometry(text) == geometry


def test_every_geometry_of_the_release_can_be_drawn(release):
    graph = rdflib.Graph().parse(release.folder / "external.ttl")
    texts = [str(text) for text in graph.objects(None, URIRef("http://www.opengis.net/ont/geosparql#asWKT"))]
    assert texts and all(wkt.geometry(text) for text in texts)


def test_a_parameter_changes_the_answer(service):
    rows = json.loads(ask(service, "actions-of-axis", axis=AXIS)[2])["rows"]
    assert [row["number"] for row in rows] == [93, 94]


def test_a_parameter_of_several_values_takes_several(service):
    public = "https://w3id.org/bassin-minier/id/public/"
    one = json.loads(ask(service, "actions-by-public", public=public + "jeunes")[2])["rows"]
    two = json.loads(ask(service, "actions-by-public", public=[public + "jeunes", public + "habitants"])[2])["rows"]
    assert {row["group"] for row in one} < {row["group"] for row in two}


def test_a_language_is_one_of_an_enumeration(service):
    labels = [row["label"] for row in json.loads(ask(service, "terms", language="en")[2])["rows"]]
    assert "Proposed action" in labels
    assert ask(service, "terms", language="de")[0] == 400


@pytest.mark.parametrize("name, query", [
    ("actions-of-axis", {"axis": "incontournables-1"}), ("actions-of-axis", {"axis": [AXIS, AXIS]}), ("actions-of-axis", {"axis": ""}),
    ("actions-of-axis", {"axe": AXIS}), ("action-content", {"number": "24.0"}), ("action-content", {"number": "24 25"}),
    ("actions", {"limit": "0"}), ("actions", {"limit": "ten"}), ("actions", {"limit": "1e3"}), ("actions", {"offset": "-1"}), ("actions", {"format": "pdf"}),
    ("actions", {"format": ["csv", "tsv"]}), ("actions", {"lang": "de"}), ("every-statement-rests-on-a-passage", {"limit": "1"}),
    ("wordings-naming", {"expression": "x" * 1001}),
])
def test_what_is_not_of_its_type_is_refused(service, name, query):
    status, headers, body = ask(service, name, **query)
    problem = json.loads(body)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json; charset=utf-8")
    assert all(problem[key] for key in ("title", "detail", "title@en", "detail@en"))


def test_an_unknown_question_and_an_unknown_format_are_told_apart(service):
    assert ask(service, "no-such-question")[0] == 404
    assert ask(service, "actions", "application/pdf")[0] == 406


INJECTIONS = [
    'x" } UNION { ?s ?p ?o } #', "x' } #", 'x\\" } #', "x\\u0022 } UNION { ?s ?p ?o } #", 'x"@fr } #', "x\n} UNION { ?s ?p ?o", "x } # parameter\n", "$&\\1\\g<0>",
    "Bassin minier\" } ?formulation ?p ?o VALUES ?x { \"", "\\", "\\\\", '"""', "'''", "\x00", "\u2028",
]


@pytest.mark.parametrize("value", INJECTIONS, ids=range(len(INJECTIONS)))
def test_a_string_that_tries_to_leave_its_place_stays_a_string(service, value):
    status, _, body = ask(service, "wordings-naming", expression=value)
    assert (status, json.loads(body)["rows"]) == (200, [])


@pytest.mark.parametrize("value", [
    AXIS + "> } #", AXIS + "> <x:y", AXIS + " }", AXIS + "\n", AXIS + "\\u003e", "axe:incontournables-1", "<" + AXIS + ">", "javascript:alert(1)", AXIS + '"', AXIS + "{}",
])
def test_an_iri_that_tries_to_leave_its_place_is_refused(service, value):
    assert ask(service, "actions-of-axis", axis=value)[0] == 400


EMPTY = MemoryEngine.of_triples(b"", 2**20)


def echoed(term) -> object:
    """A term after a VALUES line, the engine, and its JSON."""
    text = f"SELECT ?x {{ VALUES ?x {{ {parameters.written(term)} }} }}"
    results = json.loads(EMPTY.answer(Query(text), {Form.SELECT: media.JSON, Form.ASK: None, Form.GRAPH: None}).body)["results"]["bindings"]
    assert len(results) == 1
    return results[0]["x"]


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_string_arrives_as_itself(value):
    assert echoed(Literal(value))["value"] == value


@settings(max_examples=200, deadline=None)
@given(st.from_regex(parameters.IRI_PATTERN, fullmatch=True))
def test_every_iri_that_is_admitted_arrives_as_itself(value):
    assert echoed(parameters.READERS["iri"](value)) == {"type": "uri", "value": value}


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from(sorted(parameters.READERS)))
def test_a_value_changes_one_line_of_the_query_and_no_other(value, kind):
    parameter = parameters.Parameter("expression", kind, CONTRACTS["actions"].title, "")
    try:
        asked = asking.Asked(CONTRACTS["wordings-naming"], {"expression": parameter.read([value])})
    except RequestError:
        return
    before, after = CONTRACTS["wordings-naming"].text.split("\n"), asked.text.split("\n")
    assert len(before) == len(after) and sum(a != b for a, b in zip(before, after, strict=True)) <= 1


def test_pages_follow_each_other_to_the_whole_answer(service):
    whole = json.loads(ask(service, "actions")[2])["rows"]
    target, collected = "/q/actions?limit=7", []
    while target:
        _, headers, body = service.get(target)
        collected += json.loads(body)["rows"]
        links = dict(reversed(link) for link in re.findall(r'<([^>]*)>; rel="([\w-]+)"', headers["Link"]))
        assert ("prev" in links) == ("offset=" in target and "offset=0" not in target) and links["first"] == "/q/actions?limit=7&offset=0"
        target = links.get("next")
    assert collected == whole and len(whole) == 39


def test_an_empty_answer_leads_to_its_explanation(service):
    _, headers, body = ask(service, "wordings-naming", expression="nulle part")
    assert json.loads(body)["rows"] == []
    assert re.search(r'</diagnose\?query=[^>]*>; rel="help"', headers["Link"])
    assert "rel=\"help\"" not in ask(service, "actions")[1]["Link"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", ["", *CONTRACTS])
def test_a_page_is_semantic_and_needs_no_script(service, name, language):
    status, headers, body = ask(service, name, "text/html", spoken=language)
    page = Page(body.decode())
    assert status == 200 and page.all("html")[0]["lang"] == language
    assert not page.all("script") and not page.all("style") and not any("style" in attributes or any(key.startswith("on") for key in attributes) for _, attributes in page.tags)
    assert len(page.all("h1")) == 1 and len(page.all("main")) == 1
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in page.all("label")}
    assert all(field["id"] in labelled for field in page.all("input") + page.all("select") if field.get("type") != "hidden")
    assert len(page.all("caption")) == len(page.all("table"))
    assert {link["hreflang"] for link in page.all("link") if link["rel"] == "alternate"} == {"fr", "en"}


@pytest.mark.parametrize("wanted, spoken", [("en-GB,en;q=0.9", "en"), ("fr-CH, en;q=0.5", "fr"), ("de", "fr"), ("", "fr")])
def test_a_bare_address_speaks_the_reader_s_language(service, wanted, spoken):
    status, headers, body = service.get("/q/axes", Accept="text/html", **({"Accept_Language": wanted} if wanted else {}))
    assert (status, headers["Content-Language"]) == (200, spoken) and "Accept-Language" in headers["Vary"]
    assert f'<link rel="canonical" href="/{spoken}/q/axes">' in body.decode()
    status, headers, same = service.get(f"/{spoken}/q/axes", Accept="text/html", Accept_Language="xx")
    assert same == body and "Accept-Language" not in headers["Vary"]


def test_the_form_of_a_page_asks_the_question_again(service):
    page = Page(ask(service, "actions-of-axis", "text/html")[2].decode())
    form, field = page.all("form")[0], page.all("input")[0]
    assert (form["method"], form["action"]) == ("get", "/fr/q/actions-of-axis")
    status, _, body = service.get(form["action"] + "?" + urllib.parse.urlencode({field["name"]: field["value"]}), Accept="text/html")
    assert status == 200 and "39" in body.decode()


def test_the_list_names_every_question_under_a_theme_in_both_languages(service):
    for language in ("fr", "en"):
        body = ask(service, "", "text/html", spoken=language)[2].decode()
        addresses = [link["href"] for link in Page(body).all("a") if link["href"].startswith(f"/{language}/q/") and link["href"] != f"/{language}/q/"]
        assert sorted(address.removeprefix(f"/{language}/q/") for address in addresses) == sorted(CONTRACTS)
    listed = json.loads(ask(service, "")[2])
    assert [entry["question"] for entry in listed["questions"]] == sorted(CONTRACTS)


def test_the_style_sheet_is_ours(service):
    assert service.get("/static/site.css")[:1] == (200,)


@pytest.fixture(scope="module")
def described(service) -> dict:
    status, headers, body = service.get("/openapi.json")
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    return json.loads(body)


def test_the_openapi_document_is_valid_and_has_one_path_per_question(described, service, release):
    OpenAPIV31SpecValidator(described).validate()
    assert set(described["paths"]) == {f"/q/{name}" for name in CONTRACTS}
    assert described["info"]["version"] == release.version and described["servers"] == [{"url": service.url}]


# One question of each kind of parameter and of answer; `make fuzz` takes all of them.
KINDS = CONTRACTS if os.environ.get("CPBM_FUZZ") else ("actions-of-axis", "action-content", "wordings-naming", "actions-by-public", "terms", "places-map", "description-of", "every-statement-rests-on-a-passage")


def test_the_api_keeps_what_its_document_says(service, described, tmp_path):
    """Schemathesis sends what the document allows and what it forbids, and holds every answer to it."""
    done = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "run", f"{service.url}/openapi.json", "--max-examples", "3", "--checks", "all", "--seed", "1", "--no-color",
         *(argument for name in KINDS for argument in ("--include-path", f"/q/{name}"))],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=900)
    assert done.returncode == 0 and "No issues found" in done.stdout, done.stdout[-5000:]
