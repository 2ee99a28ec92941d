"""What a change of the files can affect: the things described otherwise than before, and what stands near enough to
them for a rule to see the difference."""

from __future__ import annotations

import rdflib
from rdflib.collection import Collection
from rdflib.term import BNode, Node, URIRef

from cpbm_kg.vocabulary import RDF, SH

_NESTED = (SH.node, SH.property, SH.qualifiedValueShape, SH["not"])
_NESTED_LISTS = (SH["or"], SH["and"], SH.xone)
_ENDLESS = (SH.zeroOrMorePath, SH.oneOrMorePath)


def touched(old: rdflib.Graph, new: rdflib.Graph) -> set[Node]:
    """The IRIs at either end of every triple that one graph has and the other has not, brackets taken by what they say."""
    before, after = _descriptions(old), _descriptions(new)
    nodes: set[Node] = set()
    for subject in before.keys() | after.keys():
        differing = before.get(subject, frozenset()) ^ after.get(subject, frozenset())
        if differing:
            nodes.add(subject)
            nodes |= _iris(differing)
    return nodes


def near(graph: rdflib.Graph, nodes: set[Node], steps: int) -> set[Node]:
    """`nodes` and all IRIs within so many triples of them, in either direction, classes and literals left aside."""
    reached, frontier = set(nodes), set(nodes)
    for _ in range(steps):
        beyond = {term for node in frontier for subject, predicate, value in _around(graph, node) if predicate != RDF.type
                  for term in (subject, value) if isinstance(term, URIRef)}
        frontier = beyond - reached
        reached |= frontier
    return reached


def reach(shapes: rdflib.Graph) -> int | None:
    """How many triples away from its focus node a core constraint of `shapes` may look; None where there is no bound."""
    longest = 0
    for shape in set(shapes.subjects(SH.severity, None)) | set(shapes.subjects(SH.path, None)):
        steps = _reach(shapes, shape, set())
        if steps is None:
            return None
        longest = max(longest, steps)
    return longest


def _reach(shapes: rdflib.Graph, shape: Node, above: set[Node]) -> int | None:
    if shape in above:
        return None
    path = shapes.value(shape, SH.path)
    length = 0 if path is None else _length(shapes, path)
    inner = [*(part for predicate in _NESTED for part in shapes.objects(shape, predicate)),
             *(part for predicate in _NESTED_LISTS for parts in shapes.objects(shape, predicate) for part in Collection(shapes, parts))]
    depths = [_reach(shapes, part, above | {shape}) for part in inner]
    if length is None or None in depths:
        return None
    typed = 1 if (shape, SH["class"], None) in shapes else 0
    return length + max([typed, *depths])


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


def _around(graph: rdflib.Graph, node: Node):
    yield from graph.triples((node, None, None))
    yield from graph.triples((None, None, node))


def _descriptions(graph: rdflib.Graph) -> dict[Node, frozenset]:
    return {subject: _said(graph, subject, frozenset()) for subject in set(graph.subjects()) if isinstance(subject, URIRef)}


def _said(graph: rdflib.Graph, subject: Node, above: frozenset) -> frozenset:
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
