"""Queries evaluated once over the whole graph give what pySHACL gives focus by focus."""

import random

import pytest
import rdflib

from conftest import ROOT
from cpbm_kg import pipeline
from cpbm_kg.validation import JUDGED_LAYERS, core, queries, results, suspects
from cpbm_kg.vocabulary import BASE, BM, OA, RDF, SCHEMA, SH, SKOS, XSD

PLANS = [ROOT / "tests/plans/alpha", ROOT / "tests/plans/beta"]


@pytest.fixture(scope="module")
def two_plans():
    dataset, findings = pipeline.derive(PLANS)
    assert not findings
    return dataset.union(JUDGED_LAYERS), dataset.layers["shapes"]


def planted(graph: rdflib.Graph) -> rdflib.Graph:
    """A copy with a fault for rules of every kind: numbers, axes, labels, evidence, modality, terms."""
    broken = rdflib.Graph()
    for triple in graph:
        broken.add(triple)
    action, other = sorted(graph.subjects(RDF.type, BM.Action))[:2]
    broken.set((action, BM.number, graph.value(other, BM.number)))
    broken.add((action, BM.number, rdflib.Literal(999)))
    broken.set((other, SKOS.prefLabel, rdflib.Literal("Un libellé que personne n'a imprimé", lang="fr")))
    broken.remove((other, BM.inAxis, None))
    broken.add((other, BM.nosuchTerm, action))
    broken.add((other, BM.echoes, action))
    for citation in list(graph.subjects(RDF.type, OA.TextQuoteSelector))[:1]:
        broken.set((citation, OA.exact, rdflib.Literal("court", lang="fr")))
    for statement in sorted(graph.subjects(RDF.type, BM.Statement))[:1]:
        broken.remove((statement, BM.modality, None))
        broken.remove((statement, BM.evidence, None))
    broken.add((action, SCHEMA.startDate, rdflib.Literal("2013-13-45", datatype=rdflib.XSD.date)))
    return broken


def test_a_clean_graph_has_no_results_either_way(two_plans):
    judged, shapes = two_plans
    assert results(judged, shapes) == core.results(judged, shapes) == set()


def test_planted_faults_give_equal_results_either_way(two_plans):
    judged, shapes = two_plans
    broken = planted(judged)
    ours, theirs = results(broken, shapes), core.results(broken, shapes)
    assert ours == theirs
    assert len({result.shape for result in ours}) >= 8


def test_every_query_can_be_evaluated_over_the_whole_graph(two_plans):
    """The conditions under which joining with the target is pre-binding: one WHERE, targets we know, `$this` and at
    most `?value` and `?path` projected."""
    _, shapes = two_plans
    for shape, constraint in shapes.subject_objects(SH.sparql):
        select = str(shapes.value(constraint, SH.select))
        head = select.upper().split("WHERE")[0]
        assert "$THIS" in head and "*" not in head, shape
        assert any((shape, target, None) in shapes for target in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)), shape
        assert "$PATH" not in select.upper() and "$SHAPESGRAPH" not in select.upper(), shape


# --- suspects: pySHACL judges those whom a query names, and finds what it finds when it judges all ------------------

# Values that break constraints of every kind, some of which the store rewrites.
VALUES = [
    rdflib.Literal("x"), rdflib.Literal("de", lang="de"), rdflib.Literal("en", lang="en"), rdflib.Literal(" bordé ", lang="fr"), rdflib.Literal("a\nb", lang="fr"),
    rdflib.Literal("", lang="fr"), rdflib.Literal(0), rdflib.Literal(-3), rdflib.Literal(1), rdflib.Literal("A"), rdflib.Literal("a" * 64), rdflib.Literal("59123"), rdflib.Literal(True),
    *(rdflib.Literal(form, datatype=XSD[name]) for form, name in (
        ("01", "integer"), ("+1", "integer"), ("1", "int"), ("1.50", "decimal"), ("1", "boolean"), ("A", "string"), ("2013-05-01", "date"),
        ("2013-05-01T10:00:00+00:00", "dateTime"), ("2013-05-01T10:00:00Z", "dateTime"))),
    rdflib.URIRef("https://schema.org/Place"), rdflib.URIRef(BASE + "id/theme/x"), rdflib.URIRef(BASE + "id/X_y"),
]


