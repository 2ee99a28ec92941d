"""Names that no graph knows, and the nearest real name of the same role: a property, a class, a graph or a thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rdflib.namespace import RDF
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import URIRef

from cpbm_kg import algebra
from cpbm_kg.diagnosis import nearness
from cpbm_kg.diagnosis.cause import Cause
from cpbm_kg.diagnosis.patterns import Bind, Element, Filter, Triple, Values
from cpbm_kg.diagnosis.probing import Prober
from cpbm_kg.diagnosis.writing import term, written
from cpbm_kg.errors import Message
from cpbm_kg.parameters import escaped

_DECLARED = """SELECT ?pair { VALUES ?kind { <http://www.w3.org/2002/07/owl#Class> <http://www.w3.org/2002/07/owl#ObjectProperty>
<http://www.w3.org/2002/07/owl#DatatypeProperty> <http://www.w3.org/2002/07/owl#AnnotationProperty> <http://www.w3.org/1999/02/22-rdf-syntax-ns#Property> }
?term a ?kind . OPTIONAL { ?term <http://www.w3.org/2000/01/rdf-schema#label> ?label } BIND (CONCAT(STR(?term), " ", COALESCE(STR(?label), "")) AS ?pair) }"""
_USED = "SELECT DISTINCT ?term { ?s ?term ?o }"
_MOST_NAMES = 3000


def unknown_names(prober: Prober, failing: Sequence[Element], query: Sequence[Element]) -> Iterator[Cause]:
    """An IRI that no graph knows, with the nearest that one does."""
    for element in failing:
        for iri, role in _iris(element):
            if _known(prober, iri) is not False:
                continue
            near = _nearest(prober, iri, role)
            yield Cause("unknown-iri", Message(
                f"{term(iri, short=True)} n'existe dans aucun graphe" + (f" ; le plus proche : {term(near, short=True)}" if near else " ; aucun terme proche n'est trouvé"),
                f"{term(iri, short=True)} is in no graph" + (f"; the nearest is {term(near, short=True)}" if near else "; no near term is found")),
                written([element], short=True), str(iri), near and str(near))


def _iris(element: Element) -> Iterator[tuple[URIRef, str]]:
    """The IRIs that an element names, each with what it stands for: a property, a class, a graph or a thing."""
    if isinstance(element, Triple):
        for leaf in algebra.leaves([element.predicate]):
            if isinstance(leaf, URIRef):
                yield leaf, "property"
        if isinstance(element.object, URIRef):
            yield element.object, "class" if element.predicate == RDF.type else "thing"
        if isinstance(element.subject, URIRef):
            yield element.subject, "thing"
        if isinstance(element.graph, URIRef):
            yield element.graph, "graph"
    elif isinstance(element, Values):
        yield from ((value, "thing") for row in element.rows for _, value in row if isinstance(value, URIRef))
    elif isinstance(element, (Filter, Bind)) and isinstance(element.expression, (CompValue, URIRef)):
        functions = _functions(element.expression)
        named = _without_groups(element.expression)
        yield from ((leaf, "thing") for leaf in algebra.leaves([named]) if isinstance(leaf, URIRef) and leaf not in functions and "XMLSchema#" not in leaf)


def _without_groups(value: object) -> object:
    """An expression without the groups of EXISTS, which are explained as queries of their own."""
    return "" if isinstance(value, CompValue) and value.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS") else value


def _functions(value: object) -> set[URIRef]:
    if isinstance(value, CompValue):
        own = {value.iri} if value.name == "Function" else set()
        return own.union(*(_functions(part) for key, part in value.items() if not key.startswith("_")))
    return set().union(*(_functions(part) for part in value)) if isinstance(value, list) else set()


def _known(prober: Prober, iri: URIRef) -> bool | None:
    name = f"<{iri}>"
    places = (f"{name} ?p ?o", f"?s {name} ?o", f"?s ?p {name}")
    return prober.ask(" UNION ".join([f"{{ {place} }}" for place in places] + [f"{{ GRAPH ?g {{ {place} }} }}" for place in places] + [f"{{ GRAPH {name} {{ ?s ?p ?o }} }}"]))


def _nearest(prober: Prober, iri: URIRef, role: str) -> URIRef | None:
    """The nearest real name of the same role."""
    namespace, local = nearness.split(str(iri))
    if role == "graph":
        candidates = [(binding["value"], "") for binding in prober.column("SELECT ?g { GRAPH ?g {} }")]
    else:
        terms = [tuple(binding["value"].split(" ", 1)) for binding in prober.column(_DECLARED)] + [(binding["value"], "") for binding in prober.column(_USED)]
        candidates = [pair for pair in terms if role not in ("property", "class") or _cased(pair[0], role)]
        if role == "thing" and not any(name.startswith(namespace) for name, _ in terms):
            tail = escaped("/" + "/".join(str(iri).rstrip("/").split("/")[-2:]))
            found = prober.column(f"SELECT DISTINCT ?s {{ {{ ?s a ?c }} UNION {{ GRAPH ?g {{ ?s a ?c }} }} FILTER (STRSTARTS(STR(?s), {escaped(namespace)}) || STRENDS(STR(?s), {tail})) }} LIMIT {_MOST_NAMES}")
            candidates = [(binding["value"], "") for binding in found]
    near = nearness.nearest(str(iri), candidates)
    return URIRef(near) if near else None


def _cased(iri: str, role: str) -> bool:
    """Classes begin with a capital, properties do not: the custom of every vocabulary here."""
    local = nearness.split(iri)[1]
    return local[:1].isupper() == (role == "class")


