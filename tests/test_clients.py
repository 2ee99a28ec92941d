"""The clients that people have, as they are: each asks a question of the real graph and gets the true answer."""

import json
import shutil
import subprocess
import urllib.parse

import pandas
import pyoxigraph
import pytest
import rdflib
import SPARQLWrapper as wrapper
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import SKOS
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from conftest import ROOT
from cpbm_kg.vocabulary import BASE, BM

# SPARQLWrapper 2.0.0 uses a class that rdflib is giving up.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
COMUNICA = ROOT / ".venv" / "comunica"
COUNT = f"SELECT (COUNT(DISTINCT ?a) AS ?n) {{ ?a a <{BM.Action}> }}"
# Accents, a ligature and an apostrophe, through every format.
NAMED = {"genre-de-lieu/equipement": "Équipement", "lieu/trame-verte-et-bleue": "Trame verte et bleue", "verbe/mettre-en-oeuvre": "Mettre en œuvre"}
THINGS = " ".join(f"<{BASE}id/{path}>" for path in NAMED)
LABELS = f'SELECT ?thing ?label {{ VALUES ?thing {{ {THINGS} }} ?thing <{SKOS.prefLabel}> ?label FILTER (LANG(?label) = "fr") }} ORDER BY ?thing'
GRAPH = f'CONSTRUCT {{ ?thing <{SKOS.prefLabel}> ?label }} {LABELS[LABELS.index("{"):LABELS.rindex("ORDER")]}'
TRUE_LABELS = {(URIRef(f"{BASE}id/{path}"), rdflib.Literal(label, lang="fr")) for path, label in NAMED.items()}


@pytest.fixture
def endpoint(service) -> str:
    return service.url + "/sparql"


@pytest.fixture(params=[wrapper.GET, wrapper.POST])
def sparql_wrapper(request, endpoint) -> wrapper.SPARQLWrapper:
    client = wrapper.SPARQLWrapper(endpoint)
    client.setMethod(request.param)
    return client


def ask(client: wrapper.SPARQLWrapper, text: str, format: str):
    client.setQuery(text)
    client.setReturnFormat(format)
    return client.queryAndConvert()


def test_sparqlwrapper_reads_json(sparql_wrapper):
    rows = ask(sparql_wrapper, LABELS, wrapper.JSON)["results"]["bindings"]
    assert [row["label"]["value"] for row in rows] == list(NAMED.values()) and rows[0]["label"]["xml:lang"] == "fr"
    assert ask(sparql_wrapper, COUNT, wrapper.JSON)["results"]["bindings"][0]["n"]["value"] == "39"


def test_sparqlwrapper_reads_xml(sparql_wrapper):
    found = ask(sparql_wrapper, LABELS, wrapper.XML).getElementsByTagName("literal")
    assert [node.firstChild.data for node in found] == list(NAMED.values())


@pytest.mark.parametrize("format, separator", [(wrapper.CSV, ","), (wrapper.TSV, "\t")])
def test_sparqlwrapper_reads_csv_and_tsv(sparql_wrapper, format, separator):
    lines = ask(sparql_wrapper, LABELS, format).decode().splitlines()
    assert [line.split(separator)[1].strip('"').removesuffix('"@fr') for line in lines[1:]] == list(NAMED.values())


@pytest.mark.parametrize("format, parser", [(wrapper.TURTLE, "turtle"), (wrapper.RDFXML, "xml"), (wrapper.N3, "n3"), (wrapper.JSONLD, "json-ld")])
def test_sparqlwrapper_reads_graphs(sparql_wrapper, format, parser):
    found = ask(sparql_wrapper, GRAPH, format)
    graph = found if isinstance(found, Graph) else Graph().parse(data=found, format=parser)
    assert set(graph.subject_objects(SKOS.prefLabel)) == TRUE_LABELS == {(s, o) for s, _, o in graph}


def test_sparqlwrapper_reads_a_graph_without_being_told_a_format(sparql_wrapper):
    sparql_wrapper.setQuery(GRAPH)
    assert set(sparql_wrapper.queryAndConvert().subject_objects(SKOS.prefLabel)) == TRUE_LABELS


