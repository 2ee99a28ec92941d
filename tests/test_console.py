"""`/query` without a browser: what it answers, refuses, marks and links, whatever the query."""

import csv
import html
import io
import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

import pytest

from conftest import ROOT
from cpbm_kg import contracts
from cpbm_kg.vocabulary import BASE
from markup import Page

ACTIONS = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#>\nSELECT ?a ?n { ?a a bm:Action ; bm:number ?n } ORDER BY ?n"
ECHOES = "SELECT (COUNT(*) AS ?n) { ?a <https://w3id.org/bassin-minier/ontology#echoes> ?w }"


def asked(service, query: str, language: str = "fr", **more: str) -> tuple[int, str]:
    status, headers, body = service.get(f"/{language}/query?" + urlencode({"query": query, **more}))
    assert headers.get_content_type() == "text/html"
    return status, body.decode()


def links(page: str) -> list[str]:
    return [link["href"] for link in Page(page).all("a")]


def test_an_answer_is_a_table_whose_things_have_names_and_pages(service):
    status, page = asked(service, ACTIONS)
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td></tr>", page)
    assert status == 200 and len(rows) == 39 and re.search(r">1</span>", rows[0][1]) and "/fr/page/id/cpbm-2013/action/1" in rows[0][0]
    assert "stations « sports et nature »" in html.unescape(rows[0][0])


def test_downloads_give_the_whole_answer(service):
    _, page = asked(service, ACTIONS)
    (target,) = [link for link in links(page) if link.startswith("/sparql?") and "format=csv" in link]
    assert len(list(csv.reader(io.StringIO(service.get(target)[2].decode())))) == 40


def test_only_the_first_rows_are_shown_and_it_says_so(service):
    _, page = asked(service, "SELECT * { ?s ?p ?o } LIMIT 3000", "en")
    assert page.count("<tr><td>") == 500 and re.search(r"3000 row\(s\),\s+the first\s+500", page)
    _, page = asked(service, "SELECT * { ?s ?p ?o } LIMIT 12000", "en")
    assert "too many for a page" in page and "<tr><td>" not in page


@pytest.mark.parametrize("query, said", [
    ("ASK { ?a a <https://w3id.org/bassin-minier/ontology#Action> }", '<strong class="figure">oui'), ("ASK { ?a a <urn:none> }", '<strong class="figure">non'),
    (f"DESCRIBE <{BASE}id/lieu/auby>", "lieu/auby"), ("SELECT * { ?s a <urn:none> }", "Aucune ligne."),
])
def test_each_form_has_its_look(service, query, said):
    status, page = asked(service, query)
    assert status == 200 and said in page


@pytest.mark.parametrize("name, title, query", [
    ("map", "La réponse sur une carte", "places-map"), ("timeline", "La réponse dans le temps", "dated-meetings"), ("chart", "La réponse en barres", "tier-counts"),
])
def test_an_answer_is_drawn_where_its_columns_allow(service, name, title, query):
    contract = next(path for path in contracts.files(ROOT / "queries") if path.stem == query)
    _, page = asked(service, contract.read_text(encoding="utf-8"))
    (svg,) = re.findall(rf'<summary>{title}</summary><figure[^>]*>(<svg.*?</svg>)</figure>', page, re.DOTALL)
    assert len(list(ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))) > 3
    _, page = asked(service, "SELECT ?l { ?a <http://www.w3.org/2004/02/skos/core#prefLabel> ?l } LIMIT 3")
    assert "<figure" not in page


def test_a_syntax_error_is_shown_where_it_is(service):
    status, page = asked(service, "SELECT * {\n  ?s ?p }")
    assert status == 400 and '<tr class="at" id="L2">' in page and "ligne 2, colonne" in re.sub(r"\s+", " ", page) and 'role="alert"' in page


def test_a_misspelt_keyword_is_marked_where_it_begins(service):
    status, page = asked(service, "SELECT * {\n  ?s ?p ?o }\nORDR BY ?s LIMIT 10")
    assert status == 400 and "<mark>ORDR BY ?s LIMIT 10</mark>" in page


@pytest.mark.parametrize("query, status", [
    ("SELECT * { SERVICE <http://x/> { ?s ?p ?o } }", 400), ("DROP ALL", 400), ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", 408),
])
def test_a_refusal_has_its_status_and_its_remedy(service, query, status):
    found, page = asked(service, query, "en")
    assert found in (status, 503) and re.search(r"<p>→ \w+", page)


def test_an_empty_answer_leads_to_its_explanation(service):
    _, page = asked(service, "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT ?a { ?a a bm:Acton }")
    assert "bm:Action" in page.partition('id="why"')[2].partition("</section>")[0] and "voici pourquoi" in page
    (why,) = [link for link in links(page) if link.startswith("/fr/diagnose?")]
    assert "bm:Action" in service.get(why, Accept="text/html")[2].decode()


