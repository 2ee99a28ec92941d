"""Judges a dataset: SHACL, and the text read again. Never in a serving thread (knowledge-model.md, traps).

SHACL sees one graph of all layers but the entailed one: what is judged is what people wrote and what was computed
from it; what follows by rule is tested apart. pySHACL evaluates the core constraints; the `sh:sparql` ones, where 94 %
of its time goes (architecture.md, 12), run once over the whole graph in the engine, with equal results.
"""

from __future__ import annotations

from rdflib.term import Literal, URIRef

from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message, Place
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.source import SourceText
from cpbm_kg.validation import core, places, queries
from cpbm_kg.validation.results import Result, finding
from cpbm_kg.vocabulary import DCTERMS, LAYER_NAMES, OA, RDF, SCHEMA, passage_span

JUDGED_LAYERS = tuple(name for name in LAYER_NAMES if name not in ("entailed", "shapes"))

__all__ = ["JUDGED_LAYERS", "Result", "results", "validate"]


def validate(dataset: Dataset, text: SourceText | None = None) -> list[Finding]:
    """Every SHACL result on a derived dataset, and every passage that `text` does not bear out; in order of place.

    Without the text, quotes are held to their digests alone.
    """
    judged, shapes = dataset.union(JUDGED_LAYERS), dataset.layers["shapes"]
    located = places.Places(dataset)
    ill_typed = {triple for triple in judged if isinstance(triple[2], Literal) and triple[2].ill_typed}
    for triple in ill_typed:  # pySHACL cannot compare what has no value
        judged.remove(triple)
    mended = {triple[:2] for triple in ill_typed}
    findings = [finding(result, judged, shapes, located) for result in results(judged, shapes) if result[:2] not in mended]
    findings += [_ill_typed(triple, judged, located) for triple in ill_typed if triple[1] != RDF.object]
    if text is not None:
        findings += _reread(dataset, text)
    return sorted(findings, key=lambda found: found.order)


def results(judged, shapes) -> set[Result]:
    """The validation results of a graph against shapes, as SHACL defines them (3.6), in no order."""
    return core.results(judged, queries.without_queries(shapes)) | queries.results(judged, shapes)


def _ill_typed(triple, judged, located: places.Places) -> Finding:
    subject, predicate, value = triple
    names = judged.namespace_manager
    return Finding(
        "literal-ill-typed", Severity.VIOLATION, located.of(subject, predicate, value, None), subject.n3(names),
        Message("cette valeur n'est pas de son type : corrigez-la (une date s'écrit 2013-05-23, une heure 18:00:00+02:00) ou corrigez le type",
                "this value is not of its type: mend it (a date reads 2013-05-23, a time 18:00:00+02:00) or mend the type"),
        path=predicate.n3(names), value=value.n3(names))


def _reread(dataset: Dataset, text: SourceText) -> list[Finding]:
    """Every recorded passage of the plan that pins this text, against the text itself."""
    source = dataset.layers["source"]
    plans = {plan for document, digest in source.subject_objects(SCHEMA.sha256) if str(digest) == text.sha256 for plan in source.subjects(DCTERMS.source, document)}
    findings = []
    for passage, quote in sorted(dataset.passages.subject_objects(OA.exact)):
        if URIRef(passage.split("/passage/")[0]) not in plans:
            continue
        span = passage_span(passage)
        try:
            read = text.passage(*span).quote if span else None
        except ValueError:
            read = None
        if read != str(quote):
            findings.append(Finding(
                "passage-quote", Severity.VIOLATION, dataset.places.get((passage, OA.exact, quote), Place("?")), str(passage),
                Message("la citation n'est pas ce que le texte porte à cet endroit : relancez « cpbm-kg passages »",
                        "the quote is not what the text has at that place: run \"cpbm-kg passages\" again"), value=str(quote)))
    return findings
