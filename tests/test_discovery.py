"""What search engines and feed readers find."""

import json
from xml.etree import ElementTree

import rdflib
from rdflib.namespace import RDF
from rdflib.term import URIRef

from conftest import start, stop
from cpbm_kg.catalogue import DCAT


def test_search_engines_find_the_dataset(service):
    catalogue = rdflib.Graph().parse(data=service.get("/catalog.ttl")[2], format="turtle")
    status, headers, body = service.get("/dataset.jsonld")
    described = json.loads(body)
    assert status == 200 and headers.get_content_type() == "application/ld+json"
    for path in ("/", "/en/dataset"):
        page = service.get(path)[2].decode()
        assert json.loads(page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]) == described
    assert described["@type"] == "Dataset" and URIRef(described["@id"]) in set(catalogue.subjects(RDF.type, DCAT.Dataset))
    assert all(50 <= len(text["@value"]) <= 5000 for text in described["description"])
    assert {part["contentUrl"] for part in described["distribution"]} <= {str(url) for url in catalogue.objects(None, DCAT.downloadURL)}


def test_the_sitemap_lists_pages_that_answer(service):
    assert f"Sitemap: {service.url}/sitemap.xml".encode() in service.get("/robots.txt")[2]
    status, headers, body = service.get("/sitemap.xml")
    pages = [element.text for element in ElementTree.fromstring(body).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert status == 200 and len(pages) > 20
    paths = [page.removeprefix(service.url) for page in pages]
    asked = {path for path in paths if path.startswith("/fr/q/") and path != "/fr/q/"}
    assert asked == {"/fr" + question["href"] for question in json.loads(service.get("/q/", Accept="application/json")[2])["questions"]}
    assert {path.replace("/fr/", "/en/", 1) for path in paths if path.startswith("/fr/")} == {path for path in paths if path.startswith("/en/")}
    for path in (*(path for path in paths if path not in asked), min(asked)):
        status, headers, _ = service.get(path, Accept="text/html")
        assert status == 200 and headers.get_content_type() == "text/html", path


def test_who_finds_a_fault_is_told_where_to_report_it(service, release):
    assert service.get("/.well-known/security.txt")[0] == 404 and b"Signaler" not in service.get("/fr/")[2]
    process, told = start("--release", release.folder, environment={"CPBM_REPORT_URL": "mailto:faults@example.org"})
    try:
        status, headers, body = told.get("/.well-known/security.txt")
        assert status == 200 and headers["Content-Type"] == "text/plain; charset=utf-8"
        assert b"Contact: mailto:faults@example.org\n" in body and b"\nExpires: 20" in body
        page = told.get("/en/page/id/lieu/auby")[2].decode()
        assert 'href="mailto:faults@example.org?subject=https%3A%2F%2Fw3id.org%2Fbassin-minier%2Fid%2Flieu%2Fauby"' in page
    finally:
        stop(process)


def test_the_feed_of_releases_names_this_one(service, release):
    status, headers, body = service.get("/releases.atom")
    assert status == 200 and headers.get_content_type() == "application/atom+xml"
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = ElementTree.fromstring(body).iter(f"{atom}entry")
    path = entry.find(f"{atom}link").get("href").removeprefix(service.url)
    assert json.loads(service.get(path)[2])["version"] == release.version in entry.find(f"{atom}title").text
