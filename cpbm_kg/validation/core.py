"""pySHACL, the judge of the core constraints (and, in tests, of all of them)."""

from __future__ import annotations

import logging

import pyshacl
import rdflib

from cpbm_kg.validation.results import Result
from cpbm_kg.vocabulary import RDF, SH


def results(judged: rdflib.Graph, shapes: rdflib.Graph) -> set[Result]:
    """The results of pySHACL without inference, on a copy: it changes the graph it is given and a switch of rdflib's."""
    copy = rdflib.Graph()
    for triple in judged:
        copy.add(triple)
    logging.getLogger("pyshacl").setLevel(logging.ERROR)
    normalise, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        _, report, _ = pyshacl.validate(copy, shacl_graph=shapes, inference="none", inplace=True)
    finally:
        rdflib.NORMALIZE_LITERALS = normalise
    return {
        Result(*(report.value(result, key) for key in (SH.focusNode, SH.resultPath, SH.value, SH.sourceShape, SH.resultSeverity)))
        for result in report.subjects(RDF.type, SH.ValidationResult)
    }
