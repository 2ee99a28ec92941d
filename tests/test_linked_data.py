"""Every IRI that we mint dereferences, and says the same in every format."""

import http.client
import re
import urllib.parse

import pytest
import rdflib
from rdflib.compare import isomorphic

from cpbm_kg.vocabulary import BASE, VOID


@pytest.fixture(scope="module")
def connection(service):
    address = urllib.parse.urlsplit(service.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    yield connection
    connection.close()


def follow(connection, path: str, accept: str = "text/turtle", hops: int = 3):
    """Status, headers and body after redirects, each of which must lead below our own address."""
    connection.request("GET", path, headers={"Accept": accept})
    response = connection.getresponse()
    body = response.read()
    if response.status in (301, 302, 303, 307, 308) and hops:
        assert response.status == 303
        return follow(connection, urllib.parse.urlsplit(response.headers["Location"]).path, accept, hops - 1)
    return response.status, response.headers, body


def test_every_iri_of_ours_dereferences(connection, release):
    """All subjects of the release; documents that many lead to (a layer's export) are fetched once."""
    text = (release.folder / "all.nq").read_text(encoding="utf-8")
    iris = {iri.split("#")[0] for iri in re.findall(rf"^<({re.escape(BASE)}[^>]*)>", text, re.MULTILINE)}
    withdrawn = set(re.findall(r"^<([^>]*)> <http://www.w3.org/2002/07/owl#deprecated>", text, re.MULTILINE))
    assert len(iris) > 3000 and withdrawn
    fetched: dict[str, int] = {}
    for iri in sorted(iris):
        path = "/" + iri.removeprefix(BASE)
        connection.request("GET", path, headers={"Accept": "text/turtle"})
        response = connection.getresponse()
        response.read()
        if iri in withdrawn:
            assert response.status == 410, iri
            continue
        if iri.startswith(f"{BASE}q/") and response.status == 200:
            continue  # a question that builds triples: it is a document itself
        assert response.status == 303, f"{iri}: {response.status}"
        location = urllib.parse.urlsplit(response.headers["Location"]).path
        if location not in fetched:
            fetched[location] = follow(connection, location)[0]
        assert fetched[location] == 200, f"{iri} → {location}: {fetched[location]}"


@pytest.mark.parametrize("path", ["/id/cpbm-2013/action/70", "/id/lieu/auby", "/id/cpbm-2013/passage/21245-21349", "/source/2013-100-actions"])
def test_a_description_is_the_same_graph_in_every_format(connection, path):
    graphs = []
    for accept, parser in (("text/turtle", "turtle"), ("application/n-triples", "nt"), ("application/ld+json", "json-ld"), ("application/rdf+xml", "xml")):
        status, headers, body = follow(connection, path, accept)
        assert status == 200 and headers.get_content_type() == accept
        graphs.append(rdflib.Graph().parse(data=body, format=parser))
    assert all(isomorphic(graphs[0], graph) for graph in graphs[1:])
    assert (rdflib.URIRef(BASE + path[1:]), None, None) in graphs[0]


def test_a_description_holds_no_interpretation(connection):
    body = follow(connection, "/id/cpbm-2013/action/92")[2].decode()
    assert "inAxis" in body and "echoes" not in body and "modality/inferred" not in body


@pytest.mark.parametrize("path", [
    "/id/cpbm-2013/action/2", "/id/lieu/nulle-part", "/id/", "/id/lieu/auby%3E%20%3Fp%20%3Fo%20%7D", "/id/LIEU/auby", "/graph/nothing",
    "/data/id/lieu/auby.html", "/data/id/lieu/nulle-part.ttl", "/data/../server.py.ttl", "/id/lieu/%00",
])
def test_what_is_not_ours_is_not_found(connection, path):
    assert follow(connection, path)[0] == 404


def test_a_withdrawn_name_is_gone_and_says_where_to_look(connection):
    status, _, body = follow(connection, "/id/cpbm-2013/constat/sites-de-destination-mal-identifies")
    assert status == 410 and b"isReplacedBy" in body


def test_an_impossible_format_is_refused_and_a_browser_gets_a_page(connection):
    assert follow(connection, "/id/lieu/auby", "image/png")[0] == 406
    status, headers, _ = follow(connection, "/id/lieu/auby", "text/html,application/xhtml+xml;q=0.9")
    assert status == 200 and headers.get_content_type() == "text/html"


def test_void_names_the_links_to_other_sites(service):
    void = rdflib.Graph().parse(data=service.get("/.well-known/void")[2], format="turtle")
    linksets = list(void.subjects(rdflib.RDF.type, VOID.Linkset))
    assert any(str(void.value(void.value(one, VOID.objectsTarget), VOID.uriSpace)) == "https://sws.geonames.org/" for one in linksets)
    for one in linksets:
        space = void.value(void.value(one, VOID.objectsTarget), VOID.uriSpace)
        text = f'SELECT (COUNT(*) AS ?n) {{ ?s <{void.value(one, VOID.linkPredicate)}> ?o FILTER (STRSTARTS(STR(?o), "{space}")) }}'
        assert int(service.query(text)[2].split()[1]) == int(void.value(one, VOID.triples)) > 0


def test_void_says_the_counts_that_the_service_gives(service):
    status, headers, body = service.get("/.well-known/void")
    assert status == 200 and headers.get_content_type() == "text/turtle"
    void = rdflib.Graph().parse(data=body, format="turtle")
    datasets = list(void.subjects(VOID.dataDump, None))
    assert len(datasets) > 5
    for dataset in datasets:
        name = str(void.value(dataset, VOID.dataDump)).rpartition("/")[2].removesuffix(".ttl")
        source = "" if name == "default" else f"FROM <https://w3id.org/bassin-minier/graph/{name}>"
        said = [int(void.value(dataset, VOID[p])) for p in ("triples", "distinctSubjects", "properties", "distinctObjects", "classes")]
        text = f"""SELECT (COUNT(*) AS ?t) (COUNT(DISTINCT ?s) AS ?a) (COUNT(DISTINCT ?p) AS ?b) (COUNT(DISTINCT ?o) AS ?c) {source} {{ ?s ?p ?o }}"""
        classes = f"SELECT (COUNT(DISTINCT ?c) AS ?n) {source} {{ ?s a ?c }}"
        live = [int(n) for query in (text, classes) for n in service.query(query)[2].split()[1].split(b",")]
        assert said == live, name
    for part in void.objects(None, VOID.classPartition):
        assert void.value(part, VOID["class"]) and int(void.value(part, VOID.entities)) > 0
