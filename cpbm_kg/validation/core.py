"""pySHACL, the judge of the core constraints (and, in tests, of all of them)."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyshacl
import rdflib
from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError, ShapeLoadError

from cpbm_kg.errors import Message, UnreadableError
from cpbm_kg.validation.results import Result
from cpbm_kg.vocabulary import RDF, SH

LONGEST_S = 300


def results(judged: rdflib.Graph, shapes: rdflib.Graph) -> set[Result]:
    """The results of pySHACL without inference, on a copy: it changes the graph it is given and a switch of rdflib's.
    Raises UnreadableError where the shapes make no sense to it."""
    copy = rdflib.Graph()
    for triple in judged:
        copy.add(triple)
    logging.getLogger("pyshacl").setLevel(logging.ERROR)
    normalise, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        with _within_time():
            _, report, _ = pyshacl.validate(copy, shacl_graph=shapes, inference="none", inplace=True)
    except (ConstraintLoadError, ShapeLoadError, ReportableRuntimeError) as error:
        raise UnreadableError(
            Message(f"les contraintes ne se chargent pas : {error}", f"the shapes cannot be loaded: {error}"),
            Message("corrigez ontology/shapes/", "mend ontology/shapes/"), "ontology/shapes") from None
    finally:
        rdflib.NORMALIZE_LITERALS = normalise
    return {
        Result(*(report.value(result, key) for key in (SH.focusNode, SH.resultPath, SH.value, SH.sourceShape, SH.resultSeverity, SH.sourceConstraintComponent)))
        for result in report.subjects(RDF.type, SH.ValidationResult)
    }


@contextmanager
def _within_time() -> Iterator[None]:
    """Ends what takes too long by an error: `re` looks for signals while it backtracks. Only a main thread can ask."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def expired(*_) -> None:
        raise UnreadableError(
            Message(f"la validation dépasse {LONGEST_S} s", f"validation takes more than {LONGEST_S} s"),
            Message("cherchez dans ontology/shapes/ un motif (sh:pattern) qui se répète dans une répétition",
                    "look in ontology/shapes/ for a pattern (sh:pattern) that repeats inside a repetition"), "ontology/shapes")

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
