"""`sh:sparql` constraints, each evaluated once over the whole graph instead of once per focus node.

SHACL 5.3.1 defines a constraint's results by its query with `$this` pre-bound to each focus node. For queries whose
patterns bind `$this` themselves, joining the query with the shape's target gives the same solutions in one evaluation;
a test holds both equal on the real graph and on planted errors. Targets: SHACL 2.1.3.
"""

from __future__ import annotations

import re
from io import BytesIO

import rdflib
from rdflib.query import Result as Table
from rdflib.term import Node

from cpbm_kg.engine import Engine, Query
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.media import JSON, Form
from cpbm_kg.validation.results import Result
from cpbm_kg.vocabulary import RDF, RDFS, SH

LARGEST_TABLE = 2**30
_WHERE = re.compile(r"\bWHERE\s*\{", re.IGNORECASE)


def without_queries(shapes: rdflib.Graph) -> rdflib.Graph:
    """The shapes with their core constraints alone."""
    kept = rdflib.Graph()
    for triple in shapes:
        if triple[1] != SH.sparql:
            kept.add(triple)
    return kept


def engine_of(judged: rdflib.Graph) -> MemoryEngine:
    """An engine that answers from a graph."""
    return MemoryEngine.of_triples(judged.serialize(format="nt", encoding="utf-8"), LARGEST_TABLE)


def results(engine: Engine, shapes: rdflib.Graph) -> set[Result]:
    """The results of every `sh:sparql` constraint of `shapes` on the default graph of an engine."""
    found: set[Result] = set()
    for shape, constraint in shapes.subject_objects(SH.sparql):
        if (shape, SH.deactivated, rdflib.Literal(True)) in shapes:
            continue
        severity = shapes.value(shape, SH.severity) or SH.Violation
        path = shapes.value(shape, SH.path)
        for target in _targets(shapes, shape):
            answer = engine.answer(Query(_joined(shapes, constraint, target)), {Form.SELECT: JSON, Form.ASK: None, Form.GRAPH: None})
            for row in Table.parse(BytesIO(answer.body), format="json"):
                bound = row.asdict()
                # SHACL 5.3.2: without ?value the value of a node shape's result is the focus node itself
                value = bound.get("value", bound["this"] if path is None else None)
                found.add(Result(bound["this"], bound.get("path", path), value, shape, severity, SH.SPARQLConstraintComponent))
    return found


def _targets(shapes: rdflib.Graph, shape: Node) -> list[str]:
    """A pattern for each target of a shape."""
    subclasses = f"<{RDF.type}>/<{RDFS.subClassOf}>*"
    return [
        *(f"?this {subclasses} {kind.n3()} ." for kind in shapes.objects(shape, SH.targetClass)),
        *(f"?this {property.n3()} ?targetObject ." for property in shapes.objects(shape, SH.targetSubjectsOf)),
        *(f"?targetSubject {property.n3()} ?this ." for property in shapes.objects(shape, SH.targetObjectsOf)),
        *(f"VALUES ?this {{ {node.n3()} }}" for node in shapes.objects(shape, SH.targetNode)),
    ]


def prefixed(shapes: rdflib.Graph, constraint: Node) -> str:
    """The constraint's query with its prefixes (SHACL 5.2.1) and `$this` as a variable like any other."""
    prefixes = [
        f"PREFIX {shapes.value(declaration, SH.prefix)}: <{shapes.value(declaration, SH.namespace)}>"
        for declared in shapes.objects(constraint, SH.prefixes) for declaration in shapes.objects(declared, SH.declare)
    ]
    return "\n".join([*prefixes, str(shapes.value(constraint, SH.select)).replace("$", "?")])


def _joined(shapes: rdflib.Graph, constraint: Node, target: str) -> str:
    """The constraint's query with the target inside its WHERE."""
    return _WHERE.sub(lambda where: f"{where[0]} {{ SELECT DISTINCT ?this WHERE {{ {target} }} }} ", prefixed(shapes, constraint), count=1)
