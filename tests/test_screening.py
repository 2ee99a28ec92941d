"""Screening for suspects leaves pySHACL's results as they are, whatever is wrong with a graph: planted faults of every kind
on the real graph, and small graphs and shapes that hypothesis makes up."""

from __future__ import annotations

import random

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.collection import Collection
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg import validation
from cpbm_kg.errors import UnreadableError
from cpbm_kg.validation import core, queries, suspects
from cpbm_kg.vocabulary import BM, OA, RDF, RDFS, SH, SHAPE, XSD

EX = rdflib.Namespace("http://example.org/")


def typed(form: str, datatype: Node) -> Literal:
    return Literal(form, datatype=datatype, normalize=False)


def copied(graph: rdflib.Graph) -> rdflib.Graph:
    copy = rdflib.Graph()
    for triple in graph:
        copy.add(triple)
    return copy


def said(judge, graph: rdflib.Graph, shapes: rdflib.Graph):
    """The results, or that the judge cannot tell."""
    try:
        return judge(graph, shapes)
    except UnreadableError:
        return UnreadableError


@pytest.fixture(scope="module")
def cores(dataset):
    return queries.without_queries(dataset.layers["shapes"])


# None: no value. A literal that a store rewrites hides the screening of what it may concern, so it stands apart.
PLANTED = {
    "other nodes": [None, EX.nothing],
    "literals": [Literal("x"), Literal("A"), Literal(" x\x1c"), Literal("", lang="de"), Literal("x", lang="FR"), typed("0", XSD.integer), typed("1999-01-01", XSD.date)],
    "rewritten literals": [typed("01", XSD.integer), typed("1", XSD.int), typed("1.50", XSD.decimal), typed("A", XSD.string), typed("2013-03-15T09:00:00", XSD.dateTime),
                           typed("2013-03-15T09:00:00+00:00", XSD.dateTime)],
}


@pytest.mark.parametrize("values", PLANTED.values(), ids=PLANTED)
def test_planted_faults_are_found_as_by_pyshacl_alone(values, judged_graph, cores):
    """Of each property that shapes name, some subjects have a value beside their own, some instead of them."""
    broken, chance = copied(judged_graph), random.Random(0)
    for predicate in sorted(set(cores.objects()) & set(judged_graph.predicates())):
        subjects = sorted({subject for subject in judged_graph.subjects(predicate) if isinstance(subject, URIRef)})
        for number, subject in enumerate(chance.sample(subjects, min(2 * len(values), len(subjects)))):
            value = values[number // 2]
            if value is None or number % 2:
                broken.remove((subject, predicate, None))
            if value is not None:
                broken.add((subject, predicate, value))
    alone = core.results(broken, cores)
    assert validation.results(broken, cores) == alone
    assert len({result.shape for result in alone}) >= 30


def test_two_values_that_are_one_in_the_store_are_two(judged_graph, cores):
    broken = copied(judged_graph)
    selector, start = min((selector, start) for selector, start in judged_graph.subject_objects(OA.start) if start.value)
    broken.add((selector, OA.start, typed(f"0{start}", XSD.integer)))
    found = validation.results(broken, cores)
    assert found == core.results(broken, cores)
    assert SHAPE.PassageSpanSingle in {result.shape for result in found}


CLASSES, PROPERTIES, NODES = ([EX[f"{letter}{number}"] for number in range(4)] for letter in "Cpn")
VALUES = [*NODES, Literal("a"), Literal("b", lang="fr"), Literal("a", lang="fr-BE"), Literal("a", lang="en"), Literal(1), Literal(2), typed("01", XSD.integer),
          typed("1", XSD.int), typed("a", XSD.string), typed("2013-03-15", XSD.date), typed("2013-03-16+14:00", XSD.date), typed("2013-03-15T09:00:00Z", XSD.dateTime),
          typed("2013-03-15T09:00:00.0000001Z", XSD.dateTime), typed("2013-03-15T09:30:00", XSD.dateTime)]
SUBJECTS = [*NODES, BNode("b")]
triples = st.one_of(
    st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(PROPERTIES), st.sampled_from([*VALUES, *SUBJECTS])),
    st.tuples(st.sampled_from(SUBJECTS), st.just(RDF.type), st.sampled_from(CLASSES)),
    st.tuples(st.sampled_from(CLASSES), st.just(RDFS.subClassOf), st.sampled_from(CLASSES)),
)
targets = st.one_of(
    st.tuples(st.just(SH.targetClass), st.sampled_from(CLASSES)),
    st.tuples(st.just(SH.targetNode), st.sampled_from([*NODES, EX.nowhere])),
    st.tuples(st.sampled_from([SH.targetSubjectsOf, SH.targetObjectsOf]), st.sampled_from(PROPERTIES)),
)
NUMBERS = st.integers(0, 2).map(Literal)
OF_VALUES = {
    SH["class"]: st.sampled_from(CLASSES), SH.datatype: st.sampled_from([XSD.integer, XSD.int, XSD.string, XSD.dateTime]),
    SH.nodeKind: st.sampled_from([SH.IRI, SH.Literal, SH.BlankNodeOrIRI]), SH.pattern: st.sampled_from(["a", "^0", "n[01]$", r"\S+:\d"]).map(Literal),
    SH.minInclusive: st.sampled_from([Literal(2), typed("01", XSD.integer)]), SH.languageIn: st.just([Literal("fr")]), SH["in"]: st.lists(st.sampled_from(VALUES), min_size=1, max_size=3),
    SH.hasValue: st.sampled_from(VALUES),
}
OF_PATHS = {
    SH.minCount: NUMBERS, SH.maxCount: NUMBERS, SH.uniqueLang: st.just(Literal(True)), SH.disjoint: st.sampled_from(PROPERTIES),
    SH.lessThan: st.sampled_from(PROPERTIES), SH.lessThanOrEquals: st.sampled_from(PROPERTIES),
}


