"""Whom pySHACL must judge: the focus nodes that may break a core constraint, found by one look at the whole graph.

A query for each constraint selects every focus node that may break it, and some that do not; pySHACL then judges these
alone, on the terms as they are written, so results are its own. What has no query here is judged whole. pySHACL looks at
focus after focus: on a million triples that took 50 s and gigabytes, the queries take three (measured).

The store rewrites typed literals (architecture.md, 2), so one more look, at the literals themselves, is for what a query
cannot see: another datatype, another lexical form, two forms of one value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

import rdflib
from rdflib.collection import Collection as Listed
from rdflib.query import Result as Table
from rdflib.term import Literal, Node, URIRef

from cpbm_kg.engine import Engine, Query
from cpbm_kg.media import JSON, Form
from cpbm_kg.vocabulary import RDF, RDFS, SH, XSD

_TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
_KIND = f"<{RDF.type}>/<{RDFS.subClassOf}>*"
_COMPARED = {SH.minInclusive: ">=", SH.minExclusive: ">", SH.maxInclusive: "<=", SH.maxExclusive: "<"}
_PAIRS = {SH.lessThan: "<", SH.lessThanOrEquals: "<="}
_TESTS = {SH.IRI: ("ISIRI",), SH.BlankNode: ("ISBLANK",), SH.Literal: ("ISLITERAL",), SH.BlankNodeOrIRI: ("ISBLANK", "ISIRI"),
          SH.BlankNodeOrLiteral: ("ISBLANK", "ISLITERAL"), SH.IRIOrLiteral: ("ISIRI", "ISLITERAL")}
# What says nothing about conformance, or is judged elsewhere (`queries`).
_SILENT = {SH.path, SH.severity, SH.message, SH.name, SH.description, SH.order, SH.group, SH.sparql, SH.flags, *_TARGETS}
_QUALIFIED = {SH.qualifiedValueShape, SH.qualifiedMinCount, SH.qualifiedMaxCount}
_OTHER_REGEX = re.compile(r"\[\[|&&|--|~~|\\[wWbB]")  # means something else to Rust's expressions than to Python's
# Two dates, or two points in time with a zone, which SPARQL and rdflib order alike.
_DAY, _TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})"
_ORDERED = f"^({_DAY} {_DAY}|{_DAY}{_TIME} {_DAY}{_TIME})$"
_INTEGERS = {XSD[name] for name in ("int", "long", "nonNegativeInteger", "positiveInteger", "short", "unsignedInt")}
_FORMS = {XSD.integer: re.compile("0|-?[1-9][0-9]*"), XSD.boolean: re.compile("true|false"), XSD.date: re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
          XSD.dateTime: re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](?!00:00)[0-9]{2}:[0-9]{2})?"),
          XSD.gYear: re.compile("[0-9]{4}"), XSD.anyURI: re.compile(".*", re.DOTALL)}
_MOST = 10_000  # nodes in one query
_FORMATS = {Form.SELECT: JSON, Form.ASK: None, Form.GRAPH: None}


class _Untranslated(Exception):
    """A constraint that has no query here."""


@dataclass
class Suspects:
    """Focus nodes by shape; `whole` are the shapes of which every focus node is judged."""

    nodes: dict[Node, set[Node]] = field(default_factory=dict)
    whole: set[Node] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.whole or self.nodes)

    def __or__(self, other: Suspects) -> Suspects:
        both = {shape: self.nodes.get(shape, set()) | other.nodes.get(shape, set()) for shape in {*self.nodes, *other.nodes}}
        return Suspects(both, self.whole | other.whole)

    def add(self, shape: Node, nodes: set[Node]) -> None:
        """Suspect focus nodes of a shape. Only what has a name can be told apart in a query."""
        if not all(isinstance(node, URIRef) for node in nodes):
            self.whole.add(shape)
        elif nodes:
            self.nodes[shape] = self.nodes.get(shape, set()) | nodes


def find(engine: Engine, shapes: rdflib.Graph, literals: Suspects) -> Suspects:
    """The suspects in the default graph of an engine, those of `of_literals` among them that are focus nodes."""
    found = Suspects(whole=set(literals.whole))
    for shape in _judging(shapes):
        try:
            for text in _queries(shapes, shape):
                found.add(shape, set(_asked(engine, text)))
            if nodes := literals.nodes.get(shape):
                found.add(shape, set(_asked(engine, _among(_targets(shapes, shape), nodes))))
        except _Untranslated:
            found.whole.add(shape)
    return found


def of_literals(graph: rdflib.Graph, shapes: rdflib.Graph) -> Suspects:
    """The subjects with typed literals that may break a constraint in a way the store hides, focus nodes or not. What
    each layer, each plan shows adds up."""
    found = Suspects()
    for shape in _judging(shapes):
        if not any((shape, parameter, None) in shapes for parameter in (SH.datatype, SH.pattern, SH["in"], SH.maxCount)):
            continue
        path = shapes.value(shape, SH.path)
        held = [pair for property in _properties(shapes, path) for pair in graph.subject_objects(property) if _is_typed(pair[1])]
        usual = Counter(value.datatype for _, value in held).most_common(1)
        allows = _allows(shapes, shape, usual[0][0] if usual else None)
        nodes = {subject for subject, value in held if not allows(value)}
        if nodes and (path, RDF.first, None) in shapes:  # further along a path the subject is no focus node
            found.whole.add(shape)
        else:
            found.add(shape, nodes)
    return found


def aimed(shapes: rdflib.Graph, suspects: Suspects) -> rdflib.Graph:
    """The shapes with suspects as their only targets (SHACL 2.1.3.1), but for those that are judged whole."""
    aimed = rdflib.Graph()
    for triple in shapes:
        if triple[1] not in _TARGETS or triple[0] in suspects.whole:
            aimed.add(triple)
    for shape, nodes in suspects.nodes.items():
        for node in nodes:
            aimed.add((shape, SH.targetNode, node))
    return aimed


def _judging(shapes: rdflib.Graph) -> list[Node]:
    targeted = {shape for target in _TARGETS for shape in shapes.subjects(target)}
    return sorted(shape for shape in targeted if (shape, SH.deactivated, Literal(True)) not in shapes)


def _asked(engine: Engine, text: str) -> Iterator[Node]:
    for row in Table.parse(BytesIO(engine.answer(Query(text), _FORMATS).body), format="json"):
        yield row.this


# --- queries, one for each constraint ------------------------------------------------------------------------------

def _queries(shapes: rdflib.Graph, shape: Node) -> Iterator[str]:
    """A query for each constraint of a shape: the focus nodes that may break it. Raises _Untranslated."""
    target = _targets(shapes, shape)
    path = shapes.value(shape, SH.path)
    values = "BIND(?this AS ?value)" if path is None else f"?this {_path(shapes, path)} ?value ."
    if (shape, SH.qualifiedValueShape, None) in shapes:
        yield _counted(target, f"{values} {_conforming(shapes, shapes.value(shape, SH.qualifiedValueShape), '?value')}",
                       shapes.value(shape, SH.qualifiedMinCount), shapes.value(shape, SH.qualifiedMaxCount))
    for parameter, value in shapes.predicate_objects(shape):
        if not parameter.startswith(str(SH)) or parameter in _SILENT | _QUALIFIED:
            continue
        if parameter in (SH.minCount, SH.maxCount):
            yield _counted(target, values, *((value, None) if parameter == SH.minCount else (None, value)))
        elif parameter == SH.uniqueLang and value == Literal(True):
            yield f"SELECT ?this {{ {target} {values} BIND(LCASE(LANG(?value)) AS ?tag) FILTER(?tag != '') }} GROUP BY ?this ?tag HAVING (COUNT(DISTINCT ?value) > 1)"
        else:
            yield f"SELECT DISTINCT ?this {{ {target} {_broken(shapes, shape, parameter, value, target, values)} }}"


def _broken(shapes: rdflib.Graph, shape: Node, parameter: Node, value: Node, target: str, values: str) -> str:
    """What holds where a constraint on single values may be broken (SHACL 4)."""
    if parameter == SH["class"]:
        return f"{values} MINUS {{ ?value {_KIND} {_iri(value)} }}"
    if parameter == SH.datatype:
        typed = f"STRSTARTS(STR(DATATYPE(?value)), '{XSD}') && DATATYPE(?value) != <{XSD.string}>"  # seen by `of_literals`
        return f"{values} FILTER(!ISLITERAL(?value) || (DATATYPE(?value) != {_iri(value)} && !({typed})))"
    if parameter == SH.nodeKind:
        return f"{values} FILTER(!({' || '.join(f'{test}(?value)' for test in _TESTS[value])}))"
    if parameter == SH.pattern:
        # pySHACL knows no flag s, and \\s has four signs more in Python than in Rust.
        return f"{values} FILTER(ISBLANK(?value) || REGEX(STR(?value), '[\\n\\u001C-\\u001F]') || COALESCE(!{_regex(shapes, shape, '?value')}, true))"
    if parameter == SH["in"]:
        return f"{values} FILTER(!({' || '.join(f'SAMETERM(?value, {term.n3()})' for term in Listed(shapes, value))}))"
    if parameter == SH.languageIn:
        return f"{values} FILTER(!ISLITERAL(?value) || !({_speaks(shapes, value, '?value')}))"
    if parameter == SH.hasValue and isinstance(value, URIRef):
        return f"MINUS {{ {target} {values} FILTER(SAMETERM(?value, {value.n3()})) }}"
    if parameter in _COMPARED and isinstance(value, Literal) and value.datatype == XSD.integer:
        return f"{values} FILTER(COALESCE(!(?value {_COMPARED[parameter]} {value.n3()}), true))"
    if parameter in _PAIRS:
        ordered = f"DATATYPE(?value) = DATATYPE(?other) && (ISNUMERIC(?value) || REGEX(CONCAT(STR(?value), ' ', STR(?other)), '{_ORDERED}'))"
        return f"{values} ?this {_iri(value)} ?other . FILTER(COALESCE(!({ordered} && ?value {_PAIRS[parameter]} ?other), true))"
    if parameter == SH.disjoint:
        return f"{values} ?this {_iri(value)} ?value ."
    if parameter == SH["not"]:
        return f"{values} {_conforming(shapes, value, '?value')}"
    if parameter == SH["or"]:
        conforming = (_conforming(shapes, part, "?value") for part in Listed(shapes, value))
        return " ".join([values, *(f"MINUS {{ {target} {values} {part} }}" for part in conforming)])
    raise _Untranslated(parameter)


def _conforming(shapes: rdflib.Graph, shape: Node, node: str) -> str:
    """A pattern that holds of the nodes that conform to a shape without targets, and of no other."""
    path = shapes.value(shape, SH.path)
    demands = [(parameter, value) for parameter, value in shapes.predicate_objects(shape) if parameter.startswith(str(SH)) and parameter not in _SILENT]
    if path is not None and {parameter for parameter, _ in demands} == {SH.hasValue}:
        return " ".join(f"{node} {_path(shapes, path)} {_iri(value)} ." for _, value in demands)
    if path is not None and demands == [(SH.minCount, Literal(1))]:
        return f"{node} {_path(shapes, path)} {node}_ ."
    if path is not None and SH.qualifiedValueShape in {parameter for parameter, _ in demands} <= _QUALIFIED:
        inner = _conforming(shapes, shapes.value(shape, SH.qualifiedValueShape), f"{node}_")
        counted = _having(f"{node}_", shapes.value(shape, SH.qualifiedMinCount), shapes.value(shape, SH.qualifiedMaxCount), "&&", (">=", "<="))
        return f"{{ SELECT {node} {{ {node} {_path(shapes, path)} {node}_ . {inner} }} GROUP BY {node} {counted} }}"
    if path is not None or not demands:
        raise _Untranslated(shape)
    return " ".join(_held(shapes, shape, parameter, value, node) for parameter, value in demands)


def _held(shapes: rdflib.Graph, shape: Node, parameter: Node, value: Node, node: str) -> str:
    if parameter == SH["class"]:
        return f"{node} {_KIND} {_iri(value)} ."
    if parameter == SH.property:
        return _conforming(shapes, value, node)
    if parameter == SH.languageIn:
        return f"FILTER({_speaks(shapes, value, node)})"
    if parameter == SH.pattern:
        return f"FILTER(!ISBLANK({node}) && {_regex(shapes, shape, node)})"
    raise _Untranslated(parameter)


def _targets(shapes: rdflib.Graph, shape: Node) -> str:
    """The focus nodes of a shape as `?this` (SHACL 2.1.3)."""
    found = [
        *(f"{{ ?this {_KIND} {kind.n3()} }}" for kind in shapes.objects(shape, SH.targetClass)),
        *(f"{{ ?this {property.n3()} ?any }}" for property in shapes.objects(shape, SH.targetSubjectsOf)),
        *(f"{{ ?any {property.n3()} ?this }}" for property in shapes.objects(shape, SH.targetObjectsOf)),
        *(f"{{ VALUES ?this {{ {node.n3()} }} }}" for node in shapes.objects(shape, SH.targetNode)),
    ]
    return f"{{ SELECT DISTINCT ?this {{ {' UNION '.join(sorted(found))} }} }}"


def _among(target: str, nodes: Collection[Node]) -> str:
    """Those of some nodes that are focus nodes; of very many at once a query cannot tell."""
    if len(nodes) > _MOST:
        raise _Untranslated(f"{len(nodes)} nodes")
    return f"SELECT ?this {{ VALUES ?this {{ {' '.join(sorted(node.n3() for node in nodes))} }} {target} }}"


def _counted(target: str, values: str, least: Node | None, most: Node | None) -> str:
    """The focus nodes with fewer or more values than they may have (SHACL 4.2)."""
    if most is None and int(least) == 1:
        return f"SELECT ?this {{ {target} MINUS {{ {values} }} }}"
    return f"SELECT ?this {{ {target} OPTIONAL {{ {values} }} }} GROUP BY ?this {_having('?value', least, most, '||', ('<', '>'))}"


def _having(node: str, least: Node | None, most: Node | None, joined: str, signs: tuple[str, str]) -> str:
    return f"HAVING ({f' {joined} '.join(f'COUNT(DISTINCT {node}) {sign} {int(bound)}' for bound, sign in zip((least, most), signs) if bound is not None)})"


def _path(shapes: rdflib.Graph, path: Node) -> str:
    """A property path as SPARQL writes it (SHACL 2.3.1)."""
    if isinstance(path, URIRef):
        return path.n3()
    for parameter, value in shapes.predicate_objects(path):
        if parameter == SH.inversePath:
            return f"^({_path(shapes, value)})"
        if parameter == SH.alternativePath:
            return f"({'|'.join(_path(shapes, part) for part in Listed(shapes, value))})"
        if parameter == RDF.first:
            return f"({'/'.join(_path(shapes, part) for part in Listed(shapes, path))})"
    raise _Untranslated(path)


def _speaks(shapes: rdflib.Graph, languages: Node, node: str) -> str:
    return " || ".join(f"LANGMATCHES(LANG({node}), {language.n3()})" for language in Listed(shapes, languages))


def _regex(shapes: rdflib.Graph, shape: Node, node: str) -> str:
    pattern, flags = shapes.value(shape, SH.pattern), shapes.value(shape, SH.flags)
    if _OTHER_REGEX.search(pattern):
        raise _Untranslated(SH.pattern)
    return f"REGEX(STR({node}), {', '.join(Literal(str(part)).n3() for part in (pattern, flags) if part is not None)})"


def _iri(value: Node) -> str:
    if not isinstance(value, URIRef):
        raise _Untranslated(value)
    return value.n3()


# --- literals, as they are written ---------------------------------------------------------------------------------

def _is_typed(value: Node) -> bool:
    return isinstance(value, Literal) and value.datatype is not None and value.datatype.startswith(str(XSD))


def _allows(shapes: rdflib.Graph, shape: Node, usual: Node | None) -> Callable[[Literal], bool]:
    """Whether a typed literal is as a shape wants it, flags apart, and, where literals are counted, one that the store
    takes for no other; `usual` is the datatype that most have."""
    datatype, pattern, listed, most = (shapes.value(shape, parameter) for parameter in (SH.datatype, SH.pattern, SH["in"], SH.maxCount))
    values = None if listed is None else set(Listed(shapes, listed))

    def allowed(value: Literal) -> bool:
        if datatype is not None and value.datatype != datatype:
            return False
        if pattern is not None and not re.search(pattern, value):
            return False
        if values is not None and value not in values:
            return False
        return most is None or _is_kept(value, datatype or usual)

    return allowed


def _is_kept(value: Literal, wanted: Node | None) -> bool:
    """Whether a literal is in the only form that its value has in the store, given that all have the datatype `wanted`."""
    form = _FORMS.get(value.datatype) or (_FORMS[XSD.integer] if value.datatype == wanted and wanted in _INTEGERS else None)
    return bool(form and form.fullmatch(value))


def _properties(shapes: rdflib.Graph, path: Node | None) -> set[URIRef]:
    """The properties at the end of a path."""
    if path is None or isinstance(path, URIRef):
        return {path} - {None}
    return {step for step in shapes.transitive_objects(path, None) if isinstance(step, URIRef) and step != RDF.nil}
