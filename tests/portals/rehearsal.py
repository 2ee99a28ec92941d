"""The catalogue of the real release through the real parsers of data.gouv.fr (udata) and CKAN (ckanext-dcat), twice.

`make harvest-rehearsal`. Asserts that each field that a portal can hold arrived, that a second harvest changes nothing,
and that what arrived is what `arrived/*.json` says, without the numbers that follow the data; docs/harvesting.md tells
what each portal keeps.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import Node

from conftest import ROOT, start, stop
from cpbm_kg.catalogue import DCAT, SPDX
from test_catalogue import publish_next, store  # noqa: F401 (a fixture)

PORTALS = ROOT / ".venv" / "portals"
HERE = Path(__file__).parent
PARTED = "/catalog.rdf?page_size=1"


@pytest.fixture(scope="module")
def catalogue(service) -> rdflib.Graph:
    return rdflib.Graph().parse(data=service.get("/catalog.ttl")[2], format="turtle")


@pytest.fixture(scope="module")
def datagouv(service) -> list[dict]:
    return harvested("udata", "datagouv_harvest.py", f"{service.url}/harvest/datagouv.ttl")


@pytest.fixture(scope="module")
def ckan(service) -> list[dict]:
    return harvested("ckan", "ckan_harvest.py", f"{service.url}/catalog.ttl")


def harvested(environment: str, driver: str, feed: str, between: Callable[[], None] = lambda: None) -> list[dict]:
    """What each of two harvests of a feed left behind; `between` is done after the first."""
    with subprocess.Popen([PORTALS / environment / "bin" / "python", HERE / driver, feed], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=PORTALS,
                          env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), "LANG": "C.UTF-8"}) as process:
        first = process.stdout.readline()
        between()
        second, _ = process.communicate("\n\n", timeout=120)
    assert process.returncode == 0, "see above what it says"
    return [json.loads(first), json.loads(second)]


def french(graph: rdflib.Graph, thing: Node, predicate: Node) -> str:
    return next(str(text) for text in graph.objects(thing, predicate) if text.language == "fr")


def distributions(graph: rdflib.Graph, dataset: Node) -> dict[str, dict]:
    """What the catalogue says of each file, by the address of its download."""
    return {str(graph.value(part, DCAT.downloadURL)): {
        "title": french(graph, part, DCTERMS.title), "description": french(graph, part, DCTERMS.description), "size": int(graph.value(part, DCAT.byteSize)),
        "sha256": str(graph.value(graph.value(part, SPDX.checksum), SPDX.checksumValue)), "issued": str(graph.value(part, DCTERMS.issued)),
        "modified": str(graph.value(part, DCTERMS.modified)), "mime": str(graph.value(part, DCAT.mediaType)).partition("media-types/")[2],
        "rights": french(graph, graph.value(part, DCTERMS.rights), rdflib.RDFS.label),
    } for part in graph.objects(dataset, DCAT.distribution)}


def test_datagouv_takes_every_dataset_and_the_service(datagouv, catalogue):
    first = datagouv[0]
    assert first["job"]["status"] == "done" and not first["job"]["errors"], first["job"]
    assert {item["id"]: (item["status"], item["errors"], item["warnings"]) for item in first["job"]["items"]} == {
        str(catalogue.value(thing, DCTERMS.identifier)): ("done", [], []) for kind in (DCAT.Dataset, DCAT.DataService) for thing in catalogue.subjects(RDF.type, kind)}
    (service,) = first["dataservices"]
    assert service["datasets"] == ["https://w3id.org/bassin-minier/catalog#graph"] and service["url"].endswith("/sparql")


def test_datagouv_keeps_every_field(datagouv, catalogue):
    for found in datagouv[0]["datasets"]:
        dataset = rdflib.URIRef(found["uri"])
        assert found["quality"]["score"] == 1.0, found["quality"]
        assert (found["license"], found["frequency"], found["temporal"]) == ("lov2", "irregular", ["2013-01-01", "2013-12-31"])
        assert found["title"] == french(catalogue, dataset, DCTERMS.title) and found["description"] == french(catalogue, dataset, DCTERMS.description)
        assert found["spatial"]["type"] == "MultiPolygon" and {"sparql", "owl"} & set(found["tags"]) and len(found["contacts"]) == 3
        assert found["issued"].startswith(str(catalogue.value(dataset, DCTERMS.issued))) and found["modified"].startswith(str(catalogue.value(dataset, DCTERMS.modified)))
        assert {part["url"]: {
            "title": part["title"], "description": part["description"], "size": part["filesize"], "sha256": part["checksum"][1], "issued": part["issued"][:10],
            "modified": part["modified"][:10], "mime": part["mime"], "rights": part["extras"]["dcat"]["rights"][0]} for part in found["resources"]
        } == distributions(catalogue, dataset)


def test_ckan_keeps_every_field(ckan, catalogue):
    assert not ckan[0]["errors"] and set(map(rdflib.URIRef, ckan[0]["datasets"])) == set(catalogue.subjects(RDF.type, DCAT.Dataset))
    for uri, found in ckan[0]["datasets"].items():
        dataset, extras = rdflib.URIRef(uri), found["extras"]
        assert found["title"] == french(catalogue, dataset, DCTERMS.title) and found["notes"] == french(catalogue, dataset, DCTERMS.description)
        assert found["tags"] == sorted(str(word) for word in catalogue.objects(dataset, DCAT.keyword)) and found["version"] == str(catalogue.value(dataset, DCAT.version))
        assert {"access_rights", "contact_name", "contact_url", "frequency", "identifier", "issued", "language", "modified", "provenance", "publisher_name",
                "publisher_uri", "spatial", "spatial_text", "temporal_start", "temporal_end", "theme"} <= set(extras)
        assert {part["url"]: {
            "title": part["name"], "description": part["description"], "size": part["size"], "sha256": part["hash"], "issued": part["issued"],
            "modified": part["modified"], "mime": part["mimetype"], "rights": part["rights"]} for part in found["resources"]} == distributions(catalogue, dataset)


def test_ckan_reads_the_same_in_parts(service, ckan):
    parted = harvested("ckan", "ckan_harvest.py", service.url + PARTED)[0]
    assert parted["parts"] == 2 and parted["datasets"] == ckan[0]["datasets"]


def test_datagouv_reads_the_same_in_parts(service, datagouv):
    parted = harvested("udata", "datagouv_harvest.py", f"{service.url}/harvest/datagouv.jsonld?page_size=1")[0]
    assert masked(parted["datasets"], service.url) == masked(datagouv[0]["datasets"], service.url)


@pytest.mark.parametrize("portal", ["datagouv", "ckan"])
def test_a_second_harvest_changes_nothing(portal, request):
    first, second = request.getfixturevalue(portal)
    assert first == second


@pytest.mark.parametrize("environment, driver, feed", [("udata", "datagouv_harvest.py", "/harvest/datagouv.ttl"), ("ckan", "ckan_harvest.py", "/catalog.ttl")])
def test_the_next_release_updates_and_makes_no_twins(environment, driver, feed, store, release, dataset):
    process, service = start("--release", store / "release")
    try:
        first, second = harvested(environment, driver, service.url + feed, lambda: publish_next(store, release, dataset, process, service))
    finally:
        stop(process)
    assert re.findall("[0-9a-f]{64}", json.dumps(first)) != re.findall("[0-9a-f]{64}", json.dumps(second))  # the new files have come
    assert identities(first) == identities(second)


def identities(value) -> list[str]:
    """The names by which a portal knows again what it has."""
    if isinstance(value, dict):
        own = [f"{key} {inner}" for key, inner in value.items() if key in ("id", "identifier", "uri", "url") and isinstance(inner, str)]
        return sorted(own + [name for inner in value.values() for name in identities(inner)])
    return sorted(name for inner in value for name in identities(inner)) if isinstance(value, list) else []


@pytest.mark.parametrize("portal", ["datagouv", "ckan"])
def test_what_arrives_is_what_is_expected(portal, request, service):
    expected = HERE / "arrived" / f"{portal}.json"
    arrived = json.dumps(masked(request.getfixturevalue(portal)[0], service.url), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("UPDATE"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(arrived, encoding="utf-8")
    assert arrived == expected.read_text(encoding="utf-8"), "something else arrives: UPDATE=1 make harvest-rehearsal writes it, git diff shows it"


def masked(value, url: str):
    """What does not follow from the data: no number, digest, date, name of a database; the address of no one's machine."""
    if isinstance(value, dict):
        return {key.replace(url, "https://example.org"): masked(inner, url) for key, inner in value.items() if key != "id" or not re.fullmatch("[0-9a-f-]{24,36}", str(inner))}
    if isinstance(value, list):
        return [masked(inner, url) for inner in value]
    if isinstance(value, str):
        return re.sub(r"(?<![A-Za-z])\d+", "0", re.sub(r"[0-9a-f]{64}", "digest", value.replace(url, "https://example.org")))
    return value if isinstance(value, bool) or not isinstance(value, int | float) else 0