class Shapes:
    """A shapes graph that grows shape by shape as `draw` decides."""

    def __init__(self, draw):
        self.graph, self._draw = rdflib.Graph(), draw

    def shape(self, depth: int, with_path: bool | None = None) -> Node:
        shape = EX[f"shape{len(self.graph)}"]
        with_path = self._draw(st.booleans()) if with_path is None else with_path
        self.graph.add((shape, RDF.type, SH.PropertyShape if with_path else SH.NodeShape))
        if with_path:
            self.graph.add((shape, SH.path, self._path(2)))
        if self._draw(st.integers(0, 15)) == 15:
            self.graph.add((shape, SH.deactivated, Literal(True)))
        kinds = OF_VALUES | (OF_PATHS if with_path else {})
        for kind in self._draw(st.lists(st.sampled_from(sorted(kinds)), min_size=0 if depth else 1, max_size=2, unique=True)):
            value = self._draw(kinds[kind])
            self.graph.add((shape, kind, self._list(value) if isinstance(value, list) else value))
        if depth:
            self._refer(shape, depth, with_path)
        return shape

    def _refer(self, shape: Node, depth: int, with_path: bool) -> None:
        kind = self._draw(st.sampled_from([None, SH["not"], SH["or"], SH.property, *([SH.qualifiedValueShape] if with_path else [])]))
        if kind == SH["or"]:
            self.graph.add((shape, kind, self._list([self.shape(depth - 1), self.shape(depth - 1)])))
        elif kind is not None:
            self.graph.add((shape, kind, self.shape(depth - 1, True if kind == SH.property else None)))
        if kind == SH.qualifiedValueShape:
            for count in self._draw(st.sampled_from([(SH.qualifiedMinCount,), (SH.qualifiedMaxCount,), (SH.qualifiedMinCount, SH.qualifiedMaxCount)])):
                self.graph.add((shape, count, self._draw(NUMBERS)))

    def _path(self, depth: int) -> Node:
        kind = self._draw(st.sampled_from([None, None, SH.inversePath, SH.alternativePath, RDF.List])) if depth else None
        if kind == RDF.List:
            return self._list([self._path(depth - 1), self._path(depth - 1)])
        if kind is None:
            return self._draw(st.sampled_from(PROPERTIES))
        path = BNode()
        self.graph.add((path, kind, self._path(0) if kind == SH.inversePath else self._list([self._path(depth - 1), self._path(depth - 1)])))
        return path

    def _list(self, members: list) -> Node:
        return Collection(self.graph, BNode(), members).uri


@st.composite
def shapes_graphs(draw) -> rdflib.Graph:
    shapes = Shapes(draw)
    for _ in range(draw(st.integers(1, 2))):
        shape = shapes.shape(2)
        for target in draw(st.lists(targets, min_size=1, max_size=2)):
            shapes.graph.add((shape, *target))
    return shapes.graph


@given(st.lists(triples, min_size=4, max_size=30), shapes_graphs())
@settings(max_examples=300, deadline=None)
def test_what_hypothesis_makes_up_is_judged_as_by_pyshacl_alone(data, shapes):
    graph = rdflib.Graph()
    for triple in data:
        graph.add(triple)
    assert said(validation.results, graph, shapes) == said(core.results, graph, shapes)


def test_more_suspects_than_one_query_names_are_judged_all_the_same(judged_graph, cores, monkeypatch):
    monkeypatch.setattr(suspects, "_MOST", 2)
    broken = copied(judged_graph)
    for action, number in list(judged_graph.subject_objects(BM.number))[:3]:
        broken.set((action, BM.number, typed(str(number), XSD.int)))
    assert validation.results(broken, cores) == core.results(broken, cores)