def test_sparqlwrapper_asks_whether(sparql_wrapper):
    assert ask(sparql_wrapper, f"ASK {{ ?a a <{BM.Action}> }}", wrapper.JSON)["boolean"] is True
    assert ask(sparql_wrapper, "ASK { <urn:a> <urn:b> <urn:c> }", wrapper.JSON)["boolean"] is False


def test_sparqlwrapper_is_told_of_a_bad_query(sparql_wrapper):
    with pytest.raises(wrapper.SPARQLExceptions.QueryBadFormed, match="title@en"):
        ask(sparql_wrapper, "SELECT * {", wrapper.JSON)


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("format", ["xml", "json", "csv", "tsv"])
def test_rdflib_store(endpoint, method, format):
    """rdflib asks for RDF/XML first, for SELECT too (its Accept joins the types for tables and graphs)."""
    graph = Graph(store=SPARQLStore(endpoint, method=method, returnFormat=format))
    assert {str(row.label) for row in graph.query(LABELS)} == set(NAMED.values())
    assert [str(row.n) for row in graph.query(COUNT)] == ["39"]
    if format in ("xml", "json"):  # no truth value in the others
        assert graph.query(f"ASK {{ ?a a <{BM.Action}> }}").askAnswer is True
    if format == "xml":  # rdflib asks for a graph in no other
        assert set(graph.query(GRAPH).graph.subject_objects(SKOS.prefLabel)) == TRUE_LABELS


def test_rdflib_graph_over_the_endpoint(endpoint):
    graph = Graph(store=SPARQLStore(endpoint))
    actions = set(graph.subjects(RDF.type, BM.Action))
    assert len(actions) == 39 and (next(iter(actions)), RDF.type, BM.Action) in graph
    place = URIRef(BASE + "id/lieu/trame-verte-et-bleue")
    assert {str(label) for label in graph.objects(place, SKOS.prefLabel) if label.language == "fr"} == {"Trame verte et bleue"}


def test_rdflib_calls_us_by_service(endpoint):
    rows = list(Graph().query(f"SELECT ?label {{ SERVICE <{endpoint}> {{ {LABELS} }} }}"))
    assert {str(row.label) for row in rows} == set(NAMED.values())


def test_pyoxigraph_calls_us_by_service(endpoint):
    rows = pyoxigraph.Store().query(f"SELECT ?label {{ SERVICE <{endpoint}> {{ {LABELS} }} }}")
    assert {row["label"].value for row in rows} == set(NAMED.values())


def test_pandas_reads_an_address(endpoint):
    address = f"{endpoint}?{urllib.parse.urlencode({'query': LABELS, 'format': 'csv'})}"
    assert list(pandas.read_csv(address)["label"]) == list(NAMED.values())
    counted = pandas.read_csv(f"{endpoint}?{urllib.parse.urlencode({'query': COUNT, 'format': 'tsv'})}", sep="\t")
    assert counted.iloc[0, 0] == 39


@pytest.mark.parametrize("arguments", [
    ("--data-urlencode", f"query={LABELS}"), ("--get", "--data-urlencode", f"query={LABELS}"),
    ("-H", "Content-Type: application/sparql-query", "--data-binary", LABELS), ("--compressed", "--data-urlencode", f"query={LABELS}"),
])
def test_curl(endpoint, arguments):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    done = subprocess.run(["curl", "--silent", "--show-error", "--fail", endpoint, "-H", "Accept: text/csv", *arguments], capture_output=True, encoding="utf-8", timeout=30)
    assert [line.split(",")[1] for line in done.stdout.splitlines()[1:]] == list(NAMED.values()), done.stderr


def test_comunica(endpoint):
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    if not (COMUNICA / "node_modules").is_dir():
        pytest.skip("Comunica is not installed: make .venv/comunica/installed")
    done = subprocess.run(["node", ROOT / "tests/clients/comunica.mjs", COMUNICA / "node_modules", endpoint, LABELS], capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    assert [row["label"] for row in json.loads(done.stdout)] == list(NAMED.values())
    counted = subprocess.run(["node", ROOT / "tests/clients/comunica.mjs", COMUNICA / "node_modules", endpoint, COUNT], capture_output=True, encoding="utf-8", timeout=120)
    assert json.loads(counted.stdout) == [{"n": "39"}], counted.stderr