def test_interpretations_are_apart_until_asked_for(service):
    assert re.findall(r"<tr><td><span>(\d+)</span>", asked(service, ECHOES)[1]) == ["0"]
    _, page = asked(service, ECHOES, inferred="on")
    (count,) = re.findall(r"<tr><td><span>(\d+)</span>", page)
    assert int(count) > 20 and "déduit ou conjecturé" in page
    (target,) = [link for link in links(page) if "format=csv" in link]
    assert service.get(target)[2].decode().split()[1] == count
    by_graph = ECHOES.replace("{ ?a", "{ GRAPH <https://w3id.org/bassin-minier/graph/inferred> { ?a").replace("?w }", "?w } }")
    assert asked(service, by_graph, inferred="on")[1].count(f">{count}<") == 1


def test_many_heavy_queries_leave_the_other_pages_alone(service):
    """More clients than Flask has threads, all with queries that do not end."""
    heavy = "/fr/query?" + urlencode({"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"})
    with ThreadPoolExecutor(24) as clients:
        asked = [clients.submit(service.get, f"{heavy}+%23+{number}") for number in range(24)]
        time.sleep(1)
        for number in range(3):
            started = time.monotonic()
            assert service.get(f"/fr/things/actions?search=sante&n={number}")[0] == 200
            assert time.monotonic() - started < 5, "half of a query's time limit: it did not wait for one"
        assert {one.result()[0] for one in asked} <= {408, 429, 503}


def test_what_another_moment_gives_otherwise_is_not_kept(service):
    for query in ("SELECT (RAND() AS ?r) {}", "SELECT * { ?s a <urn:none> }", "SELECT"):
        _, headers, _ = service.get("/fr/query?" + urlencode({"query": query}))
        assert headers["Cache-Control"] == "no-store" and "ETag" not in headers, query
    assert service.get("/fr/query?" + urlencode({"query": ACTIONS}))[1]["ETag"]


def test_a_long_query_is_posted(service):
    query = ACTIONS + " # " + "x" * 20_000
    status, _, body = service.get("/fr/query", urlencode({"query": query}).encode(), Content_Type="application/x-www-form-urlencoded")
    assert status == 200 and body.count(b"<tr><td>") == 39


@pytest.mark.parametrize("name", ["actions", "description-of", "every-statement-rests-on-a-passage", "actions-of-axis"])
def test_examples_fill_the_form_and_run(service, name):
    page = service.get(f"/en/query?question={name}")[2].decode()
    text = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[1])
    assert asked(service, text)[0] == 200


def test_every_question_is_an_example(service):
    page = service.get("/fr/query")[2].decode()
    listed = {parse_qs(urlsplit(link).query)["question"][0] for link in links(page) if "?question=" in link}
    assert listed == {path.stem for path in contracts.files(ROOT / "queries")}


def test_what_a_query_holds_is_text(service):
    planted = 'SELECT ("</textarea></pre><script>alert(1)</script>" AS ?l) (IRI("javascript:alert(2)") AS ?i) {} # </textarea><script>'
    status, page = asked(service, planted)
    assert status == 200 and "<script>" not in page and "&lt;script&gt;" in page
    assert not [link for link in links(page) if link.startswith("javascript")]


def test_snippets_run_as_they_stand(service, tmp_path):
    """The Python one in a Python of its own; curl's through a shell; both with a query that quotes of each kind stand in."""
    query = """SELECT ("it's \\"so\\" \\\\ \u00e9" AS ?x) {}"""
    _, page = asked(service, query)
    expected = service.query(query)[2].decode().split("\r\n")[1].strip('"').replace('""', '"')
    code = {name: html.unescape(text) for name, text in re.findall(r"<h3>(\w+)</h3><pre[^>]*><code>(.*?)</code>", page, re.DOTALL)}
    assert set(code) == {"Python", "R", "curl"}
    done = subprocess.run([sys.executable, "-c", code["Python"] + "\nprint(table.x[0])"], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == expected
    done = subprocess.run(["sh", "-c", code["curl"]], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.replace('""', '"').strip().endswith(expected + '"')


def test_an_editor_s_names_are_those_of_this_graph(service):
    status, headers, body = service.get("/query/terms.json")
    terms = json.loads(body)
    assert status == 200 and headers["ETag"] and terms["prefixes"]["bm"] == f"{BASE}ontology#"
    assert f"{BASE}ontology#Action" in terms["classes"] and f"{BASE}ontology#inAxis" in terms["properties"]
