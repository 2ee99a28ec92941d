"""The real server over HTTP: queries in every form and format, exports, health, refusals."""

import csv
import io
import json
import urllib.parse
import xml.etree.ElementTree as ET

import pytest
import rdflib
from rdflib.compare import isomorphic

from conftest import ROOT, start, stop

COUNT = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a a bm:Action }"
AXES = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> CONSTRUCT { ?a bm:ordinal ?n } WHERE { ?a a bm:Axis ; bm:ordinal ?n }"


def test_the_graph_has_39_actions(service):
    status, _, body = service.query(COUNT)
    assert status == 200 and list(csv.reader(io.StringIO(body.decode()))) == [["n"], ["39"]]


@pytest.mark.parametrize("send", ["GET", "POST form", "POST direct"])
def test_the_three_ways_to_ask_agree(service, send):
    form = urllib.parse.urlencode({"query": COUNT})
    status, headers, body = {
        "GET": lambda: service.get("/sparql?" + form, Accept="text/csv"),
        "POST form": lambda: service.get("/sparql", form.encode(), Accept="text/csv", Content_Type="application/x-www-form-urlencoded"),
        "POST direct": lambda: service.query(COUNT),
    }[send]()
    assert status == 200 and headers["Content-Type"] == "text/csv; charset=utf-8" and body.split() == [b"n", b"39"]


@pytest.mark.parametrize("accept, read", [
    ("application/sparql-results+json", lambda body: json.loads(body)["results"]["bindings"][0]["n"]["value"]),
    ("application/sparql-results+xml", lambda body: ET.fromstring(body).find(".//{*}literal").text),
    ("text/csv", lambda body: body.decode().split()[1]),
    ("text/tab-separated-values", lambda body: body.decode().split()[1]),
])
def test_tables_in_four_formats(service, accept, read):
    status, headers, body = service.query(COUNT, accept)
    assert status == 200 and headers.get_content_type() == accept and headers.get_content_charset() == "utf-8"
    assert read(body) == "39"


@pytest.mark.parametrize("accept, parser", [("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/ld+json", "json-ld"), ("application/rdf+xml", "xml")])
def test_graphs_in_four_formats(service, accept, parser):
    status, headers, body = service.query(AXES, accept)
    assert status == 200 and headers.get_content_type() == accept
    assert len(rdflib.Graph().parse(data=body, format=parser)) == 13


def test_ask_answers_true_and_false(service):
    for text, truth in (("ASK {}", True), ("ASK { <urn:a> <urn:b> <urn:c> }", False)):
        assert json.loads(service.query(text, "application/sparql-results+json")[2])["boolean"] is truth


def test_inferred_statements_answer_only_on_request(service):
    links = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT (COUNT(*) AS ?n) %s { ?a bm:echoes ?w }"
    asked = links % "FROM <https://w3id.org/bassin-minier/graph/inferred>"
    assert service.query(links % "")[2].split()[1] == b"0"
    by_query = int(service.query(asked)[2].split()[1])
    parameters = urllib.parse.urlencode({"query": links % "", "default-graph-uri": "https://w3id.org/bassin-minier/graph/inferred"})
    assert int(service.get("/sparql?" + parameters, Accept="text/csv")[2].split()[1]) == by_query


def test_several_from_count_each_triple_once(service):
    text = """PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT (COUNT(*) AS ?n)
        FROM <https://w3id.org/bassin-minier/graph/source> FROM <https://w3id.org/bassin-minier/graph/entailed>
        FROM <https://w3id.org/bassin-minier/graph/vocabulary> { ?a a bm:Action }"""
    assert service.query(text)[2].split()[1] == b"39"


@pytest.mark.parametrize("text, status", [
    ("SELECT * {", 400), ("SELECT * WHERE { ?s ?p ?o } DELETE", 400), ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", 400),
    ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400), ("SELECT * { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400),
    ("ASK { " + "{ " * 5000 + "} " * 5000 + "}", 400), ("ASK { FILTER(" + "!" * 100000 + "true) }", 400),
    ("PREFIX : <http://127.0.0.1:1/> ASK { SERVICE:x { ?s ?p ?o } }", 400), ("PREFIX : <http://127.0.0.1:1/> ASK { ?x ?b 1.SERVICE:x { ?s ?p ?o } }", 400),
    # What looks like a comment, a string or an IRI to one reader and not to another must hide nothing.
    ("PREFIX a: <urn:a> ASK { ?s ?p a:b\\# . SERVICE <http://127.0.0.1:1/> {}\n }", 400), ("ASK { FILTER(1<'#>' ) SERVICE <http://127.0.0.1:1/> {} #\n }", 400),
    ("ASK { #\\u000a\"\"\"\n SERVICE <http://127.0.0.1:1/> {} #\"\"\"\n }", 400), ("ASK { ?s ?p '\\u0027 # ' . SERVICE <http://127.0.0.1:1/> {}\n }", 400),
    ("ASK { SERVICE#c\n#d {\n\t<http://127.0.0.1:1/>#e\n{} }", 400), ("ASK { SERVICE" + "#\n" * 40 + "?x{} }", 400),
    # Long chains, which end pyoxigraph's process.
    ("SELECT (1" + " - ?x" * 10000 + " AS ?y) {}", 400), ("DESCRIBE " + " ".join(f"<urn:{i}>" for i in range(5000)), 400), ("ASK { ?s ?p (" + "1 " * 10000 + ") }", 400),
    ("ASK { ?s ?p " + ", ".join(map(str, range(50000))) + " }", 400), ("SELECT " + " ".join(f"(1 AS ?v{i})" for i in range(5000)) + " {}", 400),
    ("ASK { FILTER(1<" + "(" * 50000 + "1" + ")" * 50000 + "#>\n) }", 400), ("SELECT * {" + "{}" * 50000 + "}", 400),
    ("PREFIX : <http://127.0.0.1:1/> ASK { ?s ?p ?a FILTER(?a<5)SERVICE#>\n:x { ?s ?p ?o } }", 400),
])
def test_what_cannot_be_asked_is_refused_with_a_problem(service, text, status):
    got, headers, body = service.query(text, "application/sparql-results+json")
    problem = json.loads(body)
    assert got == status == problem["status"] and headers.get_content_type() == "application/problem+json"
    assert problem["title"] and problem["title@en"] and problem["detail"]


