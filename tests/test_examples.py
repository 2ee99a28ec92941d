"""The questions as RDF: what editors elsewhere load gives the questions, and each example gives its answer."""

import json
import urllib.parse

import pytest
import rdflib
from rdflib import RDF, SH, URIRef

from conftest import ROOT
from cpbm_kg import contracts
from cpbm_kg.vocabulary import BASE, SCHEMA

CONTRACTS = {contract.name: contract for contract in contracts.read_all(ROOT / "queries")}
# The query by which sib-swiss's sparql-editor and its kin load examples from an endpoint.
EDITOR = """PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query WHERE {
  ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct|sh:describe ?query .
} ORDER BY ?sq"""


@pytest.fixture(scope="module")
def examples(service) -> rdflib.Graph:
    status, headers, body = service.get("/.well-known/sparql-examples", Accept="text/turtle")
    assert (status, headers["Content-Type"]) == (200, "text/turtle; charset=utf-8")
    return rdflib.Graph().parse(data=body, format="turtle")


def test_an_editor_loads_them_from_the_endpoint(service):
    rows = json.loads(service.query(EDITOR, "application/sparql-results+json")[2])["results"]["bindings"]
    assert {row["sq"]["value"] for row in rows} == {f"{BASE}q/{name}" for name in CONTRACTS}
    assert {row["comment"]["xml:lang"] for row in rows} == {"fr", "en"}


def test_an_editor_loads_prefixes_too(service):
    rows = service.query("PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix } ORDER BY ?prefix")[2].decode()
    assert "bm,https://w3id.org/bassin-minier/ontology#" in rows and "skos,http://www.w3.org/2004/02/skos/core#" in rows


def test_the_release_and_the_address_say_the_same(examples, release):
    written = rdflib.Graph().parse(release.folder / "examples.ttl")
    assert set(written) == set(examples) and not [node for triple in examples for node in triple if isinstance(node, rdflib.BNode)]


def test_every_example_has_its_kind_target_and_keywords(examples):
    for name, contract in CONTRACTS.items():
        example = URIRef(f"{BASE}q/{name}")
        kinds = set(examples.objects(example, RDF.type)) - {SH.SPARQLExecutable}
        assert len(kinds) == 1 and examples.value(example, SCHEMA.target) == URIRef(BASE + "sparql")
        assert {str(word) for word in examples.objects(example, SCHEMA.keywords)} == set(contract.head["tags"])
        assert examples.value(example, SH.prefixes) == URIRef(BASE + "q/")


@pytest.mark.parametrize("name", ["actions", "echoes", "places-map", "evidence-of"])
def test_an_example_sent_to_the_endpoint_gives_the_expected_answer(service, examples, name):
    text = str(examples.value(URIRef(f"{BASE}q/{name}"), SH.select))
    assert service.query(text)[2].decode().replace("\r\n", "\n") == CONTRACTS[name].expected.read_text(encoding="utf-8")


def test_a_question_s_name_is_its_address(service, examples):
    name = urllib.parse.urlparse(f"{BASE}q/actions").path.removeprefix("/bassin-minier")
    assert service.get(name, Accept="text/csv")[0] == 200
