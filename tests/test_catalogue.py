"""The catalogue as portals meet it: whole, valid, the same twice, updated without twins."""

import copy
import gzip
import hashlib
import json
import shutil
import signal
import time

import pyshacl
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import BNode, Literal, URIRef

from conftest import ROOT, start, stop
from cpbm_kg import examples, pipeline
from cpbm_kg.catalogue import DCAT, HYDRA, SPDX
from cpbm_kg.contracts import QUESTIONS
from cpbm_kg.vocabulary import ONTOLOGY, OWL, SH, XSD
from portals import mqa

HARVEST = ROOT.parent / "shared" / "harvest"
SYNTAXES = {"ttl": ("text/turtle", "turtle"), "rdf": ("application/rdf+xml", "xml"), "jsonld": ("application/ld+json", "json-ld"), "nt": ("application/n-triples", "nt")}
FEEDS = [f"/catalog.{name}" for name in SYNTAXES] + [f"/harvest/datagouv.{name}" for name in ("ttl", "rdf", "jsonld")]


@pytest.fixture(scope="module")
def catalogue(service) -> rdflib.Graph:
    return parsed(service, "/catalog.ttl")


@pytest.fixture(scope="module")
def harvest():
    """The shapes and vocabularies that portals check with; they are not ours to copy."""
    if not HARVEST.is_dir():
        pytest.skip("../shared/harvest is absent: the shapes of DCAT-AP and the vocabularies of the assessment are not at hand")
    return HARVEST


def parsed(service, path: str) -> rdflib.Graph:
    status, headers, body = service.get(path)
    assert status == 200, body
    syntax = next(syntax for media_type, syntax in SYNTAXES.values() if media_type == headers.get_content_type())
    return rdflib.Graph().parse(data=body, format=syntax)


def violations(graph: rdflib.Graph, harvest, file: str) -> set[str]:
    """The properties that the shapes of a file refuse in a catalogue that stands alone, beside what the controlled IRIs are."""
    both = graph + rdflib.Graph().parse(harvest / "eu-authority-snippet.ttl")
    normalise = rdflib.NORMALIZE_LITERALS
    try:
        _, results, _ = pyshacl.validate(both, shacl_graph=str(harvest / "dcat-ap-3.0.1" / file))
    finally:
        rdflib.NORMALIZE_LITERALS = normalise  # pySHACL leaves it changed for every test that follows
    return {str(results.value(found, SH.resultPath)) for found in results.objects(None, SH.result) if (found, SH.resultSeverity, SH.Violation) in results}


@pytest.mark.parametrize("file", ["html__shacl__shapes.ttl", "html__shacl__range.ttl", "html__shacl__deprecateduris.ttl"])
def test_the_shapes_of_dcat_ap_find_no_violation(catalogue, harvest, file):
    assert not violations(catalogue, harvest, file)


def test_the_shapes_of_vocabularies_refuse_what_is_their_own_fault_alone(catalogue, harvest):
    # They want the IRI of SHA-256 under https; SPDX itself writes http, and both harvesters know no other.
    assert violations(catalogue, harvest, "html__shacl__mdr-vocabularies.shape.ttl") == {str(SPDX.algorithm)}


def test_the_assessment_gives_every_point(service, catalogue, harvest):
    answers: dict[str, int] = {}

    def status(url: str) -> int:
        if url not in answers:
            assert url.startswith(service.url)
            answers[url] = service.get(url.removeprefix(service.url), method="HEAD")[0]
        return answers[url]

    points = mqa.score(catalogue, harvest / "mqa-vocab", status, not violations(catalogue, harvest, "html__shacl__shapes.ttl"))
    assert sum(points.values()) == mqa.TOTAL, points
    assert len(answers) > 60


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_direct_and_names_its_charset(service, path):
    status, headers, body = service.get(path)
    assert status == 200 and headers["Content-Type"] == SYNTAXES[path.rpartition(".")[2]][0] + "; charset=utf-8"
    head = service.get(path, method="HEAD")
    assert head[0] == 200 and head[2] == b""
    assert {name: head[1][name] for name in ("Content-Type", "Content-Length", "ETag")} == {name: headers[name] for name in ("Content-Type", "Content-Length", "ETag")}
    assert service.get(path, If_None_Match=headers["ETag"])[0] == 304


def test_the_catalogue_is_one_graph_in_every_format(service, catalogue):
    assert all(isomorphic(catalogue, parsed(service, f"/catalog.{name}")) for name in SYNTAXES)
    for name, (media_type, _) in SYNTAXES.items():
        negotiated = service.get("/catalog", Accept=media_type)
        assert negotiated[0] == 200 and negotiated[2] == service.get(f"/catalog.{name}")[2]


