"""Two states of the graph, thing by thing: what is said of it no longer, and what is said of it now.

The entailed layer and the computed parts of the evidence are left out: they follow from the rest. What a statement's
author says about it (modality, passages, method) counts as said of its subject.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg.errors import Message
from cpbm_kg.vocabulary import BASE, BM, GRAPH, LAYER_NAMES, OWL, RDF, RDFS, SCHEMA, SH, SKOS, STATEMENT_ANNOTATIONS, passage_span, sentence_span

Triple = tuple[Node, Node, Node]
COMPARED = tuple(name for name in LAYER_NAMES if name != "entailed")
_REIFIED = (RDF.subject, RDF.predicate, RDF.object)
_STRICTER = (OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.AsymmetricProperty, OWL.IrreflexiveProperty)


@dataclass(frozen=True)
class State:
    """All triples of the compared layers; `by_subject` and `labels` are views of them."""

    triples: frozenset[Triple]
    vocabulary: frozenset[Triple]
    shapes: frozenset[Triple]
    by_subject: Mapping[Node, dict[Node, set[Node]]] = field(repr=False)

    def values(self, subject: Node, predicate: Node) -> set[Node]:
        return self.by_subject.get(subject, {}).get(predicate, set())


@dataclass(frozen=True)
class Change:
    """What is said otherwise of a thing by one property; for `about`, by a note on its statement with that property."""

    property: Node
    removed: tuple[Node, ...]
    added: tuple[Node, ...]
    about: Node | None = None


@dataclass(frozen=True)
class Thing:
    """A thing that differs; `was` and `is_now` say on which side it is described."""

    iri: Node
    was: bool
    is_now: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Difference:
    things: tuple[Thing, ...]
    breaking: tuple[tuple[Node, Message], ...]
    removed: frozenset[Triple]
    added: frozenset[Triple]


def state(graphs: Mapping[str, Iterable[Triple]]) -> State:
    """The state that graphs (IRI to triples, as a release names them, or one default graph) hold."""
    layers = {name: frozenset(graphs.get(str(GRAPH[name]), ())) for name in COMPARED}
    everything = frozenset().union(*layers.values()) if any(layers.values()) else frozenset(triple for triples in graphs.values() for triple in triples)
    by_subject: dict[Node, dict[Node, set[Node]]] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, value in everything:
        by_subject[subject][predicate].add(value)
    vocabulary = layers["vocabulary"] or everything
    return State(everything, vocabulary, layers["shapes"], by_subject)


def compare(old: State, new: State) -> Difference:
    """What `new` says that `old` does not, and the reverse."""
    removed, added = old.triples - new.triples, new.triples - old.triples
    changes: dict[Node, dict[tuple[Node, Node | None], tuple[set[Node], set[Node]]]] = defaultdict(lambda: defaultdict(lambda: (set(), set())))
    for side, triples, origin in ((0, removed, old), (1, added, new)):
        for triple in triples:
            told = _told(triple, origin)
            if told:
                subject, predicate, value, about = told
                changes[subject][predicate, about][side].add(value)
    things = []
    for subject in sorted(changes, key=str):
        said = [Change(predicate, _sorted(before), _sorted(after), about)
                for (predicate, about), (before, after) in sorted(changes[subject].items(), key=lambda item: (str(item[0][1] or ""), str(item[0][0])))
                if before != after]  # a claim that moved takes its notes along
        if said:
            things.append(Thing(subject, subject in old.by_subject, subject in new.by_subject, tuple(said)))
    return Difference(tuple(things), tuple(_breaking(old, new)), removed, added)


def _told(triple: Triple, origin: State) -> tuple[Node, Node, Node, Node | None] | None:
    """Of which thing a triple tells, by which property; None where it only follows from others."""
    subject, predicate, value = triple
    reified = [next(iter(origin.values(subject, part)), None) for part in _REIFIED]
    if reified[0] is not None:
        return (reified[0], predicate, value, reified[1]) if predicate in STATEMENT_ANNOTATIONS else None
    parent = URIRef(str(subject).partition("#")[0])
    if isinstance(subject, BNode) or passage_span(str(parent)) or sentence_span(str(parent)):
        return None
    return subject, predicate, value, None


def _sorted(values: set[Node]) -> tuple[Node, ...]:
    return tuple(sorted(values, key=str))


# --- what breaks whoever relies on the ontology -------------------------------------------------------------------

def _breaking(old: State, new: State) -> Iterable[tuple[Node, Message]]:
    """Changes of the vocabulary and the shapes after which what was right may be wrong, or what was found is not."""
    terms = {subject for subject, predicate, _ in old.vocabulary if predicate == RDF.type and str(subject).startswith((str(BM), BASE + "id/"))}
    kept = {subject for subject, predicate, _ in new.vocabulary if predicate == RDF.type}
    for term in sorted(terms - kept, key=str):
        yield term, Message("terme retiré", "term removed")
    gone, come = old.vocabulary - new.vocabulary, new.vocabulary - old.vocabulary
    for subject, predicate, value in sorted(come, key=str):
        if subject in terms and (said := _demand_added(predicate, value)):
            yield subject, said
    for subject, predicate, value in sorted(gone, key=str):
        if subject in terms & kept and (said := _promise_withdrawn(predicate)):
            yield subject, said
    yield from _stricter_shapes(old, new)


def _demand_added(predicate: Node, value: Node) -> Message | None:
    if predicate == RDF.type and value in _STRICTER:
        kind = str(value).rpartition("#")[2]
        return Message(f"devient {kind}", f"becomes {kind}")
    return {
        RDFS.domain: Message("domaine ajouté ou changé : il se restreint", "domain added or changed: it narrows"),
        RDFS.range: Message("co-domaine ajouté ou changé : il se restreint", "range added or changed: it narrows"),
        OWL.disjointWith: Message("disjonction ajoutée", "disjointness added"),
        OWL.deprecated: Message("terme déconseillé", "term deprecated"),
    }.get(predicate)


def _promise_withdrawn(predicate: Node) -> Message | None:
    return {
        SCHEMA.domainIncludes: Message("classe retirée du domaine", "class removed from the domain"),
        SCHEMA.rangeIncludes: Message("classe retirée du co-domaine", "class removed from the range"),
        RDFS.subClassOf: Message("classe générale retirée : ses instances n’en sont plus", "superclass removed: its instances are no longer of it"),
        RDFS.subPropertyOf: Message("propriété générale retirée : ses liens n’en découlent plus", "superproperty removed: its links no longer follow"),
        OWL.inverseOf: Message("inverse retirée", "inverse removed"),
        SKOS.notation: Message("notation changée", "notation changed"),
    }.get(predicate)


def _stricter_shapes(old: State, new: State) -> Iterable[tuple[Node, Message]]:
    severities = {shape: {value for subject, predicate, value in new.shapes if subject == shape and predicate == SH.severity}
                  for shape in {subject for subject, predicate, _ in new.shapes - old.shapes if predicate == SH.severity}}
    for shape in sorted(severities, key=str):
        if SH.Violation in severities[shape] and old.shapes:
            known = any(subject == shape for subject, _, _ in old.shapes)
            yield shape, Message("règle devenue violation", "rule raised to a violation") if known else Message("règle nouvelle, en violation", "new rule, a violation")


def label(thing: Node, language: str, *states: State) -> str:
    """The label of a thing in the first state that has one, in `language` where there is one; "" without."""
    for known in states:
        labels = [value for predicate in (SKOS.prefLabel, RDFS.label) for value in known.values(thing, predicate) if isinstance(value, Literal)]
        if labels:
            return str(min(labels, key=lambda value: (value.language != language, value.language != "fr", str(value))))
    return ""
