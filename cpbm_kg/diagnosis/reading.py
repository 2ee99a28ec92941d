"""A query's WHERE clause as a flat list of what must all hold.

The algebra of SPARQL 1.1 (18.2) is a tree of joins; here it becomes a list of elements (`patterns`). A sequence path
becomes its steps, a sub-select its patterns with names of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rdflib.paths import InvPath, Path, SequencePath
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import BNode, Literal, URIRef, Variable

from cpbm_kg import algebra
from cpbm_kg.diagnosis.patterns import Bind, Element, Filter, Minus, Optional, Term, Triple, Union, Values, bound, needed, renamed


@dataclass(frozen=True)
class Where:
    """`limit` is that of the query; `dataset` the graphs of FROM and FROM NAMED, None without them. What cannot be
    taken apart (an aggregate of a sub-select, SERVICE) is left out, so that the rest may match more, never less."""

    elements: tuple[Element, ...]
    limit: int | None = None
    dataset: tuple[tuple[str, ...], tuple[str, ...]] | None = None


def read(text: str) -> Where:
    """The WHERE clause of a query; raises QuerySyntaxError for what rdflib cannot read."""
    query = algebra.parse(text).algebra
    node, limit = query.p, None
    while isinstance(node, CompValue) and node.name in ("Project", "Distinct", "Reduced", "OrderBy", "Slice", "Extend", "Filter", "AggregateJoin", "Group"):
        if node.name == "Slice":
            limit = node.length
        if node.name in ("Extend", "Filter") and not _aggregates(node):
            break
        node = node.p
    elements = tuple(_Reader().elements(node, None)) if node is not None else ()
    return Where(elements, limit, _dataset(query))


def group(node: CompValue, graph: Term | None) -> tuple[Element, ...]:
    """The elements of the group inside EXISTS, which rdflib leaves untranslated in some places."""
    if node.name == "GroupGraphPatternSub":
        node = translateGroupGraphPattern(CompValue(node.name, part=list(node.part)))
    return tuple(_Reader().elements(node, graph))


def _dataset(query: CompValue) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if not query.datasetClause:
        return None
    default = tuple(str(clause.default) for clause in query.datasetClause if clause.default)
    return default, tuple(str(clause.named) for clause in query.datasetClause if clause.named)


def _aggregates(node: CompValue) -> bool:
    """Whether an Extend or a Filter stands above a grouping (a column or HAVING), not inside WHERE."""
    while isinstance(node, CompValue) and node.name in ("Extend", "Filter"):
        node = node.p
    return isinstance(node, CompValue) and node.name in ("AggregateJoin", "Group")


class _Reader:
    """One walk over the algebra."""

    def __init__(self):
        self._fresh = itertools.count(1)
        self._blank: dict[BNode, Variable] = {}
        self._computed: set[Variable] = set()  # by an aggregate: no pattern of ours can ask for them

    def elements(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        reader: Callable | None = getattr(self, f"_{node.name.lower()}", None)
        if reader is not None:
            yield from reader(node, graph)

    def _bgp(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        for subject, predicate, object_ in node.triples or ():
            yield from self._steps(self._open(subject), predicate, self._open(object_), graph)

    def _steps(self, subject: Term, predicate: Term | Path, object_: Term, graph: Term | None) -> Iterator[Element]:
        """A triple pattern, or the steps of a sequence path (SPARQL 1.1 Query, 18.2.2.4)."""
        if isinstance(predicate, SequencePath):
            here = subject
            for number, step in enumerate(predicate.args, 1):
                there = object_ if number == len(predicate.args) else Variable(f"step{next(self._fresh)}")
                yield from self._steps(here, step, there, graph)
                here = there
        elif isinstance(predicate, InvPath) and not isinstance(predicate.arg, Path):
            yield Triple(object_, predicate.arg, subject, graph)
        else:
            yield Triple(subject, predicate, object_, graph)

    def _open(self, term: Term) -> Term:
        """A blank node of a pattern is a variable that cannot be asked for (4.1.4)."""
        return self._blank.setdefault(term, Variable(f"blank{next(self._fresh)}")) if isinstance(term, BNode) else term

    def _join(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        yield from self.elements(node.p1, graph)
        yield from self.elements(node.p2, graph)

    def _graph(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        yield from self.elements(node.p, node.term)

    def _union(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        branches: list[tuple[Element, ...]] = []
        for part in (node.p1, node.p2):
            inner = tuple(self.elements(part, graph))
            branches += inner[0].branches if len(inner) == 1 and isinstance(inner[0], Union) else [inner]
        yield Union(tuple(branches))

    def _leftjoin(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        kept = list(self.elements(node.p1, graph))
        yield from kept
        parts = tuple(self.elements(node.p2, graph))
        scope = bound(kept) | bound(parts)
        yield Optional(parts + tuple(self._filters(node.expr, scope, graph)))

    def _minus(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        yield from self.elements(node.p1, graph)
        yield Minus(tuple(self.elements(node.p2, graph)))

    def _filter(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        kept = list(self.elements(node.p, graph))
        yield from kept
        yield from self._filters(node.expr, bound(kept), graph)

    def _filters(self, expression: object, scope: frozenset[Variable], graph: Term | None) -> Iterator[Filter]:
        """The conjuncts of a filter, each with the variables it uses out of scope."""
        if isinstance(expression, CompValue) and expression.name == "ConditionalAndExpression":
            for part in (expression.expr, *expression.other):
                yield from self._filters(part, scope, graph)
        elif not (needed(expression) & self._computed or (isinstance(expression, CompValue) and expression.name == "TrueFilter")):
            yield Filter(expression, needed(expression) - scope, graph)

    def _extend(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        kept = list(self.elements(node.p, graph))
        yield from kept
        if str(node.expr).startswith("__agg"):
            self._computed |= {node.var} - bound(kept)
        elif isinstance(node.expr, (URIRef, Literal)):
            yield Values((((node.var, node.expr),),))
        else:
            yield Bind(node.expr, node.var, needed(node.expr) - bound(kept))

    def _tomultiset(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        if node.p.name == "values":
            rows = tuple(tuple((variable, term) for variable, term in row.items() if isinstance(term, (URIRef, Literal))) for row in node.p.res)
            yield Values(rows)
        else:
            yield from self.elements(node.p, graph)

    def _project(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        """A sub-select: what it does not project has names of its own."""
        inner = list(self.elements(node.p, graph))
        number = next(self._fresh)
        hidden = {variable: Variable(f"{variable}_{number}") for variable in algebra.variables([node.p]) if variable not in node.PV}
        for element in inner:
            yield renamed(element, hidden)

    def _aggregatejoin(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        """What a grouped sub-select groups must match; one without GROUP BY always gives a row."""
        if node.p.expr:
            yield from self.elements(node.p.p, graph)

    def _through(self, node: CompValue, graph: Term | None) -> Iterator[Element]:
        yield from self.elements(node.p, graph)

    _distinct = _reduced = _orderby = _slice = _through
