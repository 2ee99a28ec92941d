"""Elements and expressions back to SPARQL text, to be asked alone or shown to a person."""

from __future__ import annotations

from collections.abc import Iterable

from rdflib.namespace import RDF
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Literal, URIRef, Variable

from cpbm_kg.diagnosis.patterns import Bind, Element, Filter, Minus, Optional, Triple, Union, Values
from cpbm_kg.diagnosis.reading import group
from cpbm_kg.parameters import escaped
from cpbm_kg.vocabulary import PREFIXES

_NAMESPACES = sorted(((namespace, prefix) for prefix, namespace in PREFIXES.items()), key=lambda pair: -len(pair[0]))


def written(elements: Iterable[Element], short: bool = False) -> str:
    """A group's content; `short` uses our prefixes, for people alone."""
    return " ".join(_element(element, short) for element in elements)


def term(value: object, short: bool = False) -> str:
    """A term or a path as SPARQL text."""
    if isinstance(value, Variable):
        return f"?{value}"
    if isinstance(value, URIRef):
        return (_prefixed(value) if short else None) or f"<{value}>"
    if isinstance(value, Literal):
        language = f"@{value.language}" if value.language else ""
        if short and value.datatype is not None and str(value.datatype).endswith(("#integer", "#boolean", "#decimal")):
            return str(value)
        return escaped(str(value)) + (language or (f"^^{term(value.datatype, short)}" if value.datatype else ""))
    if isinstance(value, Path):
        return _path(value, short)
    raise ValueError(f"not a term: {value!r}")


def expression(value: object, short: bool = False, graph: object = None) -> str:
    """An expression as SPARQL text, in brackets where it has operators."""
    if not isinstance(value, CompValue):
        return term(value, short)

    def inner(part: object) -> str:
        return expression(part, short, graph)

    match value.name:
        case "RelationalExpression" if str(value.op).upper().endswith("IN"):
            return f"({inner(value.expr)} {value.op} ({', '.join(map(inner, value.other if isinstance(value.other, list) else []))}))"
        case "RelationalExpression":
            return f"({inner(value.expr)} {value.op} {inner(value.other)})"
        case "ConditionalAndExpression" | "ConditionalOrExpression":
            joint = " && " if value.name == "ConditionalAndExpression" else " || "
            return f"({joint.join(map(inner, [value.expr, *value.other]))})"
        case "AdditiveExpression" | "MultiplicativeExpression":
            rest = "".join(f" {operator} {inner(part)}" for operator, part in zip(value.op, value.other, strict=True))
            return f"({inner(value.expr)}{rest})"
        case "UnaryNot" | "UnaryMinus" | "UnaryPlus":
            return f"({ {'UnaryNot': '!', 'UnaryMinus': '-', 'UnaryPlus': '+'}[value.name]}{inner(value.expr)})"
        case "Function":
            return f"{term(value.iri, short)}({', '.join(map(inner, value.expr or []))})"
        case "Builtin_EXISTS" | "Builtin_NOTEXISTS":
            word = "EXISTS" if value.name == "Builtin_EXISTS" else "NOT EXISTS"
            return f"{word} {{ {written(group(value.graph, graph), short)} }}"
        case name if name.startswith("Builtin_"):
            arguments = [part for key, part in value.items() if not key.startswith("_") and part is not None]
            flat = [part for argument in arguments for part in (argument if isinstance(argument, list) else [argument])]
            return f"{name.removeprefix('Builtin_')}({', '.join(map(inner, flat))})"
    raise ValueError(f"not an expression: {value.name}")


def _element(element: Element, short: bool) -> str:
    match element:
        case Triple():
            triple = f"{term(element.subject, short)} {'a' if element.predicate == RDF.type else term(element.predicate, short)} {term(element.object, short)} ."
            return triple if element.graph is None else f"GRAPH {term(element.graph, short)} {{ {triple} }}"
        case Filter():
            return f"FILTER ({expression(_apart(element, short), short, element.graph)})"
        case Bind():
            return f"BIND ({expression(_apart(element, short), short)} AS ?{element.variable})"
        case Values():
            names = sorted(element.binds)
            rows = " ".join("(" + " ".join(term(dict(row)[name], short) if name in dict(row) else "UNDEF" for name in names) + ")" for row in element.rows)
            return f"VALUES ({' '.join(f'?{name}' for name in names)}) {{ {rows} }}"
        case Union():
            return " UNION ".join(f"{{ {written(branch, short)} }}" for branch in element.branches)
        case Optional():
            return f"OPTIONAL {{ {written(element.parts, short)} }}"
        case Minus():
            return f"MINUS {{ {written(element.parts, short)} }}"


def _apart(element: Filter | Bind, short: bool) -> object:
    """The expression with its strays under names that nothing binds; as written, for people."""
    if short or not element.strays:
        return element.expression
    return _renamed(element.expression, element.strays)


def _renamed(node: object, strays: frozenset[Variable]) -> object:
    if isinstance(node, CompValue):
        copy = CompValue(node.name)
        for key, value in node.items():
            copy[key] = value if key.startswith("_") else _renamed(value, strays)
        return copy
    if isinstance(node, list):
        return [_renamed(value, strays) for value in node]
    return Variable(f"stray_{node}") if node in strays else node


def _path(path: Path, short: bool) -> str:
    match path:
        case InvPath():
            return f"^({term(path.arg, short)})"
        case MulPath():
            return f"({term(path.path, short)}){path.mod}"
        case SequencePath():
            return "(" + "/".join(term(part, short) for part in path.args) + ")"
        case AlternativePath():
            return "(" + "|".join(term(part, short) for part in path.args) + ")"
        case NegatedPath():
            return "!(" + "|".join(term(part, short) for part in path.args) + ")"
    raise ValueError(f"not a path: {path!r}")


def _prefixed(iri: URIRef) -> str | None:
    for namespace, prefix in _NAMESPACES:
        local = iri[len(namespace):]
        if iri.startswith(namespace) and local.replace("-", "").replace("_", "").isalnum():
            return f"{prefix}:{local}"
    return None
