"""What the build computes and nobody types: statements, selectors and quotes of passages, entailed triples.

A person writes a sourced triple once, inside a bracket of the thing's `bm:statement`; here it becomes the triple and
its named statement. Statements about interpretive layers stay in them, all others go to the evidence layer, so that
no reification of an inferred link leaks into the default graph (decisions.md, 3 and 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import rdflib
from rdflib.collection import Collection
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg import canonical, rules
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Place
from cpbm_kg.findings import Finding
from cpbm_kg.source import digest
from cpbm_kg.turtle import Triple
from cpbm_kg.vocabulary import (
    AGENT, BM, DCTERMS, DEFAULT_MODALITY, METHOD, OA, OWL, PROFILE_LAYERS, PROV, RDF, RDFS, SCHEMA,
    STATEMENT_ANNOTATIONS, XSD, passage_span, sentence_span, statement_iri,
)

# Layers whose statements stay with them; those of all others live in `evidence`.
_SELF_CONTAINED = frozenset({"inferred", "editorial"})


def derive(dataset: Dataset) -> list[Finding]:
    """Complete `dataset` in place; the findings name what cannot be computed (a bracket without a claim, a passage
    that is not recorded). Nothing that people wrote is changed except that brackets become statements."""
    cited = cited_passages(dataset)  # while the brackets still say where
    findings = _expand_statements(dataset) + _blank_nodes(dataset)
    _state_translations(dataset)
    findings += _expand_passages(dataset, cited)
    _describe_sentences(dataset)
    _entail(dataset)
    return findings


def cited_passages(dataset: Dataset) -> dict[URIRef, Place]:
    """Every passage that the data cite as people wrote them (not yet derived), with the place of a citation: what
    `cpbm-kg passages` must record."""
    cited: dict[URIRef, Place] = {}
    for layer in PROFILE_LAYERS:
        for triple in dataset.layers[layer]:
            if isinstance(triple[2], URIRef) and passage_span(triple[2]):
                place = dataset.places.get(triple) or dataset.subjects.get(triple[0], Place("?"))  # items of a list have none
                cited[triple[2]] = min(place, cited.get(triple[2], place))
    return cited


# --- statements ------------------------------------------------------------------------------------------------

def _expand_statements(dataset: Dataset) -> list[Finding]:
    """Turn every bracket of `bm:statement` into its triples and their named statements."""
    findings = []
    for layer in PROFILE_LAYERS:
        graph = dataset.layers[layer]
        for subject, bracket in list(graph.subject_objects(BM.statement)):
            place = dataset.places[(subject, BM.statement, bracket)]
            content = list(graph.predicate_objects(bracket)) if isinstance(bracket, BNode) else []
            graph.remove((subject, BM.statement, bracket))
            if isinstance(bracket, BNode):
                graph.remove((bracket, None, None))
            findings += _expand_bracket(dataset, layer, subject, bracket, content, place)
    return findings


def _expand_bracket(dataset: Dataset, layer: str, subject: Node, bracket: Node, content: list[tuple[Node, Node]], place: Place) -> list[Finding]:
    """Add what one bracket claims; the findings say what it cannot."""
    notes = [(predicate, value) for predicate, value in content if predicate in STATEMENT_ANNOTATIONS]
    claims = [(predicate, value) for predicate, value in content if predicate not in STATEMENT_ANNOTATIONS]
    if not claims:
        return [_bracket_fault(dataset, "statement-without-claim", place, subject)]
    findings = []
    for predicate, value in claims:
        where = dataset.places.get((bracket, predicate, value), place)
        if isinstance(value, BNode):
            findings.append(_bracket_fault(dataset, "statement-nested", where, subject))
            continue
        dataset.add(layer, (subject, predicate, value), where)
        _state(dataset, layer, (subject, predicate, value), notes, where)
    return findings


def _blank_nodes(dataset: Dataset) -> list[Finding]:
    """Whatever still has no name once the brackets are statements (knowledge-model.md, 10): objects, and subjects that
    are nobody's object."""
    findings = []
    for layer in PROFILE_LAYERS:
        graph = dataset.layers[layer]
        for subject, predicate, value in graph:
            if isinstance(value, BNode) and predicate not in (RDF.first, RDF.rest):
                place = dataset.places.get((subject, predicate, value)) or dataset.subjects.get(value) or dataset.subjects.get(subject, Place("?"))
                findings.append(_nameless(dataset, place, subject, predicate))
        for subject in set(graph.subjects()):
            if isinstance(subject, BNode) and (None, None, subject) not in graph:
                findings.append(_nameless(dataset, dataset.subjects.get(subject, Place("?")), subject, None))
    return findings


