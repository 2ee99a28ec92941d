"""Queries evaluated once over the whole graph give what pySHACL gives focus by focus."""

import pytest
import rdflib

from conftest import ROOT
from cpbm_kg import pipeline
from cpbm_kg.validation import JUDGED_LAYERS, core, results
from cpbm_kg.vocabulary import BM, OA, RDF, SCHEMA, SH, SKOS

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
