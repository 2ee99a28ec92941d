"""Shapes that cannot be judged with: their query does not parse, their pattern is none or may take for ever.

They become findings at their own line and are left out, so that one bad rule hides no other and nothing hangs. Python's
`re`, which pySHACL uses, backtracks: a repetition of a repetition, such as (a+)+$, takes time exponential in the value.
What this misses ends at the time limit of `core`.
"""

from __future__ import annotations

import re
import re._constants as signs
import re._parser as patterns
from collections.abc import Iterator, Mapping

import rdflib
from rdflib.term import Node

from cpbm_kg import rules
from cpbm_kg.engine.oxigraph import parse
from cpbm_kg.errors import Message, Place, QuerySyntaxError
from cpbm_kg.findings import Finding
from cpbm_kg.names import Names
from cpbm_kg.validation.queries import prefixed
from cpbm_kg.vocabulary import SH

_REPEATS = (signs.MAX_REPEAT, signs.MIN_REPEAT)


def faults(shapes: rdflib.Graph, places: Mapping, blocks: Mapping[Node, Place], names: Names) -> dict[Node, Finding]:
    """The shapes that are not sound, each with why; `places` and `blocks` as in a Dataset."""
    found = {}
    for shape, pattern in shapes.subject_objects(SH.pattern):
        if fault := _of_pattern(str(pattern)):
            place = places.get((shape, SH.pattern, pattern)) or blocks.get(shape, Place("?"))
            found[shape] = rules.own("shape-unsound", place, names.term(shape), fault, path="sh:pattern", value=names.term(pattern))
    for shape, constraint in shapes.subject_objects(SH.sparql):
        select = shapes.value(constraint, SH.select)
        try:
            parse(prefixed(shapes, constraint))
        except QuerySyntaxError as error:
            place = places.get((constraint, SH.select, select)) or blocks.get(constraint, Place("?"))
            found[shape] = rules.own("shape-unsound", place, names.term(shape), error.fault, path="sh:select")
    return found


def without(shapes: rdflib.Graph, unsound: Mapping[Node, Finding]) -> rdflib.Graph:
    """The shapes that are sound."""
    if not unsound:
        return shapes
    kept = rdflib.Graph()
    for triple in shapes:
        if triple[0] not in unsound:
            kept.add(triple)
    return kept


def _of_pattern(pattern: str) -> Message | None:
    try:
        parsed = patterns.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return Message(f"ce motif n’en est pas un : {error}", f"this pattern is none: {error}")
    if any(_repeats_repetition(part) for part in parsed):
        return Message("une répétition de répétitions peut demander un temps sans fin", "a repetition of repetitions may take for ever")
    return None


def _repeats_repetition(part: tuple) -> bool:
    """Whether an unbounded repetition holds another and nothing that must stand between two rounds of it."""
    sign, detail = part
    if sign in _REPEATS and detail[1] == signs.MAXREPEAT and not _demands(detail[2]) and any(_is_endless(inner) for inner in _inner(detail[2])):
        return True
    return any(_repeats_repetition(inner) for inner in _inner(detail))


def _is_endless(part: tuple) -> bool:
    sign, detail = part
    return (sign in _REPEATS and detail[1] == signs.MAXREPEAT) or any(_is_endless(inner) for inner in _inner(detail))


def _demands(parsed: patterns.SubPattern) -> bool:
    """Whether some character must come, outside of any repetition."""
    for sign, detail in parsed:
        if sign in (signs.LITERAL, signs.NOT_LITERAL, signs.IN, signs.ANY):
            return True
        if sign is signs.SUBPATTERN and _demands(detail[-1]):
            return True
        if sign is signs.BRANCH and all(_demands(branch) for branch in detail[1]):
            return True
    return False


def _inner(detail) -> Iterator[tuple]:
    """The parts right inside a part, whatever groups them."""
    if isinstance(detail, patterns.SubPattern):
        yield from detail
    elif isinstance(detail, (list, tuple)):
        for inner in detail:
            yield from _inner(inner)