def _nameless(dataset: Dataset, place: Place, subject: Node, predicate: Node | None) -> Finding:
    names = dataset.names(place)
    return rules.own("node-without-name", place, names.term(subject), path=names.term(predicate))


def _bracket_fault(dataset: Dataset, rule: str, place: Place, subject: Node) -> Finding:
    return rules.own(rule, place, dataset.names(place).term(subject), path="bm:statement")


def _state_translations(dataset: Dataset) -> None:
    """Every English literal of the translation layer is ours, by the editors: its statement needs no hand."""
    notes = [(BM.method, METHOD["translation-by-editors"]), (PROV.wasAttributedTo, AGENT.editors)]
    for triple in list(dataset.layers["translation"]):
        if isinstance(triple[2], Literal) and triple[2].language == "en":
            _state(dataset, "translation", triple, notes, dataset.places.get(triple))


def _state(dataset: Dataset, layer: str, triple: Triple, notes: Iterable[tuple[Node, Node]], place: Place | None) -> None:
    statement = statement_iri(layer, canonical.ntriples_line(triple))
    home = layer if layer in _SELF_CONTAINED else "evidence"
    subject, predicate, value = triple
    described = [(RDF.type, BM.Statement), (RDF.subject, subject), (RDF.predicate, predicate), (RDF.object, value), *notes]
    if not any(note == BM.modality for note, _ in notes):
        described.append((BM.modality, DEFAULT_MODALITY[layer]))
    for note, what in described:
        dataset.add(home, (statement, note, what), place)


# --- passages --------------------------------------------------------------------------------------------------

def _expand_passages(dataset: Dataset, cited: dict[URIRef, Place]) -> list[Finding]:
    """Selectors for every cited passage; its quote and digest come from the generated record."""
    sources = dict(dataset.layers["source"].subject_objects(DCTERMS.source))
    findings = []
    for passage, place in sorted(cited.items()):
        quote = dataset.passages.value(passage, OA.exact)
        recorded = dataset.passages.value(passage, SCHEMA.sha256)
        plan = URIRef(passage.split("/passage/")[0])
        if quote is None or recorded is None:
            dataset.unrecorded.add(passage)
            findings.append(rules.own("passage-unrecorded", place, dataset.names(place).term(passage)))
            continue
        if digest(str(quote)) != str(recorded):
            recorded_at = dataset.places.get((passage, OA.exact, quote), place)
            findings.append(rules.own("passage-digest", recorded_at, dataset.names(recorded_at).term(passage)))
        _describe_passage(dataset, passage, sources.get(plan), quote, recorded, place)
    return findings


def _describe_passage(dataset: Dataset, passage: URIRef, source: Node | None, quote: Node, recorded: Node, place: Place) -> None:
    citation = URIRef(passage + "#citation")
    _describe_span(dataset, passage, passage_span(passage), source, recorded, place)
    for triple in ((passage, OA.hasSelector, citation), (citation, RDF.type, OA.TextQuoteSelector), (citation, OA.exact, quote)):
        dataset.add("evidence", triple, place)


def _describe_sentences(dataset: Dataset) -> None:
    """The sentences of the source by position and digest, without their words; numbered in the order of the text."""
    sources = dict(dataset.layers["source"].subject_objects(DCTERMS.source))
    numbers: dict[URIRef, int] = defaultdict(int)
    for sentence in sorted((s for s in dataset.passages.subjects() if sentence_span(s)), key=sentence_span):
        plan = URIRef(sentence.split("/phrase/")[0])
        numbers[plan] += 1
        place = dataset.subjects[sentence]
        _describe_span(dataset, sentence, sentence_span(sentence), sources.get(plan), dataset.passages.value(sentence, SCHEMA.sha256), place)
        dataset.add("evidence", (sentence, SCHEMA.position, Literal(numbers[plan])), place)


