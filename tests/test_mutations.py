"""The real data, broken in every way that a rule forbids: each break is found by the rule meant for it (tests/mutations/README.md).

Breaks that touch different subjects and expect different rules share one validation (decisions.md, 24), so that the
whole takes seconds; a break that another one of its batch hides is tried again alone before it counts as not found.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import rdflib
import yaml
from rdflib.term import Node, URIRef

from cpbm_kg import validation
from cpbm_kg.changes import Touched
from cpbm_kg.vocabulary import RDF, SHAPE
from conftest import ROOT

FOLDER = ROOT / "tests" / "mutations"
PREFIXES = (FOLDER / "prefixes.sparql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Break:
    """`removed` and `added` are what the edit does to the real data; `near` is what it touches and what points there."""

    name: str
    rule: Node
    removed: frozenset
    added: frozenset
    near: frozenset

    @property
    def subjects(self) -> set[Node]:
        return {triple[0] for triple in self.removed | self.added}


class Record:
    """Which triples an update asks a graph to remove and to add. rdflib updates plain graphs only, not subclasses, so
    the two methods that an update goes through are wrapped on the one graph."""

    def __init__(self, graph: rdflib.Graph):
        self.removed, self.added = set(), set()
        remove, add_all = graph.remove, graph.addN

        def recording_remove(triple):
            self.removed.add(triple)
            return remove(triple)

        def recording_add(quads):
            quads = list(quads)
            self.added.update(quad[:3] for quad in quads)
            return add_all(quads)

        graph.remove, graph.addN = recording_remove, recording_add

    def taken(self) -> tuple[set, set]:
        """What was asked since the last call."""
        removed, added = self.removed, self.added
        self.removed, self.added = set(), set()
        return removed, added


def listed() -> list[dict[str, str]]:
    return [entry for path in sorted(FOLDER.glob("*.yaml")) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def breaks(judged_graph) -> list[Break]:
    """Every listed break, its edit tried on a copy of the real data and undone."""
    copy, known, found = rdflib.Graph(), set(judged_graph), []
    change(copy, (), known)
    record = Record(copy)
    for entry in listed():
        copy.update(PREFIXES + entry["edit"])
        removed, added = record.taken()
        removed, added = frozenset(removed & known - added), frozenset(added - known)
        change(copy, added, removed)
        record.taken()
        terms = {term for triple in removed | added for term in triple}
        pointing = {subject for triple in removed | added for subject in judged_graph.subjects(None, triple[0])}
        found.append(Break(entry["name"], SHAPE[entry["rule"]], removed, added, frozenset(terms | pointing)))
    return found


@pytest.fixture(scope="module")
def outcome(breaks, judged_graph, dataset) -> tuple[set[str], set]:
    """The names of the breaks that their rule does not find, and the results that judging only what changed overlooks."""
    shapes = dataset.layers["shapes"]
    overlooked: set = set()
    before = validation.results(judged_graph, shapes)
    copy = rdflib.Graph()
    change(copy, (), judged_graph)

    def unfound(batch: list[Break]) -> list[Break]:
        for one in batch:
            change(copy, one.removed, one.added)
        new = validation.results(copy, shapes) - before
        overlooked.update(new - validation.results(copy, shapes, touched(batch)))
        for one in batch:
            change(copy, one.added, one.removed)
        return [one for one in batch if not any(
            result.shape == one.rule and {result.focus, result.value} & one.near for result in new)]

    hidden = [one for batch in batches(breaks) for one in unfound(batch)]
    return {one.name for one in hidden if unfound([one])}, overlooked


def touched(batch: list[Break]) -> Touched:
    """What a batch changes, as `check --changed` sees it."""
    triples = [triple for one in batch for triple in one.removed | one.added]
    return Touched(frozenset(term for triple in triples for term in (triple[0], triple[2]) if isinstance(term, URIRef)),
                   frozenset(subject for subject, predicate, _ in triples if predicate == RDF.type))


def change(graph: rdflib.Graph, removed, added) -> None:
    for triple in removed:
        graph.remove(triple)
    for triple in added:
        graph.add(triple)


def batches(breaks: list[Break]) -> list[list[Break]]:
    """The breaks in as few lists as they fit in greedily, no rule twice in a list and no subject touched twice."""
    found: list[list[Break]] = []
    for one in breaks:
        for batch in found:
            if all(one.rule != other.rule and not one.subjects & other.subjects for other in batch):
                batch.append(one)
                break
        else:
            found.append([one])
    return found


def test_there_are_many_breaks_and_every_rule_is_tried(dataset):
    entries = listed()
    names = [entry["name"] for entry in entries]
    assert len(names) == len(set(names)) >= 60
    rules = {str(shape).removeprefix(SHAPE) for shape in dataset.layers["shapes"].subjects(rdflib.SH.message)}
    assert {entry["rule"] for entry in entries} == rules


def test_every_break_changes_the_data(breaks):
    assert not [one.name for one in breaks if not one.removed and not one.added]


@pytest.mark.parametrize("name", [entry["name"] for entry in listed()])
def test_a_break_is_found_by_the_rule_meant_for_it(name, outcome):
    assert name not in outcome[0]


def test_judging_what_changed_finds_all_that_judging_everything_finds(outcome):
    assert outcome[1] == set()