@pytest.fixture(scope="module")
def sampled(dataset) -> rdflib.Graph:
    """A few things of every class and property that shapes aim at, of the real graph, and what they lead to."""
    judged, shapes = dataset.union(JUDGED_LAYERS), dataset.layers["shapes"]
    seeds = {thing for kind in shapes.objects(None, SH.targetClass) for thing in sorted(judged.subjects(RDF.type, kind))[:3]}
    seeds |= {thing for term in shapes.objects(None, SH.targetSubjectsOf) for thing in sorted(set(judged.subjects(term)))[:2]}
    sample = dataset.union(["vocabulary"])
    for _ in range(3):
        for triple in [triple for thing in seeds for triple in judged.triples((thing, None, None))]:
            sample.add(triple)
            seeds.add(triple[2])
    return sample


def changed(graph: rdflib.Graph, terms: list, draw: random.Random) -> rdflib.Graph:
    """A copy in which what shapes look at is taken away, doubled, swapped, retyped."""
    broken = rdflib.Graph()
    for triple in graph:
        broken.add(triple)
    looked_at = sorted(triple for triple in graph if triple[1] in terms or triple[1] == RDF.type)
    for _ in range(draw.randint(10, 60)):
        subject, predicate, value = draw.choice(looked_at)
        if draw.random() < 0.5:
            broken.remove((subject, predicate, value))
        if draw.random() < 0.7:
            broken.add((subject, draw.choice(terms) if draw.random() < 0.3 else predicate, draw.choice([draw.choice(VALUES), draw.choice(looked_at)[2]])))
    for triple in [triple for triple in broken if isinstance(triple[2], rdflib.Literal) and triple[2].ill_typed]:
        broken.remove(triple)
    return broken


@pytest.mark.parametrize("seed", range(12))
def test_pyshacl_finds_of_suspects_what_it_finds_of_all(seed, sampled, dataset):
    cores = queries.without_queries(dataset.layers["shapes"])
    terms = sorted({term for _, key, term in cores if key in (SH.path, RDF.first, SH.inversePath) and isinstance(term, rdflib.URIRef)})
    broken = changed(sampled, terms, random.Random(seed))
    suspected = suspects.find(queries.engine_of(broken), cores, suspects.of_literals(broken, cores))
    found = core.results(broken, cores)
    assert core.results(broken, suspects.aimed(cores, suspected)) == found
    assert len({result.shape for result in found}) > 10


def test_few_are_suspected_where_little_is_wrong(dataset):
    cores = queries.without_queries(dataset.layers["shapes"])
    judged = dataset.union(JUDGED_LAYERS)
    suspected = suspects.find(queries.engine_of(judged), cores, suspects.of_literals(judged, cores))
    assert not suspected.whole
    assert sum(map(len, suspected.nodes.values())) < 5, suspected.nodes


@pytest.mark.parametrize("constraint", ["sh:closed true", "sh:minLength 3", "sh:property [ sh:path bm:number ; sh:minCount 1 ]", "sh:node bm:other",
                                        "sh:path ( bm:inAxis [ sh:zeroOrMorePath bm:inTier ] ) ; sh:minCount 1"])
def test_what_has_no_query_is_judged_whole(constraint, two_plans):
    judged, _ = two_plans
    shapes = rdflib.Graph().parse(data=f"@prefix bm: <{BM}> . @prefix sh: <{SH}> . bm:shape sh:targetClass bm:Action ; {constraint} .", format="turtle")
    suspected = suspects.find(queries.engine_of(judged), shapes, suspects.of_literals(judged, shapes))
    assert suspected.whole == {BM.shape}
    assert core.results(judged, suspects.aimed(shapes, suspected)) == core.results(judged, shapes)
