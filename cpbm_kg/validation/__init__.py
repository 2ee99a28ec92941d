"""Judges a dataset: SHACL, and the text read again. Never in a serving thread (knowledge-model.md, traps).

SHACL sees one graph of all layers but the entailed one: what is judged is what people wrote and what was computed
from it; what follows by rule is tested apart. pySHACL evaluates the core constraints at the nodes that may break one
(`suspects`); the `sh:sparql` ones, where 94 % of its time goes (architecture.md, 12), run once over the whole graph in
the engine, with equal results.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

import rdflib
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg import changes, rules
from cpbm_kg.beside import Beside
from cpbm_kg.changes import Touched
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Place
from cpbm_kg.findings import Finding
from cpbm_kg.names import Names
from cpbm_kg.source import SourceText
from cpbm_kg.turtle import Triple
from cpbm_kg.validation import core, places, queries, soundness, suspects
from cpbm_kg.validation.results import Result, finding, label
from cpbm_kg.vocabulary import BASE, DCTERMS, LAYER_NAMES, OA, PROFILE_LAYERS, RDF, SCHEMA, SH, passage_span

JUDGED_LAYERS = tuple(name for name in LAYER_NAMES if name not in ("entailed", "shapes"))

__all__ = ["JUDGED_LAYERS", "Alone", "Result", "findings", "look", "results", "sound", "validate"]


@dataclass(frozen=True)
class Alone:
    """What shows in a derived dataset by itself: `findings` that need no rule, triples whose literal is `ill_typed`, things
    of ours that it names and does not describe (`undescribed`), and passages `unrecorded`."""

    findings: tuple[Finding, ...]
    ill_typed: frozenset[Triple]
    undescribed: frozenset[URIRef]
    unrecorded: frozenset[Node]


def validate(dataset: Dataset, text: SourceText | None = None, change: Touched | None = None) -> list[Finding]:
    """Every SHACL result on a derived dataset, every IRI of ours that nothing describes, and every passage that `text`
    does not bear out; in order of place. Without the text, quotes are held to their digests alone.

    With a `change`, core constraints judge only what it can affect; queries still judge the whole.
    """
    alone = look(dataset, text)
    judged = dataset.union(JUDGED_LAYERS)
    shapes, unsound = sound(dataset)
    found = results(judged, shapes, change)
    return sorted([*alone.findings, *unsound, *findings(dataset, judged, found, alone)], key=lambda found: found.order)


def look(dataset: Dataset, text: SourceText | None = None) -> Alone:
    """What shows without rules. Triples with a literal that is none of its type are taken out: pySHACL cannot compare
    what has no value."""
    ill_typed = {triple for layer in JUDGED_LAYERS for triple in dataset.layers[layer] if isinstance(triple[2], Literal) and triple[2].ill_typed}
    found = []
    if ill_typed:
        judged, located = dataset.union(JUDGED_LAYERS), places.Places(dataset)
        found = [_of_triple("literal-ill-typed", triple, dataset, judged, located) for triple in ill_typed if triple[1] != RDF.object]
    for layer in JUDGED_LAYERS:
        for triple in ill_typed:
            dataset.layers[layer].remove(triple)
    if text is not None:
        found += _reread(dataset, text)
    return Alone(tuple(found), frozenset(ill_typed), frozenset(value for _, _, value in _naming(dataset, _undescribed(dataset))), frozenset(dataset.unrecorded))


def sound(dataset: Dataset) -> tuple[rdflib.Graph, list[Finding]]:
    """The shapes to judge by, and what is wrong with the others."""
    shapes = dataset.layers["shapes"]
    unsound = soundness.faults(shapes, dataset.places, dataset.subjects, Names())
    return soundness.without(shapes, unsound), list(unsound.values())


def findings(dataset: Dataset, judged: rdflib.Graph, found: Iterable[Result], alone: Alone) -> list[Finding]:
    """Results and things that nothing describes, as findings with their places in `dataset`; what a check of ours says
    already is left out. `judged` knows the labels of what they name."""
    located, shapes = places.Places(dataset), dataset.layers["shapes"]
    dangling = _naming(dataset, alone.undescribed)
    said_already = {triple[:2] for triple in alone.ill_typed}
    explained = alone.undescribed | alone.unrecorded
    return [*(finding(result, judged, dataset, located) for result in found
              if not _concerns(result, said_already, shapes) and not _explained(result, explained, alone.unrecorded, dangling, shapes)),
            *(_of_triple("iri-dangling", triple, dataset, judged, located) for triple in dangling)]


def results(judged: rdflib.Graph, shapes: rdflib.Graph, change: Touched | None = None) -> set[Result]:
    """The validation results of a graph against shapes, as SHACL defines them (3.6), in no order. `change` as in `validate`."""
    engine, cores = queries.engine_of(judged), queries.without_queries(shapes)
    if change is None:
        suspected = suspects.find(engine, cores, suspects.of_literals(judged, cores))
        of_core = Beside(lambda: core.results(judged, suspects.aimed(cores, suspected)) if suspected else set())
    else:
        aimed = changes.aimed(cores, judged, changes.focus(judged, change))
        of_core = Beside(lambda: core.results(judged, aimed))
    return queries.results(engine, shapes) | of_core.result()


def _concerns(result: Result, pairs: set[tuple], shapes: rdflib.Graph) -> bool:
    """Whether a result is about one of the pairs of subject and property, its path an expression or not."""
    if not isinstance(result.path, BNode):
        return (result.focus, result.path) in pairs
    expression = shapes.value(result.shape, SH.path)
    return any((result.focus, step) in pairs for step in shapes.transitive_objects(expression, None))


def _explained(result: Result, nothing: Set[Node], unrecorded: Set[Node], dangling: set[Triple], shapes: rdflib.Graph) -> bool:
    """Whether a check of ours says the same thing already: one fault, one finding. Of `nothing` there is a description:
    of course it lacks what a shape asks of it."""
    if result.focus in nothing or result.value in unrecorded:
        return True
    return (result.shape, SH["class"], None) in shapes and (result.focus, result.path, result.value) in dangling


def _of_triple(rule: str, triple: tuple, dataset: Dataset, judged: rdflib.Graph, located: places.Places) -> Finding:
    subject, predicate, value = triple
    place = located.of(subject, predicate, value, None)
    names = dataset.names(place)
    return rules.own(rule, place, names.term(subject), path=names.term(predicate), value=names.term(value), label=label(judged, subject), terms=triple)


def _undescribed(dataset: Dataset) -> set[Node]:
    """The things of ours (`…/id/…`) that are named and nothing describes. Passages have a check of their own."""
    described = {subject for layer in (*JUDGED_LAYERS, "entailed") for subject in set(dataset.layers[layer].subjects())}
    named = {value for layer in PROFILE_LAYERS for value in set(dataset.layers[layer].objects())}
    return {value for value in named - described if isinstance(value, URIRef) and value.startswith(BASE + "id/") and not passage_span(value)}


def _naming(dataset: Dataset, things: Set[Node]) -> set[Triple]:
    """The handwritten triples whose object is one of some things."""
    return {triple for thing in things for layer in PROFILE_LAYERS for triple in dataset.layers[layer].triples((None, None, thing)) if triple[1] != RDF.object}


def _reread(dataset: Dataset, text: SourceText) -> list[Finding]:
    """Every recorded passage of the plan that pins this text, against the text itself."""
    source = dataset.layers["source"]
    plans = {plan for document, digest in source.subject_objects(SCHEMA.sha256) if str(digest) == text.sha256 for plan in source.subjects(DCTERMS.source, document)}
    findings = []
    for passage, quote in sorted(dataset.passages.subject_objects(OA.exact)):
        if URIRef(passage.split("/passage/")[0]) not in plans:
            continue
        span = passage_span(passage)
        try:
            read = text.passage(*span).quote if span else None
        except ValueError:
            read = None
        if read != str(quote):
            place = dataset.places.get((passage, OA.exact, quote), Place("?"))
            names = dataset.names(place)
            findings.append(rules.own("passage-quote", place, names.term(passage), value=names.term(quote)))
    return findings
