"""One validation result, whoever found it, and how it becomes a finding for people."""

from __future__ import annotations

from typing import NamedTuple

import rdflib
from rdflib.namespace import NamespaceManager
from rdflib.term import BNode, Node, URIRef

from cpbm_kg.errors import Message
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.validation.places import Places
from cpbm_kg.vocabulary import SH, SKOS

_SEVERITIES = {SH.Violation: Severity.VIOLATION, SH.Warning: Severity.WARNING, SH.Info: Severity.INFO}


class Result(NamedTuple):
    """The fields of a `sh:ValidationResult` (SHACL 3.6.2) that tell one result from another."""

    focus: Node
    path: Node | None
    value: Node | None
    shape: Node
    severity: Node


def finding(result: Result, judged: rdflib.Graph, shapes: rdflib.Graph, places: Places) -> Finding:
    """The result for people: its place, names instead of IRIs, the shape's own message in both languages. A rule that
    looks at the whole graph has the term that makes the demand as its focus; the thing at fault is then its value."""
    names = judged.namespace_manager
    whole_graph = result.path is None and isinstance(result.value, URIRef) and (result.value, None, None) in judged
    thing = result.value if whole_graph else result.focus
    return Finding(
        rule=str(result.shape).rpartition("#")[2] if isinstance(result.shape, URIRef) else "shape",
        severity=_SEVERITIES[result.severity],
        place=places.of(result.focus, result.path, result.value, result.shape),
        thing=_written(thing, names),
        message=_message(shapes, result.shape),
        path=_written(result.path, names),
        value=_written(result.focus if whole_graph and thing != result.focus else result.value, names),
        label=_label(judged, thing),
    )


def _label(judged: rdflib.Graph, thing: Node) -> str:
    """The thing's label, French first; the same one whatever the order of the graph."""
    labels = sorted(judged.objects(thing, SKOS.prefLabel), key=lambda label: (label.language != "fr", str(label)))
    return str(labels[0]) if labels else ""


def _message(shapes: rdflib.Graph, shape: Node) -> Message:
    """pySHACL drops the language tag of a result's message, so it is read from the shape."""
    texts = {message.language: str(message) for message in shapes.objects(shape, SH.message)}
    for constraint in shapes.objects(shape, SH.sparql):
        texts = {message.language: str(message) for message in shapes.objects(constraint, SH.message)} | texts
    return Message(texts.get("fr", ""), texts.get("en", ""))


def _written(term: Node | None, names: NamespaceManager) -> str:
    if term is None:
        return ""
    return "[ … ]" if isinstance(term, BNode) else term.n3(names)
