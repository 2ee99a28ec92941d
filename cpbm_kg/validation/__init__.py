"""Judges a dataset: SHACL, and the text read again. Never in a serving thread (knowledge-model.md, traps).

SHACL sees one graph of all layers but the entailed one: what is judged is what people wrote and what was computed
from it; what follows by rule is tested apart. pySHACL evaluates the core constraints; the `sh:sparql` ones, where 94 %
of its time goes (architecture.md, 12), run once over the whole graph in the engine, with equal results.
"""

from __future__ import annotations

import rdflib
from rdflib.term import BNode, Literal, URIRef

from cpbm_kg import changes, rules
from cpbm_kg.beside import Beside
from cpbm_kg.changes import Touched
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Place
from cpbm_kg.findings import Finding
from cpbm_kg.names import Names
from cpbm_kg.source import SourceText
from cpbm_kg.validation import core, places, queries, soundness
from cpbm_kg.validation.results import Result, finding, label
from cpbm_kg.vocabulary import BASE, DCTERMS, LAYER_NAMES, OA, PROFILE_LAYERS, RDF, SCHEMA, SH, passage_span

JUDGED_LAYERS = tuple(name for name in LAYER_NAMES if name not in ("entailed", "shapes"))

__all__ = ["JUDGED_LAYERS", "Result", "results", "validate"]


def validate(dataset: Dataset, text: SourceText | None = None, change: Touched | None = None) -> list[Finding]:
    """Every SHACL result on a derived dataset, every IRI of ours that nothing describes, and every passage that `text`
    does not bear out; in order of place. Without the text, quotes are held to their digests alone.

    With a `change`, core constraints judge only what it can affect; queries still judge the whole.
    """
    judged = dataset.union(JUDGED_LAYERS)
    ill_typed = {triple for triple in judged if isinstance(triple[2], Literal) and triple[2].ill_typed}
    for triple in ill_typed:  # pySHACL cannot compare what has no value
        judged.remove(triple)
    unsound = soundness.faults(dataset.layers["shapes"], dataset.places, dataset.subjects, Names())
    shapes = soundness.without(dataset.layers["shapes"], unsound)
    of_core = _core(judged, shapes, change)
    located = places.Places(dataset)
    dangling = _dangling(dataset, judged)
    said_already = {triple[:2] for triple in ill_typed}
    findings = [finding(result, judged, dataset, located) for result in queries.results(judged, shapes) | of_core.result()
                if not _concerns(result, said_already, shapes) and not _explained(result, dataset, dangling)]
    findings += [_of_triple("literal-ill-typed", triple, dataset, judged, located) for triple in ill_typed if triple[1] != RDF.object]
    findings += [_of_triple("iri-dangling", triple, dataset, judged, located) for triple in dangling]
    findings += unsound.values()
    if text is not None:
        findings += _reread(dataset, text)
    return sorted(findings, key=lambda found: found.order)


def results(judged: rdflib.Graph, shapes: rdflib.Graph, change: Touched | None = None) -> set[Result]:
    """The validation results of a graph against shapes, as SHACL defines them (3.6), in no order. `change` as in `validate`."""
    of_core = _core(judged, shapes, change)
    return queries.results(judged, shapes) | of_core.result()


def _core(judged: rdflib.Graph, shapes: rdflib.Graph, change: Touched | None) -> Beside[set[Result]]:
    """The results of the core constraints, while other work goes on."""
    cores = queries.without_queries(shapes)
    if change is not None:
        cores = changes.aimed(cores, judged, changes.focus(judged, change))
    return Beside(lambda: core.results(judged, cores))


def _concerns(result: Result, pairs: set[tuple], shapes: rdflib.Graph) -> bool:
    """Whether a result is about one of the pairs of subject and property, its path an expression or not."""
    if not isinstance(result.path, BNode):
        return (result.focus, result.path) in pairs
    expression = shapes.value(result.shape, SH.path)
    return any((result.focus, step) in pairs for step in shapes.transitive_objects(expression, None))


def _explained(result: Result, dataset: Dataset, dangling: set[tuple]) -> bool:
    """Whether a check of ours says the same thing already: one fault, one finding."""
    if {result.focus, result.value} & dataset.unrecorded:
        return True
    if result.focus in {triple[2] for triple in dangling}:
        return True  # nothing describes it: of course it lacks what a shape asks of it
    wants_class = (result.shape, SH["class"], None) in dataset.layers["shapes"]
    return wants_class and (result.focus, result.path, result.value) in dangling


def _of_triple(rule: str, triple: tuple, dataset: Dataset, judged: rdflib.Graph, located: places.Places) -> Finding:
    subject, predicate, value = triple
    place = located.of(subject, predicate, value, None)
    names = dataset.names(place)
    return rules.own(rule, place, names.term(subject), path=names.term(predicate), value=names.term(value), label=label(judged, subject), terms=triple)


def _dangling(dataset: Dataset, judged: rdflib.Graph) -> set[tuple]:
    """The handwritten triples whose object is a thing of ours (`…/id/…`) that nothing describes. Passages have a check
    of their own."""
    found = set()
    described = set(judged.subjects()) | set(dataset.layers["entailed"].subjects())
    for layer in PROFILE_LAYERS:
        for triple in dataset.layers[layer]:
            value = triple[2]
            if isinstance(value, URIRef) and value.startswith(BASE + "id/") and value not in described and triple[1] != RDF.object and not passage_span(value):
                found.add(triple)
    return found


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
