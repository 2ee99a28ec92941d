"""What a change of what people write can affect, so that a small one is judged quickly and no less rightly.

A core constraint whose paths are one triple long sees the triples at its focus node and, for `sh:class`, the kinds of
the nodes at their other ends. So it can judge otherwise than before only at either end of a changed triple, at the
statements and selectors computed from one, and next to a thing whose kind changed. Shapes that look further judge all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import rdflib
from rdflib.collection import Collection
from rdflib.term import BNode, Node, URIRef

from cpbm_kg.vocabulary import OA, RDF, RDFS, SH

_TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
_NESTED = (SH.node, SH.property, SH.qualifiedValueShape, SH["not"])
_NESTED_LISTS = (SH["or"], SH["and"], SH.xone)
_ENDLESS = (SH.zeroOrMorePath, SH.oneOrMorePath)


@dataclass(frozen=True)
class Touched:
    """`nodes` are the IRIs at either end of every triple that differs, `retyped` those whose kind does."""

    nodes: frozenset[Node] = frozenset()
    retyped: frozenset[Node] = frozenset()

    def __or__(self, other: Touched) -> Touched:
        return Touched(self.nodes | other.nodes, self.retyped | other.retyped)


def touched(old: rdflib.Graph, new: rdflib.Graph, subjects: Iterable[Node] | None = None) -> Touched:
    """What differs between two graphs as written (of `subjects` alone, where given), brackets taken by what they say."""
    nodes: set[Node] = set()
    retyped: set[Node] = set()
    for subject in set(subjects) if subjects is not None else set(old.subjects()) | set(new.subjects()):
        if isinstance(subject, BNode):
            continue
        differing = _said(old, subject, frozenset()) ^ _said(new, subject, frozenset())
        if differing:
            nodes |= {subject, *_iris(differing)}
        if any(predicate == RDF.type for predicate, _ in differing):
            retyped.add(subject)
    return Touched(frozenset(nodes), frozenset(retyped))


def focus(judged: rdflib.Graph, change: Touched) -> set[Node]:
    """The nodes of the judged graph at which a constraint one triple long may judge otherwise than before `change`."""
    found = set(change.nodes)
    found.update(node for node in set(judged.subjects()) if isinstance(node, BNode))  # what has no name cannot be told apart
    for node in change.nodes:
        found.update(judged.subjects(RDF.subject, node))
        found.update(judged.objects(node, OA.hasSelector))
    for node in change.retyped:
        found.update(judged.subjects(None, node))
        found.update(value for value in judged.objects(node) if isinstance(value, URIRef))
    return found


def aimed(shapes: rdflib.Graph, judged: rdflib.Graph, nodes: set[Node]) -> rdflib.Graph:
    """The shapes with no targets but, for those with paths of at most one triple, such of their targets (SHACL 2.1.3) as
    are among `nodes`; all others keep theirs. (pySHACL's own choice of focus nodes also applies inside of
    sh:qualifiedValueShape, where it lets values pass unseen: 0.40.1.)"""
    near = {shape for target in _TARGETS for shape in shapes.subjects(target) if (steps := reach(shapes, shape)) is not None and steps <= 1}
    aimed = rdflib.Graph()
    for triple in shapes:
        if triple[1] not in _TARGETS or triple[0] not in near:
            aimed.add(triple)
            continue
        for node in _targets(judged, triple[1], triple[2], nodes):
            aimed.add((triple[0], SH.targetNode, node))
    return aimed


def _targets(judged: rdflib.Graph, target: Node, value: Node, nodes: set[Node]) -> Iterable[Node]:
    if target == SH.targetNode:
        return {value} & nodes
    if target == SH.targetSubjectsOf:
        return {node for node in nodes if (node, value, None) in judged}
    if target == SH.targetObjectsOf:
        return {found for subject, found in judged.subject_objects(value) if subject in nodes or found in nodes}
    kinds = set(judged.transitive_subjects(RDFS.subClassOf, value))
    return {node for node in nodes if not kinds.isdisjoint(judged.objects(node, RDF.type))}


def reach(shapes: rdflib.Graph, shape: Node, above: frozenset[Node] = frozenset()) -> int | None:
    """How many triples away from its focus a shape looks, the kinds of nodes apart; None where there is no bound."""
    if shape in above:
        return None
    path = shapes.value(shape, SH.path)
    length = 0 if path is None else _length(shapes, path)
    parts = [*(part for predicate in _NESTED for part in shapes.objects(shape, predicate)),
             *(part for predicate in _NESTED_LISTS for listed in shapes.objects(shape, predicate) for part in Collection(shapes, listed))]
    depths = [reach(shapes, part, above | {shape}) for part in parts]
    if length is None or None in depths:
        return None
    return length + max(depths, default=0)


def _length(shapes: rdflib.Graph, path: Node) -> int | None:
    """The number of triples along a property path (SHACL 2.3.1)."""
    if not isinstance(path, BNode):
        return 1
    for predicate, value in shapes.predicate_objects(path):
        if predicate in _ENDLESS:
            return None
        if predicate in (SH.inversePath, SH.zeroOrOnePath):
            return _length(shapes, value)
        steps = [_length(shapes, step) for step in Collection(shapes, value if predicate == SH.alternativePath else path)]
        if None in steps:
            return None
        return max(steps) if predicate == SH.alternativePath else sum(steps)
    return 1


def _said(graph: rdflib.Graph, subject: Node, above: frozenset[Node]) -> frozenset:
    """What a graph says of a node; a bracket counts by what it says itself."""
    within = above | {subject}
    return frozenset(
        (predicate, _said(graph, value, within) if isinstance(value, BNode) and value not in within else value)
        for predicate, value in graph.predicate_objects(subject))


def _iris(said: frozenset) -> set[Node]:
    found: set[Node] = set()
    for predicate, value in said:
        if isinstance(value, frozenset):
            found |= _iris(value)
        elif isinstance(value, URIRef) and predicate != RDF.type:
            found.add(value)
    return found