def _describe_span(dataset: Dataset, resource: URIRef, span: tuple[int, int], source: Node | None, recorded: Node, place: Place) -> None:
    """What passages and sentences have in common (Web Annotation, 4.2.4)."""
    position = URIRef(resource + "#position")
    described: list[Triple] = [
        (resource, RDF.type, OA.SpecificResource),
        (resource, OA.hasSelector, position),
        (resource, SCHEMA.sha256, recorded),
        (position, RDF.type, OA.TextPositionSelector),
        (position, OA.start, Literal(span[0], datatype=XSD.nonNegativeInteger)),
        (position, OA.end, Literal(span[1], datatype=XSD.nonNegativeInteger)),
    ]
    if source is not None:
        described.append((resource, OA.hasSource, source))
    for triple in described:
        dataset.add("evidence", triple, place)


# --- entailments -----------------------------------------------------------------------------------------------

def _entail(dataset: Dataset) -> None:
    """Superclasses, superproperties, inverses and property chains of what is asserted in the default layers, to a
    fixpoint (OWL 2 RL rules cax-sco, prp-spo1, prp-spo2, prp-inv1/2). Interpretive layers entail nothing here: their
    consequences would show in the default graph."""
    asserted = dataset.union(("source", "translation", "external"))
    rules = _Rules(dataset.layers["vocabulary"])
    known = set(asserted)
    fresh = set(known)
    while fresh:
        fresh = rules.consequences(fresh, known) - known
        known |= fresh
        for triple in fresh:
            dataset.layers["entailed"].add(triple)


def entailed_across(vocabulary: rdflib.Graph, triples: Callable[[frozenset[Node]], Iterable[Triple]]) -> set[Triple]:
    """What several plans entail together that none entails alone: the property chains of which each has a part (all other
    rules have one premise). `triples` gives those of all plans, asserted or entailed, of some properties."""
    rules = _Rules(vocabulary)
    known = set(triples(rules.chained))
    fresh, found = known, set()
    while fresh:
        fresh = rules.consequences(fresh, known) - known
        known = known | fresh
        found |= fresh
    return found


class _Rules:
    """The vocabulary's axioms, indexed by what they fire on."""

    def __init__(self, vocabulary: rdflib.Graph):
        self._above = {RDFS.subClassOf: defaultdict(set), RDFS.subPropertyOf: defaultdict(set)}
        for relation, index in self._above.items():
            for lower, upper in vocabulary.subject_objects(relation):
                if isinstance(upper, URIRef) and upper != OWL.Thing:
                    index[lower].add(upper)
        self._inverse = defaultdict(set)
        for one, other in vocabulary.subject_objects(OWL.inverseOf):
            self._inverse[one].add(other)
            self._inverse[other].add(one)
        self._chains = [(tuple(Collection(vocabulary, chain)), whole) for whole, chain in vocabulary.subject_objects(OWL.propertyChainAxiom)]

    @property
    def chained(self) -> frozenset[Node]:
        """The properties that chains are made of."""
        return frozenset(property for chain, _ in self._chains for property in chain)

    def consequences(self, fresh: set[Triple], known: set[Triple]) -> set[Triple]:
        """What follows in one step from `known` with at least one premise in `fresh`."""
        new: set[Triple] = set()
        for subject, predicate, value in fresh:
            if predicate == RDF.type:
                new.update((subject, RDF.type, upper) for upper in self._above[RDFS.subClassOf][value])
            new.update((subject, upper, value) for upper in self._above[RDFS.subPropertyOf][predicate])
            if not isinstance(value, Literal):
                new.update((value, inverse, subject) for inverse in self._inverse[predicate])
        for chain, whole in self._chains:
            if any(predicate in chain for _, predicate, _ in fresh):
                new.update((start, whole, end) for start, end in _follow(chain, known | new))
        return new


def _follow(chain: tuple[Node, ...], triples: set[Triple]) -> set[tuple[Node, Node]]:
    """The pairs that a chain of properties connects."""
    steps: dict[Node, dict[Node, set[Node]]] = {predicate: defaultdict(set) for predicate in chain}
    for subject, predicate, value in triples:
        if predicate in steps:
            steps[predicate][subject].add(value)
    reached = {(start, end) for start, ends in steps[chain[0]].items() for end in ends}
    for predicate in chain[1:]:
        reached = {(start, end) for start, middle in reached for end in steps[predicate].get(middle, ())}
    return reached
