"""The smallest set of elements that already matches nothing."""

from __future__ import annotations

from collections.abc import Sequence

from cpbm_kg.diagnosis.patterns import Bind, Element, Filter, Minus, Optional
from cpbm_kg.diagnosis.probing import Prober, components, sensible


def smallest(prober: Prober, elements: Sequence[Element]) -> list[tuple[Element, ...]]:
    """Every element that matches nothing by itself; where there is none, for each part of the join that is empty one
    set from which nothing can be taken without it matching again. Empty where something matches, or time is up."""
    empty = [part for part in components(sensible(elements)) if prober.holds(part) is False]
    alone = [(element,) for part in empty for element in part if not isinstance(element, (Optional, Minus, Bind)) and prober.holds((element,)) is False]
    return alone or [_reduced(prober, part) for part in empty]


def _reduced(prober: Prober, part: tuple[Element, ...]) -> tuple[Element, ...]:
    """Take out one element after the other as long as the rest stays empty; conditions first, so that what is left
    is rather a fault of the data asked for than of a condition on it."""
    kept = list(part)
    for element in sorted(part, key=lambda e: not isinstance(e, (Filter, Minus, Optional, Bind))):
        fewer = [other for other in kept if other is not element]
        if not fewer or element not in kept:
            continue
        still = next((list(piece) for piece in components(sensible(fewer)) if prober.holds(piece) is False), None)
        if still is not None:
            kept = still
    return tuple(kept)
