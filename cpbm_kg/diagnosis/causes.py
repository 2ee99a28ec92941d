"""What is wrong with a set of patterns that matches nothing: each rule verifies its cause in the graph before it names it.

A rule that finds nothing says nothing. The rules are tried in the order of how sure their cause explains the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rdflib.namespace import RDF
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import URIRef, Variable

from cpbm_kg.diagnosis import literals, naming, nearness
from cpbm_kg.diagnosis.cause import Cause
from cpbm_kg.diagnosis.failing import smallest
from cpbm_kg.diagnosis.patterns import Bind, Element, Filter, Optional, Triple, Union, bound
from cpbm_kg.diagnosis.probing import Prober, sensible
from cpbm_kg.diagnosis.reading import Where, group
from cpbm_kg.diagnosis.writing import term, written
from cpbm_kg.errors import Message

_LAYER = Variable("layer")


def explain(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> list[Cause]:
    """The causes found for a failing set of a query; those of the first rule that finds any."""
    rules: tuple[Callable[[Prober, Sequence[Element], Sequence[Element]], Iterator[Cause]], ...] = (
        _branches, _strays, naming.unknown_names, _other_layers, _literals, _conditions, _options, _inside_exists, _nothing_has_both)
    for rule in rules:
        if found := list(rule(prober, failing, query)):
            return found
    return []


def cut_away(where: Where) -> list[Cause]:
    """What LIMIT and OFFSET leave out of an answer that has rows."""
    if where.limit == 0:
        return [Cause("limit", Message("LIMIT 0 ne garde aucune ligne", "LIMIT 0 keeps no row"), "LIMIT 0", "0")]
    return []


def _branches(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """Each branch of a UNION with the rest of the failing set, as a query of its own."""
    union = next((element for element in failing if isinstance(element, Union)), None)
    if union is not None:
        rest = [element for element in failing if element is not union]
        for branch in union.branches:
            for part in smallest(prober, [*rest, *branch]):
                yield from explain(prober, part, [*query, *branch])


def _strays(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """A FILTER or BIND outside the group that binds its variable: there the variable is unbound (SPARQL 1.1, 18.2.2.2)."""
    for element in failing:
        if not isinstance(element, (Filter, Bind)) or not element.strays:
            continue
        word = "FILTER" if isinstance(element, Filter) else "BIND"
        for variable in sorted(element.strays):
            if variable in bound(_all(query)):
                yield Cause(f"misplaced-{word.lower()}", Message(
                    f"ce {word} emploie ?{variable}, que son groupe ne lie pas : déplacez-le dans le groupe qui lie ?{variable}, ou après lui",
                    f"this {word} uses ?{variable}, which its group does not bind: move it into the group that binds ?{variable}, or after it"),
                    written([element], short=True), f"?{variable}")
            else:
                near = nearness.nearest(f"?/{variable}", [(f"?/{name}", "") for name in bound(_all(query))])
                yield Cause("unbound-variable", Message(
                    f"aucun motif ne lie ?{variable}" + (f" : vouliez-vous ?{near[2:]}" if near else ""),
                    f"no pattern binds ?{variable}" + (f": did you mean ?{near[2:]}" if near else "")),
                    written([element], short=True), f"?{variable}", near and f"?{near[2:]}")


_VARIANTS = {
    "language": Message("existe avec une autre étiquette de langue", "exists with another language tag"),
    "datatype": Message("existe avec un autre type", "exists with another datatype"),
    "case": Message("existe avec une autre casse", "exists with another case"),
    "typography": Message("existe avec une autre typographie (accents, apostrophes, espaces)", "exists with another typography (accents, apostrophes, spaces)"),
    "for-iri": Message("est un texte, là où les valeurs sont des choses", "is a text where the values are things"),
}


def _literals(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """A literal that exists with another language tag, datatype, case or typography, or that stands for a thing."""
    for element in failing:
        for literal, relaxed, variable in literals.relaxations(element, failing):
            found = literals.variant(prober, relaxed, variable, literal)
            if found is not None:
                kind, real = found
                said, shown = _VARIANTS[kind], term(literal, short=True)
                yield Cause(f"literal-{kind}", Message(f"{shown} {said.fr}" + (f" : {real}" if real else ""), f"{shown} {said.en}" + (f": {real}" if real else "")),
                            written([element], short=True), shown, real)


def _conditions(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """A FILTER on a language or a type that its variable never has."""
    for element in failing:
        if isinstance(element, Filter) and not element.strays:
            rest = [other for other in failing if other is not element]
            for kind, asked, real in literals.condition(prober, element, rest):
                listed = ", ".join(real)
                said = {"language": ("n'est la langue d'aucune valeur ; il y a", "is the language of no value; there is"),
                        "datatype": ("ne se compare à aucune valeur ; elles sont de type", "compares with no value; they are of type"),
                        "case": ("se trouve avec une autre casse ou typographie dans", "is found with another case or typography in")}[kind]
                yield Cause(f"literal-{kind}", Message(f"{asked} {said[0]} {listed}", f"{asked} {said[1]} {listed}"), written([element], short=True), asked, real[0])


def _other_layers(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """Triples that are there, but in a graph that the query does not ask."""
    triples = [element for element in failing if isinstance(element, Triple)]
    opened = [_everywhere(element, number) if isinstance(element, Triple) else element for number, element in enumerate(failing)]
    if not triples or prober.holds(opened, everywhere=True) is not True:
        return
    together = [replace(element, graph=_LAYER) if isinstance(element, Triple) else element for element in failing]
    others = [_everywhere(element, number) for number, element in enumerate(query, len(opened)) if isinstance(element, Triple) and element not in failing]
    # Those that also fit the rest of the query tell more; then those that hold the failing set; then triple by triple.
    if names := _layers(prober, [*together, *others]) or _layers(prober, together):
        yield _in_layers(prober, triples, names)
        return
    for triple in triples:
        elsewhere = [replace(triple, graph=_LAYER) if element is triple else element for element in failing]
        if names := [name for name in _layers(prober, elsewhere) if name not in (str(triple.graph), *prober.default_graphs)]:
            yield _in_layers(prober, [triple], names)


def _layers(prober: Prober, elements: Sequence[Element]) -> list[str]:
    """The graphs that hold the elements together."""
    return sorted(binding["value"] for binding in prober.column(f"SELECT DISTINCT ?{_LAYER} {{ {written(sensible(elements))} }}"))


def _in_layers(prober: Prober, triples: Sequence[Triple], names: Sequence[str]) -> Cause:
    shown = ", ".join(term(URIRef(name), short=True) for name in names)
    if all(triple.graph is None for triple in triples):
        remedy = Message("demandez ce graphe par GRAPH ou FROM", "ask for that graph by GRAPH or FROM")
    elif prober.restricted:
        remedy = Message("ajoutez ce graphe par FROM NAMED", "add that graph by FROM NAMED")
    else:
        remedy = Message("nommez ce graphe", "name that graph")
    return Cause("other-layer", Message(f"ce motif se trouve dans {shown} : {remedy.fr}", f"this pattern is found in {shown}: {remedy.en}"),
                 written(triples, short=True), ", ".join(term(triple.predicate, short=True) for triple in triples), names[0])


def _options(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """A FILTER that insists on what an OPTIONAL finds: what is wrong inside the OPTIONAL, or else the FILTER's place."""
    if not any(isinstance(element, Filter) for element in failing):
        return
    inside = list(unfound_options(prober, failing, query))
    faults = [cause for cause in inside if cause.kind != "never-together"]
    yield from faults or list(_outside_optional(prober, failing, query)) or inside


