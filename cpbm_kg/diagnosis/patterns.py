"""The parts of a WHERE clause, each small enough to be asked alone: triples, filters, unions and so on.

A variable that a FILTER or BIND uses where its group does not bind it is a *stray*: there it is unbound, whatever
other groups say (SPARQL 1.1 Query, 18.2.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rdflib.paths import Path
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Identifier, Variable

from cpbm_kg import algebra

Term = Identifier
_NONE: frozenset[Variable] = frozenset()


@dataclass(frozen=True)
class Triple:
    """A triple pattern or one step of a path, in the default graph or in `graph`."""

    subject: Term
    predicate: Term | Path
    object: Term
    graph: Term | None = None

    @property
    def binds(self) -> frozenset[Variable]:
        return frozenset(term for term in (self.subject, self.predicate, self.object, self.graph) if isinstance(term, Variable))

    @property
    def terms(self) -> tuple[Term | Path, ...]:
        return (self.subject, self.predicate, self.object)


@dataclass(frozen=True)
class Filter:
    """One conjunct of a FILTER; `strays` are the variables that its group does not bind; `graph` where it stands."""

    expression: object
    strays: frozenset[Variable] = _NONE
    graph: Term | None = None
    binds: frozenset[Variable] = _NONE

    @property
    def uses(self) -> frozenset[Variable]:
        return needed(self.expression) - self.strays

    @property
    def mentions(self) -> frozenset[Variable]:
        """All its variables, those too that it may miss (BOUND) or share with an EXISTS."""
        return frozenset(algebra.variables([self.expression])) - self.strays

    @property
    def idle(self) -> frozenset[Variable]:
        """Its variables outside EXISTS: where none of them is bound, it says nothing about the data."""
        return _outside_groups(self.expression) - self.strays


@dataclass(frozen=True)
class Bind:
    expression: object
    variable: Variable
    strays: frozenset[Variable] = _NONE

    @property
    def binds(self) -> frozenset[Variable]:
        return frozenset({self.variable})

    @property
    def uses(self) -> frozenset[Variable]:
        return needed(self.expression) - self.strays


@dataclass(frozen=True)
class Values:
    rows: tuple[tuple[tuple[Variable, Term], ...], ...]

    @property
    def binds(self) -> frozenset[Variable]:
        return frozenset(variable for row in self.rows for variable, _ in row)


@dataclass(frozen=True)
class Union:
    branches: tuple[tuple[Element, ...], ...]

    @property
    def binds(self) -> frozenset[Variable]:
        return frozenset(variable for branch in self.branches for variable in bound(branch))


@dataclass(frozen=True)
class Optional:
    parts: tuple[Element, ...]

    @property
    def binds(self) -> frozenset[Variable]:
        return bound(self.parts)


@dataclass(frozen=True)
class Minus:
    parts: tuple[Element, ...]
    binds: frozenset[Variable] = _NONE


Element = Triple | Filter | Bind | Values | Union | Optional | Minus


def bound(elements: Iterable[Element]) -> frozenset[Variable]:
    """The variables that a list of elements may bind."""
    return frozenset(variable for element in elements for variable in element.binds)


def needed(expression: object) -> frozenset[Variable]:
    """The variables that an expression needs bound: not those of EXISTS, nor those that BOUND, COALESCE or IF may miss."""
    if isinstance(expression, Variable):
        return frozenset({expression})
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS", "Builtin_BOUND", "Builtin_COALESCE", "Builtin_IF", "ConditionalOrExpression"):
            return _NONE
        return frozenset(variable for key, value in expression.items() if not key.startswith("_") for variable in needed(value))
    if isinstance(expression, (list, tuple)):
        return frozenset(variable for value in expression for variable in needed(value))
    return _NONE


def _outside_groups(expression: object) -> frozenset[Variable]:
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            return _NONE
        expression = [value for key, value in expression.items() if not key.startswith("_")]
    if isinstance(expression, (list, tuple)):
        return frozenset(variable for value in expression for variable in _outside_groups(value))
    return frozenset({expression}) if isinstance(expression, Variable) else _NONE


def renamed(element: Element, names: dict[Variable, Variable]) -> Element:
    """The same element with other variables."""
    def swap(node: object) -> object:
        if isinstance(node, CompValue):
            copy = CompValue(node.name)
            for key, value in node.items():
                copy[key] = value if key.startswith("_") else swap(value)
            return copy
        if isinstance(node, (list, tuple)):
            return type(node)(swap(value) for value in node)
        return names.get(node, node) if isinstance(node, Variable) else node

    match element:
        case Triple():
            return Triple(swap(element.subject), swap(element.predicate), swap(element.object), swap(element.graph))
        case Filter():
            return replace(element, expression=swap(element.expression))
        case Bind():
            return replace(element, expression=swap(element.expression), variable=swap(element.variable))
        case Values():
            return Values(tuple(tuple((swap(variable), term) for variable, term in row) for row in element.rows))
        case Union():
            return Union(tuple(tuple(renamed(part, names) for part in branch) for branch in element.branches))
        case _:
            return replace(element, parts=tuple(renamed(part, names) for part in element.parts))
