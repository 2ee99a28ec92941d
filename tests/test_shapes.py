"""Every constraint is silent on its valid examples and finds what its invalid examples announce (tests/shapes/README.md).

An example is judged by one rule alone, within the structure of the ontology (classes, properties, schemes): other rules
may find fault with it, since an example holds no more than its rule needs. pySHACL judges; rules written as a query are
judged by the engine as well, as `check` does it, and must say the same.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib.term import BNode, Node, URIRef

from conftest import ROOT
from cpbm_kg.validation import core, queries
from cpbm_kg.vocabulary import BM, OWL, RDF, RDFS, SH, SHAPE, SKOS

EXAMPLES = ROOT / "tests" / "shapes"
SHAPE_FILES = sorted((ROOT / "ontology" / "shapes").glob("*.ttl"))
RULE_TYPES = (SH.NodeShape, SH.PropertyShape)
TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
STRUCTURE = (RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, RDFS.isDefinedBy, OWL.versionIRI, SKOS.inScheme, SKOS.topConceptOf,
             BM.requiresStatement)
EXPECTED = re.compile(r"^# constat: shape:(?P<rule>\w+) focus=(?P<focus><[^>]+>|_|\*)(?: value=(?P<value>.+))?$", re.MULTILINE)


@cache
def shapes() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in SHAPE_FILES:
        graph.parse(path)
    return graph


@cache
def structure() -> rdflib.Graph:
    """What an example needs to know of the ontology: its own labels and definitions are judged elsewhere."""
    whole, kept = rdflib.Graph(), rdflib.Graph()
    for path in (ROOT / "ontology").rglob("*.ttl"):
        if path not in SHAPE_FILES:
            whole.parse(path)
    for predicate in STRUCTURE:
        for subject, value in whole.subject_objects(predicate):
            kept.add((subject, predicate, value))
    return kept


@cache
def rules() -> tuple[URIRef, ...]:
    """The shapes that are rules; those in lower case are helpers that rules refer to."""
    found = {shape for kind in RULE_TYPES for shape in shapes().subjects(RDF.type, kind)}
    return tuple(sorted(shape for shape in found if isinstance(shape, URIRef) and shape.removeprefix(SHAPE)[0].isupper()))


@cache
def alone(rule: URIRef) -> rdflib.Graph:
    """The rule with all that it refers to, and no other rule."""
    kept, waiting, known = rdflib.Graph(), [rule], {rule}
    while waiting:
        for triple in shapes().triples((waiting.pop(), None, None)):
            kept.add(triple)
            if not isinstance(triple[2], rdflib.Literal) and triple[2] not in known:
                known.add(triple[2])
                waiting.append(triple[2])
    return kept


def name(rule: Node) -> str:
    return str(rule).removeprefix(SHAPE)


EXAMPLE_FILES = sorted(EXAMPLES.glob("*/*.ttl"))


def test_every_rule_has_a_valid_and_an_invalid_example():
    kinds = {(path.parent.name, path.name.partition("-")[0]) for path in EXAMPLE_FILES}
    assert len(rules()) >= 38
    assert kinds == {(name(rule), kind) for rule in rules() for kind in ("valid", "invalid")}


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_rule_finds_what_its_example_announces(path):
    rule = SHAPE[path.parent.name]
    example = rdflib.Graph().parse(path)
    expected = [(found["rule"], found["focus"], found["value"]) for found in EXPECTED.finditer(path.read_text(encoding="utf-8"))]
    assert bool(expected) == path.name.startswith("invalid-"), "an invalid example announces what is found, a valid one nothing"
    judged = rdflib.Graph()
    for graph in (structure(), example):
        for triple in graph:
            judged.add(triple)
    found = core.results(judged, alone(rule))
    assert_as_announced(found, expected, rule)
    if shapes().value(rule, SH.sparql):
        by_query = core.results(judged, queries.without_queries(alone(rule))) | queries.results(queries.engine_of(judged), alone(rule))
        assert by_query == found


def assert_as_announced(found: set, expected: list, rule: URIRef) -> None:
    assert {result.shape for result in found} <= {rule}
    assert all(announced == name(rule) for announced, _, _ in expected)
    unexplained = set(found)
    for _, focus, value in expected:
        matching = {result for result in unexplained if agrees(result.focus, focus) and (value is None or agrees(result.value, value))}
        assert matching, f"not found: {focus} {value or ''}; found: {found}"
        unexplained -= matching
    assert not unexplained, f"found, not announced: {unexplained}"


def agrees(term: Node | None, announced: str) -> bool:
    if announced == "*":
        return True
    if announced == "_":
        return isinstance(term, BNode)
    return term is not None and term == rdflib.util.from_n3(announced) or term is not None and same_number(term, announced)


def same_number(term: Node, announced: str) -> bool:
    return isinstance(term, rdflib.Literal) and term.n3().startswith(f'"{announced}"^^') and announced.isdecimal()


@pytest.mark.parametrize("rule", rules(), ids=name)
def test_a_rule_says_whom_it_judges_how_gravely_why_and_what_to_do(rule):
    graph = shapes()
    assert any((rule, target, None) in graph for target in TARGETS)
    assert graph.value(rule, SH.severity) in (SH.Violation, SH.Warning, SH.Info)
    for predicate in (SH.message, RDFS.comment):
        assert sorted(text.language for text in graph.objects(rule, predicate)) == ["en", "fr"], predicate


def test_only_lists_and_path_expressions_are_blank():
    graph = shapes()
    expressions = {SH.alternativePath, SH.inversePath, SH.zeroOrMorePath, RDF.first, RDF.rest}
    for node in {term for triple in graph for term in triple if isinstance(term, BNode)}:
        assert {predicate for predicate in graph.predicates(node)} <= expressions, node


@pytest.mark.parametrize("query", sorted(shapes().objects(None, SH.sparql)), ids=name)
def test_a_query_runs_on_every_engine_and_once_for_the_whole_graph(query):
    """No clause that SHACL forbids with pre-binding (appendix A), none that engines evaluate slowly or differently, and
    `$this` bound by a pattern of the outermost group."""
    text = str(shapes().value(query, SH.select))
    assert not re.search(r"\b(MINUS|VALUES|SERVICE|GRAPH|NOW)\b", text) and len(re.findall(r"\bSELECT\b", text)) == 1
    assert re.search(r"SELECT (DISTINCT )?\$this \?value WHERE \{", text)
    outermost = re.sub(r"\{[^{}]*\}", "", text.partition("{")[2].rpartition("}")[0])
    assert any("$this" in line and "FILTER" not in line and "BIND" not in line for line in outermost.splitlines())
    assert not re.search(r"NOT EXISTS \{[^}]*[;.][^}]*\}", text), "more than one step: use OPTIONAL and !BOUND"
    assert text.count("$") == text.count("$this")


def test_no_year_and_no_count_of_a_plan_stands_in_a_rule():
    """Years, counts and highest numbers are data of a plan (decisions.md, 2)."""
    constants = [str(value) for predicate in (SH.select, SH.pattern, SH.minInclusive, SH.maxInclusive, SH.hasValue)
                 for value in shapes().objects(None, predicate) if not isinstance(value, URIRef)]
    assert constants and not [constant for constant in constants if re.search(r"(?<![/\d])(19|20)\d\d(?![/\d])", constant)]
    counts = {value.toPython() for predicate in (SH.minCount, SH.maxCount, SH.qualifiedMinCount, SH.qualifiedMaxCount)
              for value in shapes().objects(None, predicate)}
    assert counts <= {0, 1, 2}


def test_each_shape_stands_in_one_file():
    seen: dict[Node, Path] = {}
    for path in SHAPE_FILES:
        for shape in set(rdflib.Graph().parse(path).subjects(RDF.type, None)):
            assert shape not in seen, f"{shape} in {seen.get(shape)} and {path}"
            seen[shape] = path