@pytest.mark.parametrize("text", [
    "# ask the service\nSELECT * WHERE { ?s ?p ?o } LIMIT 1", "# SERVICE: see http://x/y\nSELECT * { ?s ?p 'service : oui' } LIMIT 1", "SELECT ?service { ?service ?p ?o } LIMIT 1",
    "SELECT * { VALUES ?x { " + "-1 " * 20000 + "} } LIMIT 1", "SELECT * { VALUES (?x ?y) { " + "(<http://e/a(b> 'a{\\'') " * 5000 + "} } LIMIT 1",
    "ASK { FILTER (4999 IN (" + ", ".join(map(str, range(5000))) + ")) }", "ASK { FILTER (<urn:x> IN (" + ", ".join(f"<http://fr.example/wiki/Lens_(Pas-de-Calais)#a-b-c-{i}>" for i in range(300)) + ")) }",
    "".join(f"PREFIX p{i}: <http://e/{i}#> " for i in range(5000)) + "ASK {}",
])
def test_what_is_only_long_or_sounds_alike_is_answered(service, text):
    assert service.query(text, "application/sparql-results+json")[0] == 200


def test_an_unknown_function_is_named(service):
    status, _, body = service.query("SELECT (<http://127.0.0.1:1/f>(1) AS ?x) {}")
    problem = json.loads(body)
    assert status == 400 and "http://127.0.0.1:1/f" in problem["title"] and "17.4" in problem["detail@en"] and "SERVICE" not in problem["detail"]


def test_a_syntax_error_has_its_line_and_column(service):
    problem = json.loads(service.query("SELECT *\nWHERE { ?s ?p }")[2])
    assert (problem["line"], problem["column"]) == (2, 15)


@pytest.mark.parametrize("text", ["SELECT (1" + "0" * 200000 + " AS ?x) {}", 'ASK { FILTER("' + '\\"' * 200000 + '" = "") }', "ASK { # " + '"""' * 100000, "ASK {" + "_" * 300000])
def test_a_long_text_is_screened_in_time(service, text):
    import time

    start = time.monotonic()
    status, _, _ = service.query(text, "application/sparql-results+json")
    assert status in (200, 400) and time.monotonic() - start < 3
    assert service.query("ASK {}", "application/sparql-results+json")[0] == 200


def test_a_graph_that_rdf_xml_cannot_write_is_refused_in_it(service):
    text = "CONSTRUCT { <http://x/> <http://x/1> 'a' } {}"
    assert service.query(text, "application/rdf+xml")[0] == 406
    assert service.query(text, "text/turtle")[0] == 200


def test_errors_outside_queries_are_problems_too(service):
    for path, method, status in (("/nowhere", "GET", 404), ("/sparql", "DELETE", 405)):
        got, headers, body = service.get(path, method=method)
        assert got == status == json.loads(body)["status"] and headers.get_content_type() == "application/problem+json"


def test_service_as_a_word_elsewhere_is_no_call(service):
    text = 'PREFIX services: <urn:x:> SELECT ("SERVICE <x>" AS ?service) { # SERVICE\n FILTER NOT EXISTS { ?s services:p <http://e/SERVICE> } }'
    assert service.query(text)[0] == 200


@pytest.mark.parametrize("path, data, headers, status", [
    ("/sparql", b"", {"Content_Type": "application/sparql-query", "Accept": "text/turtle"}, 406),
    ("/sparql?query=ASK%7B%7D&query=ASK%7B%7D", None, {}, 400),
    ("/sparql?query=%FF", None, {}, 400),
    ("/sparql", b"query=", {"Content_Type": "text/plain"}, 415),
    ("/sparql", b"CLEAR ALL", {"Content_Type": "application/sparql-update"}, 403),
    ("/sparql", b"", {"Content_Type": "application/x-www-form-urlencoded"}, 400),
    ("/export/nothing.ttl", None, {}, 404),
    ("/export/..%2Fserver.py", None, {}, 404),
])
def test_wrong_requests(service, path, data, headers, status):
    if status == 406:
        data = b"ASK {}"
    assert service.get(path, data, **headers)[0] == status