def unfound_options(prober: Prober, elements: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """The causes in each OPTIONAL that never matches beside the elements that must."""
    sure = [element for element in elements if not isinstance(element, (Filter, Optional))]
    for option in elements:
        if isinstance(option, Optional) and (not sure or prober.holds(sure)):
            for part in smallest(prober, [*sure, *option.parts]):
                yield from explain(prober, part, [*query, *option.parts])


def _outside_optional(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """A FILTER that drops every row because its variable comes from an OPTIONAL that it stands outside of."""
    for element in failing:
        if not isinstance(element, Filter) or element.strays:
            continue
        sure = bound(other for other in query if not isinstance(other, Optional))
        loose = sorted(element.uses - sure)
        if loose and any(isinstance(other, Optional) and set(loose) & other.binds for other in query) and prober.holds([other for other in query if other is not element]):
            yield Cause("misplaced-filter", Message(
                f"ce FILTER porte sur ?{loose[0]}, qui vient d'un OPTIONAL : hors de lui, il écarte toutes les lignes ; déplacez-le dans l'OPTIONAL",
                f"this FILTER is on ?{loose[0]}, which comes from an OPTIONAL: outside it, it drops every row; move it into the OPTIONAL"),
                written([element], short=True), f"?{loose[0]}")


def _inside_exists(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """What FILTER EXISTS asks for, as a query of its own."""
    for element in failing:
        if isinstance(element, Filter) and isinstance(element.expression, CompValue) and element.expression.name == "Builtin_EXISTS":
            inner = group(element.expression.graph, element.graph)
            for part in smallest(prober, inner):
                yield from explain(prober, part, inner)


def _nothing_has_both(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """Patterns of classes and properties alone, without any single thing or value: a mistake about the model."""
    triples = [element for element in failing if isinstance(element, Triple)]
    if len(triples) != len(failing) or prober.restricted or not all(map(_general, triples)):
        return
    shown = written(triples, short=True)
    for number, triple in enumerate(triples):
        turned = replace(triple, subject=triple.object, object=triple.subject)
        if isinstance(triple.predicate, URIRef) and triple.predicate != RDF.type and prober.holds([*triples[:number], turned, *triples[number + 1:]]):
            yield Cause("direction", Message(f"cette propriété va dans l'autre sens : {written([turned], short=True)}", f"this property runs the other way: {written([turned], short=True)}"),
                        written([triple], short=True), term(triple.predicate, short=True), written([turned], short=True))
            return
    if len(triples) == 1:
        name = triples[0].object if triples[0].predicate == RDF.type else triples[0].predicate
        if isinstance(name, URIRef):
            yield Cause("unused-term", Message(f"{term(name, short=True)} est un terme connu, mais aucune donnée ne l'emploie ainsi", f"{term(name, short=True)} is a known term, but no data use it like this"),
                        shown, term(name, short=True))
    else:
        yield Cause("never-together", Message(f"chacun de ces motifs a des réponses, mais rien n'a tout à la fois : {shown}", f"each of these patterns has answers, but nothing has them all: {shown}"), shown)


def _general(triple: Triple) -> bool:
    """Whether a triple names no single thing: a class stands only after `a`."""
    free = isinstance(triple.subject, Variable)
    return free and (isinstance(triple.object, Variable) or triple.predicate == RDF.type)


def _everywhere(triple: Triple, number: int) -> Union:
    return Union(((replace(triple, graph=None),), (replace(triple, graph=Variable(f"anygraph{number}")),)))


def _all(elements: Sequence[Element]) -> Iterator[Element]:
    """The elements with those inside them."""
    for element in elements:
        yield element
        yield from _all(getattr(element, "parts", ()))
        for branch in getattr(element, "branches", ()):
            yield from _all(branch)
