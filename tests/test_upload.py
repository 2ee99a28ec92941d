"""`/validate`: a text is judged at its lines, in every representation; what is not Turtle, too long or hostile does no harm."""

import gzip
import json
import re
import time
import urllib.parse
from pathlib import Path

import jsonschema
import pytest
import rdflib

from conftest import ROOT

SARIF = json.loads((ROOT / "tests/schemas/sarif-2.1.0-as-written.json").read_text(encoding="utf-8"))
SH = rdflib.SH
ACTIONS = (ROOT / "data/source/actions.ttl").read_text(encoding="utf-8")
GOOD = "\n".join(line for line in ACTIONS.splitlines() if line.startswith("PREFIX")) + "\n\n" + re.search(r"^action:12\n.*?^\.$", ACTIONS, re.MULTILINE | re.DOTALL)[0] + "\n"
BAD = GOOD.replace("axe:structurantes-6", "axe:structurantes-66").replace("bm:number 12", "bm:number 13")
HOSTILE = sorted((ROOT.parent / "shared/conformance/hostile").glob("u-*"))


def line_of(mark: str) -> int:
    return BAD.split(mark)[0].count("\n") + 1


EXPECTED = {("iri-dangling", line_of("axe:structurantes-66")), ("ActionIriBearsNumber", line_of("bm:number 13"))}


def post(service, text: str | bytes, **headers: str):
    path = "/validate" + headers.pop("query", "")
    return service.get(path, text.encode() if isinstance(text, str) else text, **({"Content_Type": "text/turtle"} | headers))


def test_a_good_block_is_judged_beside_our_data(service):
    status, headers, body = post(service, GOOD)
    assert status == 200 and headers["Content-Type"].startswith("application/json")
    assert [one for one in json.loads(body)["findings"] if one["severity"] == "violation"] == []


def test_faults_are_found_at_their_lines_in_every_representation(service):
    status, _, body = post(service, BAD, Accept="application/json")
    found = {(one["rule"], one["line"]) for one in json.loads(body)["findings"]}
    assert status == 200 and EXPECTED <= found

    log = json.loads(post(service, BAD, Accept="application/sarif+json")[2])
    jsonschema.validate(log, SARIF)
    assert {(result["ruleId"], result["locations"][0]["physicalLocation"]["region"]["startLine"]) for result in log["runs"][0]["results"]} == found

    report = rdflib.Graph().parse(data=post(service, BAD, Accept="text/turtle")[2], format="turtle")
    pointer, number = rdflib.URIRef("http://www.w3.org/ns/earl#pointer"), rdflib.URIRef("http://www.w3.org/2009/pointers#lineNumber")
    results = list(report.objects(None, SH.result))
    assert (None, SH.conforms, rdflib.Literal(False)) in report and len(results) == len(json.loads(body)["findings"])
    assert {int(report.value(report.value(result, pointer), number)) for result in results} == {line for _, line in found}
    for predicate in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent):
        assert all(len(list(report.objects(result, predicate))) == 1 for result in results)

    html = post(service, BAD, query="?format=html", Accept_Language="en")[2].decode()
    for rule, line in EXPECTED:
        row = html.partition(f'id="L{line}"')[2].partition("</tr>")[0]
        assert f"#{rule}" in row


def test_the_page_works_without_scripts_in_both_languages(service):
    for language, words in (("fr", "Vérifier"), ("en", "Check")):
        status, headers, body = service.get(f"/{language}/validate", Accept="text/html")
        page = body.decode()
        assert status == 200 and headers["Content-Type"].startswith("text/html") and f'<html lang="{language}">' in page and words in page
        assert "<script" not in page and "style=" not in page and "<style" not in page and " on" not in re.sub(r">[^<]*<", "><", page)
    form = urllib.parse.urlencode({"turtle": BAD.replace("\n", "\r\n")})
    status, _, body = post(service, form, Content_Type="application/x-www-form-urlencoded", Accept="text/html")
    assert status == 200 and "structurantes-66" in body.decode() and "rien ne la décrit" in body.decode()


def test_a_text_is_shown_as_text(service):
    text = 'PREFIX ex: <http://ex/>\nex:a ex:b "</td><script>alert(1)</script>" .\n'
    status, _, body = post(service, text, Accept="text/html")
    assert status == 200 and b"<script" not in body and b"&lt;script&gt;" in body


def test_every_rule_that_a_finding_links_to_is_explained(service):
    page = service.get("/en/rules")[2].decode()
    for one in json.loads(post(service, BAD)[2])["findings"]:
        assert f'id="{one["rule"]}"' in page and one["documentation"].endswith(f"/rules#{one['rule']}")


@pytest.mark.parametrize("media_type, data", [
    ("application/rdf+xml", b"<rdf/>"), ("application/ld+json", b"{}"), ("", b"x"), ("multipart/form-data; boundary=x", b"--x--"), ("application/trig", b""),
])
def test_other_formats_are_refused_with_a_clear_word(service, media_type, data):
    status, _, body = service.get("/validate", data, Content_Type=media_type or "application/octet-stream")
    assert status == 415 and "text/turtle" in json.loads(body)["detail"] and "Turtle" in json.loads(body)["title@en"]


def test_a_compressed_or_too_long_text_is_refused(service):
    assert post(service, gzip.compress(b"x" * 10**6), Content_Encoding="gzip")[0] == 415
    assert post(service, b"# " + b"x" * 1024 * 1024)[0] == 413
    assert post(service, GOOD, Accept="image/png")[0] == 406


@pytest.mark.parametrize("text, line", [
    (b"PREFIX ex: <http://ex/>\nex:a ex:b \xff .", 2), (b"ex:a ex:b ex:c .", 1), (b"PREFIX ex: <http://ex/>\nex:a ex:b " + b"[ ex:b " * 3000, 2),
    (b"PREFIX ex: <http://ex/>\n{ ex:a ex:b ex:c } => { ex:a ex:b ex:d } .", 2),
])
def test_what_is_no_turtle_is_400_with_its_line(service, text, line):
    status, _, body = post(service, text)
    assert status == 400 and [(one["rule"], one["line"]) for one in json.loads(body)["findings"]] == [("file-unreadable", line)]
    assert post(service, text, Accept="text/html")[0] == post(service, text, Accept="text/turtle")[0] == post(service, text, Accept="application/sarif+json")[0] == 400


def test_shapes_in_a_text_are_data_and_call_nobody(service):
    text = """PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
<http://ex/o> owl:imports <http://127.0.0.1:9/shapes> .
<http://ex/s> a sh:NodeShape ; sh:targetClass owl:Ontology ; sh:sparql [ sh:select "SELECT $this { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }" ] .
"""
    status, _, body = post(service, text)
    assert status == 200 and all(one["shape"]["path"].startswith("ontology/") for one in json.loads(body)["findings"] if "shape" in one)


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.name)
def test_hostile_uploads_do_no_harm(service, path: Path):
    types = {".ttl": "text/turtle", ".rdf": "application/rdf+xml", ".jsonld": "application/ld+json", ".gz": "application/gzip"}
    start = time.monotonic()
    status, _, body = service.get("/validate", path.read_bytes(), Content_Type=types[path.suffix])
    assert status in (200, 400, 413, 415) and json.loads(body) and time.monotonic() - start < 45
    assert service.get("/health")[0] == 200


def test_there_are_hostile_uploads_or_it_is_said():
    if not HOSTILE:
        pytest.skip("../shared/conformance/hostile is not at hand")
    assert len(HOSTILE) >= 10