def test_every_file_of_the_release_is_handed_out_as_it_is(service, release):
    for name in [*release.manifest["files"], "manifest.json"]:
        status, headers, body = service.get(f"/export/{name}")
        assert status == 200 and body == (release.folder / name).read_bytes()
        assert headers.get_content_charset() == "utf-8"
    assert service.get("/export/source.ttl")[1].get_content_type() == "text/turtle"


def test_health_names_the_release(service, release):
    health = json.loads(service.get("/health")[2])
    assert health["status"] == "ok" and health["release"] == release.version
    assert health["canonicalSha256"] == release.manifest["canonicalSha256"]


def test_the_start_page_says_what_this_is_and_what_is_missing(service, release):
    status, headers, body = service.get("/")
    page = body.decode()
    assert status == 200 and headers.get_content_type() == "text/html"
    for words in ("39 actions", "109", "numéros non imprimés", "/export/default.ttl", "Licence Ouverte", release.version):
        assert words in page


def test_any_rdf_file_can_be_served_and_its_default_graph_is_not_the_union(tmp_path):
    path = tmp_path / "some.trig"
    path.write_text("<urn:a> <urn:b> 1 . <urn:g> { <urn:a> <urn:b> 2 . }", encoding="utf-8")
    process, service = start("--data", path)
    try:
        assert service.query("SELECT ?v { ?s ?p ?v }")[2].split() == [b"v", b"1"]
        assert service.query("SELECT ?v { GRAPH ?g { ?s ?p ?v } }")[2].split() == [b"v", b"2"]
        assert service.get("/export/all.nq")[0] == 404
    finally:
        stop(process)


def test_an_answer_beyond_its_budget_is_an_error_not_a_cut(release):
    process, service = start("--release", release.folder, environment={"CPBM_ANSWER_BYTES": "2000"})
    try:
        status, _, body = service.query("SELECT * { ?s ?p ?o }")
        assert status == 413 and b"LIMIT" in body
        assert service.query("ASK {}", "application/sparql-results+json")[0] == 200
    finally:
        stop(process)


def test_a_construct_gives_each_triple_once(service):
    text = "CONSTRUCT { <urn:a> <urn:b> ?p } WHERE { ?s ?p ?o }"
    lines = service.query(text, "application/n-triples")[2].splitlines()
    assert len(lines) == len(set(lines)) > 10
    again = rdflib.Graph().parse(data=service.query(text, "text/turtle")[2], format="turtle")
    assert isomorphic(again, rdflib.Graph().parse(data=b"\n".join(lines), format="nt"))


def test_wsgi_servers_find_the_application(release):
    """`server:app` is a WSGI application: werkzeug's client drives it without our server."""
    import os
    import subprocess
    import sys

    code = "from werkzeug.test import Client; import server; print(Client(server.app).get('/health').json['status'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "CPBM_RELEASE": str(release.folder)})
    assert done.stdout.strip() == "ok", done.stderr


def test_a_map_where_a_geometry_is_selected(service):
    text = """PREFIX geo: <http://www.opengis.net/ont/geosparql#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX igeo: <http://rdf.insee.fr/def/geo#>
        SELECT ?name ?wkt { ?place a igeo:Commune ; skos:prefLabel ?name ; geo:hasGeometry/geo:asWKT ?wkt FILTER (LANG(?name) = "fr") }"""
    status, headers, body = service.get("/sparql?" + urllib.parse.urlencode({"query": text, "format": "geojson"}))
    drawn = json.loads(body)
    assert status == 200 and headers.get_content_type() == "application/geo+json" and drawn["type"] == "FeatureCollection"
    points = [f for f in drawn["features"] if f["geometry"]["type"] == "Point"]
    assert len(points) >= 10 and all(1.5 < f["geometry"]["coordinates"][0] < 4.3 and 50 < f["geometry"]["coordinates"][1] < 51.1 for f in points)
    assert service.get("/sparql?" + urllib.parse.urlencode({"query": COUNT, "format": "geojson"}))[0] == 406


def test_an_empty_answer_announces_its_explanation(service):
    def links(text: str) -> str:
        return service.get("/sparql?" + urllib.parse.urlencode({"query": text}), Accept="text/csv, application/sparql-results+json;q=0.5")[1]["Link"]

    for empty in ("SELECT ?a { ?a a <urn:none> }", "SELECT (COUNT(?a) AS ?n) { ?a a <urn:none> }", "ASK { ?a a <urn:none> }"):
        assert 'rel="help"' in links(empty) and "/diagnose?query=" in links(empty) and 'rel="describedby"' in links(empty)
    assert 'rel="help"' not in links(COUNT)
