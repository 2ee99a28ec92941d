"""Which class and property of the ontology is exercised by which published question, or why by none.

Two reasons are computed: a term that only follows by rule, and an outside term that no data use. Any other needs a
recorded reason, so that a new term without a question is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from rdflib.term import URIRef

from cpbm_kg.contracts import Contract
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message, Place, UnreadableError
from cpbm_kg.examination import exercised
from cpbm_kg.vocabulary import BM, OWL, PREFIXES, RDF

REASONS = "not-exercised.yaml"
_STATED = ("source", "translation", "external", "inferred", "editorial", "evidence")
_CLASSES = (OWL.Class,)
_PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF.Property)
_FOLLOWS = Message("ne s'énonce pas : suit par règle d'autres termes", "is not stated: follows by rule from other terms")
_UNUSED = Message("aucune donnée ne l'emploie : il sert aux axiomes et aux alignements", "no data use it: it serves axioms and alignments")


@dataclass(frozen=True)
class Term:
    """`questions` are the names of those that exercise it; `reason` says why there is none, None where nobody said."""

    iri: URIRef
    questions: tuple[str, ...]
    reason: Message | None

    @property
    def explained(self) -> bool:
        return bool(self.questions) or self.reason is not None


def measure(dataset: Dataset, contracts: Iterable[Contract], recorded: Mapping[URIRef, Message]) -> list[Term]:
    """Every class and property that the vocabulary of a derived dataset declares, by IRI."""
    asked: dict[URIRef, set[str]] = {}
    for contract in contracts:
        for iri in exercised(contract).values():
            asked.setdefault(iri, set()).add(contract.name)
    stated, entailed = _used(dataset, _STATED), _used(dataset, ("entailed",))
    terms = []
    for iri in sorted(_declared(dataset)):
        questions = tuple(sorted(asked.get(iri, ())))
        reason = recorded.get(iri)
        if reason is None and iri not in stated and (iri in entailed or not iri.startswith(str(BM))):
            reason = _FOLLOWS if iri in entailed else _UNUSED
        terms.append(Term(iri, questions, None if questions else reason))
    return terms


def reasons(path: Path) -> dict[URIRef, Message]:
    """The recorded reasons: prefixed name to fr and en; raises UnreadableError where the file is not that."""
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return {_iri(name): Message(row["fr"], row["en"]) for name, row in (read or {}).items()}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(Message(f"ces raisons ne se lisent pas ({error})", f"these reasons cannot be read ({error})"),
                              Message("écrivez « préfixe:terme: {fr: …, en: …} »", "write \"prefix:term: {fr: …, en: …}\""), Place(str(path))) from None


def text(terms: Iterable[Term], language: str, gaps_only: bool = False) -> str:
    """One line a term: the questions that exercise it, or the reason why none does; then the sum."""
    terms = list(terms)
    silent = Message("aucune question, et aucune raison donnée", "no question, and no reason given").within(language)
    lines = [f"{_name(term.iri)}\t{' '.join(term.questions) or (term.reason.within(language) if term.reason else silent)}" for term in terms if not (gaps_only and term.questions)]
    exercised_by, explained = sum(bool(term.questions) for term in terms), sum(not term.questions and term.reason is not None for term in terms)
    return "\n".join([*lines, Message(f"{exercised_by} termes sur {len(terms)} sont exercés par une question, {explained} autres ont une raison de ne pas l'être",
                                      f"{exercised_by} of {len(terms)} terms are exercised by a question, {explained} more have a reason not to be").within(language)])


def _name(iri: URIRef) -> str:
    return next((f"{prefix}:{iri[len(namespace):]}" for prefix, namespace in PREFIXES.items() if iri.startswith(namespace) and "/" not in iri[len(namespace):]), f"<{iri}>")


def _iri(name: str) -> URIRef:
    prefix, _, local = name.partition(":")
    return URIRef(PREFIXES[prefix] + local)


def _declared(dataset: Dataset) -> set[URIRef]:
    vocabulary = dataset.layers["vocabulary"]
    return {term for kind in (*_CLASSES, *_PROPERTIES) for term in vocabulary.subjects(RDF.type, kind) if isinstance(term, URIRef)}


def _used(dataset: Dataset, layers: Iterable[str]) -> set[URIRef]:
    used: set = set()
    for layer in layers:
        used.update(dataset.layers[layer].predicates())
        used.update(dataset.layers[layer].objects(None, RDF.type))
    return used
