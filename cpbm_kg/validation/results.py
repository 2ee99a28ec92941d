"""One validation result, whoever found it, and how it becomes a finding for people."""

from __future__ import annotations

from dataclasses import dataclass, field

import rdflib
from rdflib.term import BNode, Node, URIRef

from cpbm_kg import rules
from cpbm_kg.dataset import Dataset
from cpbm_kg.findings import Finding
from cpbm_kg.rules import SEVERITIES
from cpbm_kg.validation.places import Places
from cpbm_kg.vocabulary import SH, SKOS


@dataclass(frozen=True)
class Result:
    """The fields of a `sh:ValidationResult` (SHACL 3.6.2) that tell one result from another, and its component, which
    does not: several constraints of a shape broken by one value are one fault."""

    focus: Node
    path: Node | None
    value: Node | None
    shape: Node
    severity: Node
    component: Node | None = field(default=None, compare=False)


def finding(result: Result, judged: rdflib.Graph, dataset: Dataset, places: Places) -> Finding:
    """The result for people: its place, names instead of IRIs, the shape's own words in both languages. A rule that
    looks at the whole graph has the term that makes the demand as its focus; the thing at fault is then its value."""
    shapes = dataset.layers["shapes"]
    rule = rules.of_shape(result.shape, shapes, dataset.subjects)
    missing = result.value is None and (result.shape, SH.qualifiedMinCount, None) in shapes  # whatever stands there is not what is asked for
    place = places.of(result.focus, None if missing else result.path, result.value, result.shape)
    names = dataset.names(place)
    whole_graph = result.path is None and isinstance(result.value, URIRef) and (result.value, None, None) in judged
    thing = result.value if whole_graph else result.focus
    return Finding(
        rule=rule.name,
        severity=SEVERITIES[result.severity],
        place=place,
        thing=names.term(thing),
        fault=rule.reason,
        remedy=rule.remedy,
        path=names.path(shapes.value(result.shape, SH.path) if isinstance(result.path, BNode) else result.path, shapes),
        value=names.term(result.focus if whole_graph and thing != result.focus else result.value),
        label=label(judged, thing),
        shape=rule.place,
        terms=(thing, result.path, result.value),
        component=result.component,
    )


def label(judged: rdflib.Graph, thing: Node) -> str:
    """The thing's label, French first; the same one whatever the order of the graph."""
    labels = sorted(judged.objects(thing, SKOS.prefLabel), key=lambda label: (label.language != "fr", str(label)))
    return str(labels[0]) if labels else ""