def test_another_process_sends_the_same_bytes(service, release):
    """So a restart, or a second server behind the same address, keeps every entity tag."""
    process, other = start("--release", release.folder, environment={"PYTHONHASHSEED": "12345", "CPBM_PUBLIC_URL": service.url})
    try:
        assert all(other.get(path)[1]["ETag"] == service.get(path)[1]["ETag"] for path in FEEDS)
    finally:
        stop(process)


def test_addresses_come_from_the_settings_and_not_from_the_request(service, catalogue):
    assert service.get("/catalog.ttl", Host="evil.example")[2] == service.get("/catalog.ttl")[2]
    assert not [term for triple in catalogue for term in triple if isinstance(term, BNode) or (isinstance(term, URIRef) and ":" not in term)]


@pytest.mark.parametrize("path", ["/catalog.xml", "/catalog.html", "/harvest/datagouv.csv"])
def test_an_unknown_format_is_refused_with_the_list(service, path):
    status, _, body = service.get(path)
    assert status == 406 and json.loads(body)["offered"] == [SYNTAXES[name][0] for name in ("ttl", "nt", "jsonld", "rdf")]


@pytest.mark.parametrize("query", ["page=0", "page=2", "page=x", "page_size=0", "page_size=101", "page=1&page=1", "page=3&page_size=1", "page=99999999999999999999"])
def test_a_part_that_does_not_exist_is_refused(service, query):
    status, headers, body = service.get(f"/catalog.ttl?{query}")
    assert status == 400 and headers.get_content_type() == "application/problem+json", body


@pytest.mark.parametrize("path", ["/catalog.ttl", "/harvest/datagouv.jsonld"])
def test_parts_of_one_dataset_give_each_once(service, path):
    whole, seen, read, following = parsed(service, path), [], rdflib.Graph(), f"{path}?page=1&page_size=1"
    assert not list(whole.subjects(RDF.type, HYDRA.PartialCollectionView))  # one page has no parts
    while following:
        part = parsed(service, following)
        assert int(part.value(predicate=HYDRA.totalItems, object=None) or part.value(next(part.subjects(RDF.type, DCAT.Catalog)), HYDRA.totalItems)) == 2
        seen += part.subjects(RDF.type, DCAT.Dataset)
        read += part
        (view,) = part.subjects(RDF.type, HYDRA.PartialCollectionView)
        assert view == URIRef(service.url + following)
        following = str(part.value(view, HYDRA.next) or "").removeprefix(service.url)
    assert sorted(seen) == sorted(set(whole.subjects(RDF.type, DCAT.Dataset))) and len(seen) == 2
    assert set(whole.subjects(RDF.type, DCAT.Distribution)) == set(read.subjects(RDF.type, DCAT.Distribution))


def test_what_data_gouv_reads_differs_in_two_things(service, catalogue):
    feed = parsed(service, "/harvest/datagouv.ttl")
    assert {value.datatype for value in feed.objects(None, SPDX.checksumValue)} <= {None, XSD.string}
    assert {value.datatype for value in catalogue.objects(None, SPDX.checksumValue)} == {XSD.hexBinary}
    periods = set(feed.objects(None, DCTERMS.temporal))
    assert periods and all(isinstance(period, BNode) for period in periods)
    blank, (period,) = periods.pop(), set(catalogue.objects(None, DCTERMS.temporal))

    def alike(graph: rdflib.Graph) -> set:
        return {tuple(period if term == blank else Literal(str(term)) if predicate == SPDX.checksumValue and isinstance(term, Literal) else term for term in (subject, predicate, value))
                for subject, predicate, value in graph}

    assert alike(feed) == alike(catalogue)


def test_every_file_listed_is_what_the_catalogue_says(service, catalogue):
    distributions = list(catalogue.subjects(RDF.type, DCAT.Distribution))
    assert len(distributions) > 60
    for distribution in distributions:
        path = str(catalogue.value(distribution, DCAT.downloadURL)).removeprefix(service.url)
        status, headers, body = service.get(path)
        assert status == 200, path
        assert len(body) == int(catalogue.value(distribution, DCAT.byteSize)), path
        assert hashlib.sha256(body).hexdigest() == str(catalogue.value(catalogue.value(distribution, SPDX.checksum), SPDX.checksumValue)), path
        packed = catalogue.value(distribution, DCAT.compressFormat)
        media_type = str(packed or catalogue.value(distribution, DCAT.mediaType)).removeprefix(mqa.IANA)
        assert headers.get_content_type() == media_type and "Content-Encoding" not in headers, path
        if packed:
            assert gzip.decompress(body) == service.get(path.removesuffix(".gz"))[2]
        assert {text.language for text in catalogue.objects(distribution, DCTERMS.title)} == {"fr", "en"} == {
            text.language for text in catalogue.objects(distribution, DCTERMS.description)}


