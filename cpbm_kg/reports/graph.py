"""Findings as an RDF validation report (SHACL 3.6), with the line of each as a pointer (W3C Pointers in RDF)."""

from __future__ import annotations

from collections.abc import Iterable

import rdflib
from rdflib.term import BNode, Literal, URIRef

from cpbm_kg import rules
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.vocabulary import RDF, RDFS, SH, SHAPE

_PTR = rdflib.Namespace("http://www.w3.org/2009/pointers#")
_EARL = rdflib.Namespace("http://www.w3.org/ns/earl#")
_SEVERITIES = {Severity.VIOLATION: SH.Violation, Severity.WARNING: SH.Warning, Severity.INFO: SH.Info}


def report(findings: Iterable[Finding], language: str) -> str:
    """Turtle of one `sh:ValidationReport`. The focus of a finding about a text as such is a node without a name."""
    findings = list(findings)
    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in (("sh", SH), ("shape", SHAPE), ("ptr", _PTR), ("earl", _EARL), ("rdfs", RDFS)):
        graph.bind(prefix, namespace)
    whole = BNode()
    graph.add((whole, RDF.type, SH.ValidationReport))
    graph.add((whole, SH.conforms, Literal(not findings)))
    for finding in findings:
        result = BNode()
        graph.add((whole, SH.result, result))
        for predicate, value in _described(finding, language):
            graph.add((result, predicate, value))
        if finding.place.line:
            pointer = BNode()
            graph.add((result, _EARL.pointer, pointer))
            graph.add((pointer, RDF.type, _PTR.LineCharPointer))
            graph.add((pointer, _PTR.lineNumber, Literal(finding.place.line)))
            graph.add((pointer, _PTR.charNumber, Literal(finding.place.column)))
    return graph.serialize(format="turtle")


def _described(finding: Finding, language: str):
    focus, path, value = finding.terms
    documentation = URIRef(rules.link(finding.rule))
    yield RDF.type, SH.ValidationResult
    yield SH.focusNode, BNode() if focus is None else focus
    yield SH.resultSeverity, _SEVERITIES[finding.severity]
    yield SH.sourceConstraintComponent, finding.component or documentation
    for tag in ("fr", "en"):
        yield SH.resultMessage, Literal(f"{finding.fault.within(tag)} {finding.remedy.within(tag)}".strip(), lang=tag)
    yield RDFS.seeAlso, documentation
    if isinstance(path, URIRef):  # an expression is read from the shape
        yield SH.resultPath, path
    if value is not None and not isinstance(value, BNode):
        yield SH.value, value
    if finding.rule not in rules.OWN:
        yield SH.sourceShape, SHAPE[finding.rule]
