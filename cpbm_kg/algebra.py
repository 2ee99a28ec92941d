"""SPARQL query text to rdflib's algebra, behind one lock, and what can be read off it.

rdflib's grammar breaks for good when two threads parse their first query at once (knowledge-model.md, traps), so
every parse of this project goes through here. The algebra is that of SPARQL 1.1 (18.2).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pyparsing
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import URIRef, Variable

from cpbm_kg.errors import Message, QuerySyntaxError
from cpbm_kg.media import Form

_PARSING = threading.Lock()
_FORMS = {"SelectQuery": Form.SELECT, "AskQuery": Form.ASK, "ConstructQuery": Form.GRAPH, "DescribeQuery": Form.GRAPH}


def parse(text: str) -> Query:
    """The algebra of a query; raises QuerySyntaxError, with line and column where the parser tells."""
    try:
        with _PARSING:
            return translateQuery(parseQuery(text))
    except pyparsing.ParseBaseException as error:
        raise _syntax(str(error), error.lineno, error.column) from None
    except Exception as error:  # rdflib raises bare Exception for an unknown prefix and for a variable out of scope
        raise _syntax(str(error), 0, 0) from None


def form(query: Query) -> Form:
    """What a query asks for."""
    return _FORMS[query.algebra.name]


def projection(query: Query) -> list[str]:
    """The names of the columns, in order; empty where the query is no SELECT."""
    return [str(variable) for variable in query.algebra.PV] if form(query) is Form.SELECT else []


def leaves(node: object, with_values: bool = True) -> Iterator[object]:
    """Every term of a part of the algebra, those inside property paths included, each as often as it stands there;
    those of VALUES blocks only `with_values`."""
    if isinstance(node, CompValue):
        if node.name == "values" and not with_values:
            return
        for key, value in node.items():
            if not key.startswith("_") and key not in ("PV", "lazy", "datasetClause"):
                yield from leaves(value, with_values)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(key, with_values)
            yield from leaves(value, with_values)
    elif isinstance(node, (list, tuple, set, frozenset)):
        for value in node:
            yield from leaves(value, with_values)
    elif isinstance(node, (SequencePath, AlternativePath, NegatedPath)):
        yield from leaves(node.args)
    elif isinstance(node, InvPath):
        yield from leaves(node.arg)
    elif isinstance(node, MulPath):
        yield from leaves(node.path)
    else:
        yield node


def iris(query: Query) -> set[URIRef]:
    """The IRIs that a query names."""
    return {leaf for leaf in leaves(query.algebra) if isinstance(leaf, URIRef)}


def variables(node: object, with_values: bool = True) -> set[Variable]:
    """The variables that stand in a part of the algebra, as `leaves`."""
    return {leaf for leaf in leaves(node, with_values) if isinstance(leaf, Variable)}


def _syntax(said: str, line: int, column: int) -> QuerySyntaxError:
    return QuerySyntaxError(
        Message(f"cette requête n'est pas du SPARQL 1.1 : {said}", f"this query is not SPARQL 1.1: {said}"),
        Message("corrigez le texte à la ligne et à la colonne indiquées", "mend the text at the line and column given"), line, column)
