"""Small questions to the engine, within a budget of time and number: does this match, which values are there.

What cannot be answered in time is unknown (None), never a guess.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence

from cpbm_kg import media
from cpbm_kg.diagnosis.patterns import Bind, Element, Filter, bound
from cpbm_kg.diagnosis.writing import written
from cpbm_kg.engine import Engine, Query
from cpbm_kg.errors import QueryError
from cpbm_kg.media import Form

MOST_PROBES = 90
_JSON = {Form.SELECT: media.JSON, Form.ASK: media.JSON, Form.GRAPH: None}


class Prober:
    """Asks `engine` until `deadline` (of time.monotonic); `dataset` is what the query's FROM or the request names."""

    def __init__(self, engine: Engine, deadline: float, dataset: tuple[tuple[str, ...], tuple[str, ...]] | None):
        self._engine, self._deadline, self._dataset = engine, deadline, dataset
        self._known: dict[tuple[str, bool], bool | None] = {}
        self.asked = 0

    @property
    def restricted(self) -> bool:
        """Whether the query sees a part of the graphs only."""
        return self._dataset is not None

    @property
    def default_graphs(self) -> tuple[str, ...]:
        """The graphs that the query names as its default graph."""
        return self._dataset[0] if self._dataset else ()

    def holds(self, elements: Sequence[Element], everywhere: bool = False) -> bool | None:
        """Whether some solution matches all elements; `everywhere` leaves the dataset of the query aside."""
        answers = [self._ask(written(part), everywhere) for part in components(sensible(elements))]
        return False if False in answers else None if None in answers else True

    def ask(self, pattern: str) -> bool | None:
        """Whether a pattern of ours matches anywhere."""
        return self._ask(pattern, everywhere=True)

    def column(self, text: str, everywhere: bool = True) -> list[dict]:
        """The bindings of the first column of a SELECT, as SPARQL JSON gives them; empty where there is no answer in time."""
        results = self._run(text, everywhere)
        if results is None:
            return []
        name = results["head"]["vars"][0]
        return [row[name] for row in results["results"]["bindings"] if name in row]

    def _ask(self, pattern: str, everywhere: bool) -> bool | None:
        key = (pattern, everywhere)
        if key not in self._known:
            results = self._run(f"ASK {{ {pattern} }}", everywhere)
            self._known[key] = None if results is None else results["boolean"]
        return self._known[key]

    def _run(self, text: str, everywhere: bool) -> dict | None:
        left = self._deadline - time.monotonic()
        if left <= 0 or self.asked >= MOST_PROBES:
            return None
        self.asked += 1
        default, named = (None, None) if everywhere or self._dataset is None else self._dataset
        try:
            return json.loads(self._engine.answer(Query(text, default, named, left), _JSON).body)
        except QueryError:
            return None


def sensible(elements: Sequence[Element]) -> tuple[Element, ...]:
    """The elements without the filters and bindings that need a variable which nothing here binds."""
    kept = list(elements)
    while True:
        names = bound(kept)
        fewer = [element for element in kept if not (isinstance(element, (Filter, Bind)) and (element.uses - names or _idle(element, names)))]
        if len(fewer) == len(kept):
            # Filters last: a group's filters see all that the group binds.
            return tuple([e for e in kept if not isinstance(e, Filter)] + [e for e in kept if isinstance(e, Filter)])
        kept = fewer


def _idle(element: Filter | Bind, names: frozenset) -> bool:
    """Whether a filter such as BOUND speaks of variables of which nothing here binds any."""
    return isinstance(element, Filter) and bool(element.idle) and not element.idle & names


def components(elements: Iterable[Element]) -> Iterator[tuple[Element, ...]]:
    """The elements by shared variables: a join is empty exactly when one of these is, and each is cheap to ask."""
    groups: list[tuple[set, list[Element]]] = []
    for element in elements:
        names = set(element.binds) | set(getattr(element, "uses", ())) | set(getattr(element, "mentions", ()))
        for part in getattr(element, "parts", ()):
            names |= set(getattr(part, "uses", ())) | set(part.binds)
        touching = [group for group in groups if group[0] & names]
        merged = (names.union(*(group[0] for group in touching)), [e for group in touching for e in group[1]] + [element])
        groups = [group for group in groups if group not in touching] + [merged]
    order = {id(element): number for number, element in enumerate(elements)} if isinstance(elements, tuple) else {}
    for _, members in groups:
        yield tuple(sorted(members, key=lambda element: order.get(id(element), 0)))
