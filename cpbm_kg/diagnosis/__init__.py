"""Why an answer is empty: the smallest set of patterns that already matches nothing, and what is wrong with it.

It asks the engine small questions about parts of the query, at most MOST_PROBES and for at most BUDGET_S in all.
Where no rule finds a fault it says so: an answer may be truly empty, and a guess would mislead.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from cpbm_kg import media
from cpbm_kg.diagnosis import causes, reading
from cpbm_kg.diagnosis.cause import Cause
from cpbm_kg.diagnosis.emptiness import is_empty
from cpbm_kg.diagnosis.failing import smallest
from cpbm_kg.diagnosis.probing import Prober
from cpbm_kg.diagnosis.writing import written
from cpbm_kg.engine import Engine, Query
from cpbm_kg.errors import AnswerTooLargeError, EngineFailureError, OverloadedError, QuerySyntaxError, QueryTimeoutError, TooManyError
from cpbm_kg.media import Form

BUDGET_S = 0.25  # from the start; no probe begins or runs after it, so that the whole stays under 0.3 s
LONGEST_QUERY = 4_000  # characters; rdflib's parser takes up to 50 ms for a thousand (measured on our own questions)
_WHOLE_S = 0.1  # for the query itself

__all__ = ["BUDGET_S", "Cause", "Diagnosis", "LONGEST_QUERY", "diagnose"]


@dataclass(frozen=True)
class Diagnosis:
    """`empty` is False where the query matches something, None where that could not be told in time. `failing` are
    the smallest sets of patterns that match nothing, each a tuple of texts; `causes` the faults found in them."""

    empty: bool | None
    failing: tuple[tuple[str, ...], ...]
    causes: tuple[Cause, ...]
    milliseconds: int
    probes: int


def diagnose(engine: Engine, query: Query, budget_s: float = BUDGET_S) -> Diagnosis:
    """Why `query` gives no row, or counts none, as far as it can be told in `budget_s` seconds. Raises QuerySyntaxError for what the engine does not accept as a query;
    what is too long, or what only the engine can read, has no cause."""
    started = time.monotonic()
    empty, failing, found, probes = _whole(engine, query), (), (), 1
    if empty is not False and len(query.text) <= LONGEST_QUERY:
        try:
            where = reading.read(query.text)
        except QuerySyntaxError:  # the engine has read it: a dialect that rdflib does not know
            where = None
        if where is not None:
            prober = Prober(engine, started + budget_s, _dataset(query) or where.dataset)
            empty, failing, found = _found(prober, where, empty)
            probes += prober.asked
    return Diagnosis(empty, failing, found, round((time.monotonic() - started) * 1000), probes)


def _whole(engine: Engine, query: Query) -> bool | None:
    """Whether the query's own answer is empty; None where it takes too long."""
    try:
        return is_empty(engine.answer(replace(query, timeout_s=_WHOLE_S), {Form.SELECT: media.CSV, Form.ASK: media.JSON, Form.GRAPH: media.NTRIPLES}))
    except AnswerTooLargeError:
        return False
    except TooManyError:
        raise
    except (QueryTimeoutError, OverloadedError, EngineFailureError):
        return None


def _dataset(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if query.default_graphs is None and query.named_graphs is None:
        return None
    return query.default_graphs or (), query.named_graphs or ()


def _found(prober: Prober, where: reading.Where, empty: bool | None) -> tuple[bool | None, tuple, tuple]:
    """Whether the answer is empty, the smallest failing sets as texts, and the causes."""
    if prober.holds(where.elements) is not False:  # a count of what an OPTIONAL never finds, or LIMIT 0
        found = (*causes.cut_away(where), *causes.unfound_options(prober, where.elements, where.elements)) if empty else ()
        return empty, tuple((cause.pattern,) for cause in found), found
    failing = smallest(prober, where.elements)
    once: dict[tuple, Cause] = {}
    for part in failing:
        for cause in causes.explain(prober, part, where.elements):
            once.setdefault((cause.kind, cause.term, cause.suggestion), cause)
    return True, tuple(tuple(written([element], short=True) for element in part) for part in failing), tuple(once.values())
