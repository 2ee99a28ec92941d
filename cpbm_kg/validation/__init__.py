"""Judges a dataset: SHACL, and the text read again. Never in a serving thread (knowledge-model.md, traps).

SHACL sees one graph of all layers but the entailed one: what is judged is what people wrote and what was computed
from it; what follows by rule is tested apart. pySHACL evaluates the core constraints; the `sh:sparql` ones, where 94 %
of its time goes (architecture.md, 12), run once over the whole graph in the engine, with equal results.
"""

from __future__ import annotations

from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message, Place
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.source import SourceText
from cpbm_kg.validation import core, places, queries
from cpbm_kg.validation.results import Result, finding
from cpbm_kg.vocabulary import LAYER_NAMES, OA, passage_span

JUDGED_LAYERS = tuple(name for name in LAYER_NAMES if name not in ("entailed", "shapes"))

__all__ = ["JUDGED_LAYERS", "Result", "results", "validate"]


def validate(dataset: Dataset, text: SourceText | None = None) -> list[Finding]:
    """Every SHACL result on a derived dataset, and every passage that `text` does not bear out; in order of place.

    Without the text, quotes are held to their digests alone.
    """
    judged, shapes = dataset.union(JUDGED_LAYERS), dataset.layers["shapes"]
    located = places.Places(dataset)
    findings = [finding(result, judged, shapes, located) for result in results(judged, shapes)]
    if text is not None:
        findings += _reread(dataset, text)
    return sorted(findings, key=lambda found: found.order)


def results(judged, shapes) -> set[Result]:
    """The validation results of a graph against shapes, as SHACL defines them (3.6), in no order."""
    return core.results(judged, queries.without_queries(shapes)) | queries.results(judged, shapes)


def _reread(dataset: Dataset, text: SourceText) -> list[Finding]:
    """Every recorded passage against the text itself."""
    findings = []
    for passage, quote in sorted(dataset.passages.subject_objects(OA.exact)):
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
