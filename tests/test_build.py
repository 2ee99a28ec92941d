"""`build` gives the same bytes everywhere, loses nothing, and writes nothing when something is wrong."""

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import rdflib

from conftest import ROOT, run
from cpbm_kg.release import open_release
from cpbm_kg.vocabulary import BM, LAYER_NAMES, OA, PROV, RDF, SCHEMA, passage_span

PLANS = ROOT / "tests" / "plans"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def quads(folder: Path) -> list[ox.Quad]:
    return list(ox.parse(path=str(folder / "all.nq"), format=ox.RdfFormat.N_QUADS))


def test_two_builds_give_the_same_bytes_whatever_the_machine(release, tmp_path):
    elsewhere = {"PYTHONHASHSEED": "12345", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONUTF8": "0"}
    assert run("build", "--release", tmp_path / "r", environment=elsewhere).returncode == 0
    assert files(tmp_path / "r") == files(release.folder)


def test_the_text_changes_no_byte_of_a_build(release, tmp_path, source_text):
    done = run("build", "--release", tmp_path / "r", environment={"CPBM_SOURCE_TEXT": str(source_text)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert files(tmp_path / "r") == files(release.folder)


def test_the_manifest_tells_the_truth_about_every_file(release):
    manifest = json.loads((release.folder / "manifest.json").read_text())
    said_of_all = manifest["files"] | manifest["compressed"]
    assert set(said_of_all) == {p.name for p in release.folder.iterdir()} - {"manifest.json"}
    for name, said in said_of_all.items():
        data = (release.folder / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (said["bytes"], said["sha256"])
    assert manifest["canonicalSha256"] == manifest["files"]["all.nq"]["sha256"]
    counted = Counter(q.graph_name.value.rpartition("/")[2] for q in quads(release.folder))
    assert {layer: count for layer, count in manifest["triples"].items() if count} == dict(counted)


def test_the_sorted_nquads_are_the_canonical_form(release):
    dataset = ox.Dataset(quads(release.folder))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS).decode().splitlines(keepends=True)
    assert "".join(sorted(lines)).encode() == (release.folder / "all.nq").read_bytes()


def test_each_layer_file_is_its_graph_and_the_trig_is_all_of_them(release):
    by_layer: dict[str, set] = {layer: set() for layer in LAYER_NAMES}
    for q in quads(release.folder):
        by_layer[q.graph_name.value.rpartition("/")[2]].add(q.triple)
    for layer, triples in by_layer.items():
        assert set(ox.parse(path=str(release.folder / f"{layer}.ttl"), format=ox.RdfFormat.TURTLE)) == {ox.Quad(t.subject, t.predicate, t.object) for t in triples}
    assert set(ox.parse(path=str(release.folder / "all.trig"), format=ox.RdfFormat.TRIG)) == set(quads(release.folder))


def test_no_triple_stands_in_two_layers(release):
    layers: dict = {}
    for q in quads(release.folder):
        layers.setdefault(q.triple, set()).add(q.graph_name.value)
    assert not {triple: found for triple, found in layers.items() if len(found) > 1}


def test_only_lists_and_expressions_of_owl_and_shacl_are_blank(release):
    blank = [q for q in quads(release.folder) if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)]
    assert {q.graph_name.value.rpartition("/")[2] for q in blank} <= {"vocabulary", "shapes"}


def test_the_default_export_is_the_default_layers_and_holds_no_interpretation(release):
    default = {q.triple for q in ox.parse(path=str(release.folder / "default.ttl"), format=ox.RdfFormat.TURTLE)}
    shown = {"vocabulary", "source", "translation", "external", "entailed", "evidence", "examples"}
    assert default == {q.triple for q in quads(release.folder) if q.graph_name.value.rpartition("/")[2] in shown}
    interpretive = {ox.NamedNode(str(BM[name])) for name in ("interpretiveLink", "echoes", "suggestedTheme", "relatedAction")}
    facts = [t for t in default if t.predicate in interpretive or (t.predicate.value == str(RDF.predicate) and t.object in interpretive)]
    assert not facts


def test_every_source_triple_has_its_passage(release):
    """100 % of the A-box triples that come from the source are reachable from a passage."""
    source, evidence = (rdflib.Graph().parse(release.folder / f"{layer}.ttl") for layer in ("source", "evidence"))
    everything = source + evidence
    stated = {tuple(everything.value(s, p) for p in (RDF.subject, RDF.predicate, RDF.object)): s for s in evidence.subjects(RDF.type, BM.Statement)}
    bare = [triple for triple in source if (triple[0], BM.evidence, None) not in source
            and not (triple in stated and (stated[triple], BM.evidence, None) in evidence)]
    assert not bare


def test_every_passage_is_quoted_from_the_text(release, source_text):
    evidence = rdflib.Graph().parse(release.folder / "evidence.ttl")
    text = source_text.read_text(encoding="utf-8")
    quotes = {citation.removesuffix("#citation"): str(quote) for citation, quote in evidence.subject_objects(OA.exact)}
    assert len(quotes) > 100
    for passage, quote in quotes.items():
        start, end = passage_span(passage)
        assert text[start:end] == quote
        assert str(evidence.value(rdflib.URIRef(passage), SCHEMA.sha256)) == hashlib.sha256(quote.encode()).hexdigest()


def test_a_violation_writes_nothing_and_the_old_release_stays(tmp_path):
    plan, folder = tmp_path / "alpha", tmp_path / "release"
    shutil.copytree(PLANS / "alpha", plan)
    assert run("build", "--plan", plan, "--release", folder).returncode == 0
    before = files(folder)
    path = plan / "source" / "plan.ttl"
    path.write_text(path.read_text().replace("bm:number 3 ;", "bm:number 1 ;"))
    done = run("build", "--plan", plan, "--release", folder)
    assert done.returncode == 1
    assert "ActionNumberUnique" in done.stdout and "nothing was written" in done.stderr
    assert files(folder) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_two_plans_are_built_together(tmp_path):
    done = run("build", "--plan", PLANS / "alpha", "--plan", PLANS / "beta", "--release", tmp_path / "r")
    assert done.returncode == 0, done.stdout + done.stderr
    release = open_release(tmp_path / "r")
    assert release.manifest["things"]["Action"] == 3 and release.manifest["things"]["ActionPlan"] == 2
    counted = run("query", "-", "--release", tmp_path / "r", text="""
        PREFIX bm: <https://w3id.org/bassin-minier/ontology#> PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT ?plan (COUNT(?a) AS ?n) { ?a a bm:Action ; bm:number 1 ; dcterms:isPartOf ?plan } GROUP BY ?plan ORDER BY ?plan""").stdout
    assert counted.splitlines() == ["plan,n", "https://w3id.org/bassin-minier/id/alpha,1", "https://w3id.org/bassin-minier/id/beta,1"]


def test_two_plans_together_are_the_two_apart(tmp_path):
    def things(*plans: str) -> set[str]:
        folder = tmp_path / "-".join(plans)
        done = run("build", *(part for plan in plans for part in ("--plan", PLANS / plan)), "--release", folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return set((folder / "all.nq").read_text().splitlines())

    assert things("alpha", "beta") == things("alpha") | things("beta")


def test_an_entailed_tier_follows_from_the_axis_and_stands_apart(release):
    source, entailed = (rdflib.Graph().parse(release.folder / f"{layer}.ttl") for layer in ("source", "entailed"))
    for action in source.subjects(RDF.type, BM.Action):
        axis = source.value(action, BM.inAxis)
        assert list(entailed.objects(action, BM.inTier)) == [source.value(axis, BM.inTier)]
        assert (action, BM.inTier, None) not in source
        assert (action, RDF.type, PROV.Plan) in entailed


def test_a_damaged_release_is_refused_by_file_name(release, tmp_path):
    copy = tmp_path / "release"
    shutil.copytree(release.folder, copy)
    data = (copy / "source.ttl").read_bytes()
    (copy / "source.ttl").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    done = run("serve", "--release", copy, "--port", "8999")
    assert done.returncode == 3 and "source.ttl" in done.stderr and "Traceback" not in done.stderr


def test_a_statement_is_named_by_layer_and_triple(release):
    evidence = rdflib.Graph().parse(release.folder / "evidence.ttl")
    statements = list(evidence.subjects(RDF.type, BM.Statement))
    assert len(statements) > 39
    for statement in statements:
        subject, predicate, value = (evidence.value(statement, key) for key in (RDF.subject, RDF.predicate, RDF.object))
        line = ox.serialize([ox.Triple(*(ox_term(term) for term in (subject, predicate, value)))], format=ox.RdfFormat.N_TRIPLES).decode().rstrip("\n")
        names = {hashlib.sha256((layer + line).encode()).hexdigest()[:16] for layer in ("source", "translation", "external")}
        assert statement.rpartition("/")[2] in names


def ox_term(term):
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    return ox.Literal(str(term), language=term.language, datatype=ox.NamedNode(str(term.datatype)) if term.datatype and not term.language else None)