def test_the_page_of_the_dataset_leads_to_every_file(service, release):
    page = service.get("/fr/dataset")[2].decode()
    assert [name for name, of in release.manifest["files"].items() if of.get("dataset") and page.count(f'href="/export/{name}"') != 1] == []


def test_files_can_be_taken_in_part_and_only_when_new(service, release):
    path, size = "/export/all.nq", release.manifest["files"]["all.nq"]["bytes"]
    status, headers, body = service.get(path, Range="bytes=0-99")
    assert status == 206 and len(body) == 100 and headers["Content-Range"] == f"bytes 0-99/{size}"
    assert service.get(path, Range=f"bytes={size}-")[0] == 416
    for feed in ("/catalog.ttl", path):
        modified = service.get(feed, method="HEAD")[1]["Last-Modified"]
        assert service.get(feed, If_Modified_Since=modified)[0] == 304
        assert service.get(feed, If_Modified_Since="Thu, 01 Jan 2099 00:00:00 GMT")[0] == 304
        assert service.get(feed, If_Modified_Since="Thu, 01 Jan 1998 00:00:00 GMT")[0] == 200


@pytest.fixture
def store(release, tmp_path):
    """A store of its own, that holds the release."""
    shutil.copytree(release.folder, tmp_path / "releases" / release.id)
    (tmp_path / "release").symlink_to(f"releases/{release.id}")
    return tmp_path


def test_the_next_release_updates_and_makes_no_twins(store, release, dataset):
    process, service = start("--release", store / "release")
    try:
        before = parsed(service, "/catalog.ttl")
        publish_next(store, release, dataset, process, service)
        after = parsed(service, "/catalog.ttl")
        announced = service.get("/releases.atom")[2].count(b"<entry>")
    finally:
        stop(process)
    for stable in (DCTERMS.identifier, DCAT.downloadURL, DCAT.dataset, DCAT.distribution):
        assert set(before.subject_objects(stable)) == set(after.subject_objects(stable))
    changed = {predicate for _, predicate, _ in before - after} | {predicate for _, predicate, _ in after - before}
    assert changed == {DCTERMS.modified, DCAT.version, DCAT.hasCurrentVersion, DCAT.previousVersion, DCAT.byteSize, SPDX.checksumValue}
    assert {str(old) for old in after.objects(None, DCAT.previousVersion)} == {f"{service.url}/release/{release.id}/manifest.json"}
    assert announced == 2


def publish_next(store, release, dataset, process, service) -> None:
    """Write the next version into the store and have the running server bring it in."""
    pipeline.freeze(next_version(dataset), store / "release", (release.folder / QUESTIONS).read_bytes())
    process.send_signal(signal.SIGHUP)
    for _ in range(200):
        if json.loads(service.get("/health")[2])["release"] == "0.2.0":
            return
        time.sleep(0.1)
    raise AssertionError("the server did not bring the next release in within 20 s")


def next_version(dataset):
    """The same data under another version and date."""
    following = copy.deepcopy(dataset)
    vocabulary = following.layers["vocabulary"]
    vocabulary.set((ONTOLOGY, OWL.versionInfo, Literal("0.2.0")))
    vocabulary.set((ONTOLOGY, DCTERMS.modified, Literal("2027-01-31", datatype=XSD.date)))
    for triple in examples.triples(pipeline.questions()[0]):
        following.add("examples", triple, None)
    return following


def test_a_release_that_is_damaged_withdraws_nothing(store):
    process, service = start("--release", store / "release")
    try:
        assert service.get("/catalog.ttl")[0] == 200
        damaged = store / "release" / "actions.csv"
        kept = damaged.read_bytes()
        damaged.write_bytes(kept[:100])
        for path in (*FEEDS, "/catalog"):
            status, headers, _ = service.get(path)
            assert status == 503 and int(headers["Retry-After"]) > 0, path
        damaged.write_bytes(kept)
        assert service.get("/catalog.ttl")[0] == 200
    finally:
        stop(process)


def test_a_file_served_in_place_of_a_release_has_no_catalogue(release):
    process, service = start("--data", release.folder / "source.ttl")
    try:
        assert {service.get(path)[0] for path in (*FEEDS, "/catalog")} == {404}
        assert service.get("/")[0] == 200
    finally:
        stop(process)
