"""A literal of a query against the values that stand in its place: the same words with another tag, type, case or typography."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rdflib.namespace import XSD
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Literal, URIRef, Variable

from cpbm_kg.diagnosis.nearness import folded
from cpbm_kg.diagnosis.patterns import Element, Filter, Triple, Values
from cpbm_kg.diagnosis.probing import Prober, sensible
from cpbm_kg.diagnosis.writing import term, written
from cpbm_kg.parameters import escaped

_MOST_VALUES = 2000
_FREE = Variable("freed")
_LABEL = "(<http://www.w3.org/2004/02/skos/core#prefLabel>|<http://www.w3.org/2000/01/rdf-schema#label>)"
_NUMBERS = {"integer", "decimal", "double", "float", "int", "long", "short", "nonNegativeInteger", "positiveInteger"}
_CONTAINING = {"Builtin_CONTAINS", "Builtin_STRSTARTS", "Builtin_STRENDS", "Builtin_REGEX"}


def relaxations(element: Element, failing: Sequence[Element]) -> Iterator[tuple[Literal, list[Element], Variable]]:
    """Each literal that an element insists on, with the failing set that leaves it open and the variable in its place."""
    rest = [other for other in failing if other is not element]
    if isinstance(element, Triple) and isinstance(element.object, Literal):
        yield element.object, [*rest, replace(element, object=_FREE)], _FREE
    elif isinstance(element, Values):
        for row in element.rows:
            for variable, value in row:
                if isinstance(value, Literal):
                    others = tuple(pair for pair in row if pair[0] != variable)
                    yield value, [*rest, *([Values((others,))] if others else [])], variable
    elif isinstance(element, Filter) and not element.strays:
        for variable, literal in _equalities(element.expression):
            yield literal, rest, variable


def variant(prober: Prober, elements: Sequence[Element], variable: Variable, literal: Literal) -> tuple[str, str | None] | None:
    """What differs, and the real value as text, where a value of `variable` is the same words or the same number, or
    where all its values are things; None otherwise."""
    pattern, name = written(sensible(elements)), f"?{variable}"
    same = prober.column(f"SELECT DISTINCT {name} {{ {pattern} FILTER ({name} = {term(literal)} || LCASE(STR({name})) = LCASE({escaped(str(literal))})) }} LIMIT 20", everywhere=False)
    values = same or prober.column(f"SELECT DISTINCT {name} {{ {pattern} }} LIMIT {_MOST_VALUES}", everywhere=False)
    if values and all(value["type"] == "uri" for value in values):
        labelled = prober.column(f"SELECT DISTINCT {name} {{ {pattern} {name} {_LABEL} ?label FILTER (LCASE(STR(?label)) = LCASE({escaped(str(literal))})) }} LIMIT 2", everywhere=False)
        return "for-iri", term(URIRef(labelled[0]["value"]), short=True) if len(labelled) == 1 else None
    wanted = folded(str(literal))
    for value in sorted(values, key=lambda value: value["value"] != str(literal)):
        if value["type"] == "literal" and (value in same or (len(wanted) > 2 and folded(value["value"]) == wanted)) and (kind := _difference(value, literal)):
            return kind, term(_literal(value), short=True)
    return None


def condition(prober: Prober, element: Filter, rest: Sequence[Element]) -> Iterator[tuple[str, str, list[str]]]:
    """What a filter asks of a variable that none of its values has: kind, what is asked, what there is."""
    node = element.expression
    if not isinstance(node, CompValue):
        return
    pattern = written(sensible(rest))
    for variable, asked in _languages(node):
        tags = sorted(value["value"] for value in prober.column(f"SELECT DISTINCT (LANG(?{variable}) AS ?tag) {{ {pattern} }} LIMIT 20", everywhere=False))
        tags = [tag or '""' for tag in tags]
        if tags and asked not in tags and not (asked == "*" and tags != ['""']):
            yield "language", escaped(asked), sorted(tags, key=lambda tag: tag != asked.lower())
    for variable, literal in _comparisons(node):
        types = sorted(value["value"] for value in prober.column(f"SELECT DISTINCT (DATATYPE(?{variable}) AS ?type) {{ {pattern} }} LIMIT 20", everywhere=False))
        if types and not any(_comparable(kind, literal) for kind in types) and not literal.language:
            yield "datatype", term(literal, short=True), [term(URIRef(kind), short=True) for kind in types]
    for variable, words in _contained(node):
        wanted = folded(words)
        values = prober.column(f"SELECT DISTINCT ?{variable} {{ {pattern} }} LIMIT {_MOST_VALUES}", everywhere=False)
        found = [value for value in values if wanted in folded(value["value"]) and words not in value["value"]]
        if found and not any(words in value["value"] for value in values):
            yield "case", escaped(words), [term(_literal(found[0]), short=True) if found[0]["type"] == "literal" else found[0]["value"]]


def _difference(value: dict, literal: Literal) -> str | None:
    if value["value"] != str(literal) and literal.datatype is not None and _comparable(value.get("datatype", ""), literal) and literal.datatype != XSD.string:
        return "datatype"
    if value["value"] != str(literal):
        return "case" if value["value"].casefold() == str(literal).casefold() else "typography"
    if (value.get("xml:lang") or "").lower() != (literal.language or "").lower():
        return "language"
    return "datatype" if value.get("datatype", str(XSD.string)) != str(literal.datatype or XSD.string) and not literal.language else None


def _literal(value: dict) -> Literal:
    language = value.get("xml:lang")
    return Literal(value["value"], lang=language) if language else Literal(value["value"], datatype=URIRef(value["datatype"]) if "datatype" in value else None, normalize=False)


def _equalities(node: object) -> Iterator[tuple[Variable, Literal]]:
    """`?v = literal`, `STR(?v) = literal`, `sameTerm`, and the members of IN."""
    if not isinstance(node, CompValue):
        return
    if node.name == "RelationalExpression" and node.op in ("=", "IN"):
        others = node.other if isinstance(node.other, list) else [node.other]
        for left, right in [(node.expr, other) for other in others] + ([(node.other, node.expr)] if node.op == "=" else []):
            variable = _plain(left)
            if variable is not None and isinstance(right, Literal):
                yield variable, right
    elif node.name == "Builtin_sameTerm" and isinstance(node.arg1, Variable) and isinstance(node.arg2, Literal):
        yield node.arg1, node.arg2


def _plain(node: object) -> Variable | None:
    """The variable of `?v` and of `STR(?v)`."""
    if isinstance(node, CompValue) and node.name == "Builtin_STR":
        node = node.arg
    return node if isinstance(node, Variable) else None


def _languages(node: CompValue) -> Iterator[tuple[Variable, str]]:
    """`LANG(?v) = "xx"` and `LANGMATCHES(LANG(?v), "xx")`."""
    if node.name == "RelationalExpression" and node.op in ("=", "IN"):
        pairs = [(node.expr, node.other), (node.other, node.expr)] if node.op == "=" else []
    elif node.name == "Builtin_LANGMATCHES":
        pairs = [(node.arg1, node.arg2)]
    else:
        return
    for left, right in pairs:
        if isinstance(left, CompValue) and left.name == "Builtin_LANG" and isinstance(left.arg, Variable) and isinstance(right, Literal):
            yield left.arg, str(right)


def _comparisons(node: CompValue) -> Iterator[tuple[Variable, Literal]]:
    """`?v < literal` and its like, either way round."""
    if node.name == "RelationalExpression" and node.op in ("=", "<", ">", "<=", ">="):
        for left, right in ((node.expr, node.other), (node.other, node.expr)):
            if isinstance(left, Variable) and isinstance(right, Literal):
                yield left, right


def _contained(node: CompValue) -> Iterator[tuple[Variable, str]]:
    """The words that CONTAINS, STRSTARTS, STRENDS and a plain REGEX look for."""
    if node.name not in _CONTAINING:
        return
    text, words = (node.text, node.pattern) if node.name == "Builtin_REGEX" else (node.arg1, node.arg2)
    variable = _plain(text)
    plain = isinstance(words, Literal) and not set(str(words)) & set("\\[](){}|*+?.")
    if variable is not None and (plain or (isinstance(words, Literal) and node.name != "Builtin_REGEX")):
        yield variable, str(words).strip("^$") if node.name == "Builtin_REGEX" else str(words)


def _comparable(datatype: str, literal: Literal) -> bool:
    """Whether values of a datatype compare with a literal (SPARQL 1.1 Query, 17.3)."""
    kind = datatype.rpartition("#")[2]
    own = str(literal.datatype or XSD.string).rpartition("#")[2] if not literal.language else "langString"
    return kind == own or (kind in _NUMBERS and own in _NUMBERS)


