"""Judges the files of `queries/`: their head, what their query keeps of it, and the terms that they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rdflib.term import Node, URIRef

from cpbm_kg import contracts, examination, rules
from cpbm_kg.contracts import Contract
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import UnreadableError, shown
from cpbm_kg.findings import Finding
from cpbm_kg.layout.prologue import directive
from cpbm_kg.layout.tokens import Token, tokens
from cpbm_kg.turtle import Lines
from cpbm_kg.vocabulary import BASE, RDF


@dataclass(frozen=True)
class Known:
    """What a question may name: everything that is described, and the namespaces whose terms must be declared."""

    described: frozenset[Node]
    namespaces: frozenset[str]

    @classmethod
    def of(cls, dataset: Dataset) -> Known:
        """What a derived dataset knows."""
        vocabulary = set(dataset.layers["vocabulary"].subjects())
        described = vocabulary.union(*(dataset.layers[layer].subjects() for layer in dataset.layers))
        namespaces = {_namespace(term) for term in vocabulary if isinstance(term, URIRef) and not term.startswith(BASE + "id")}
        return cls(frozenset(described), frozenset(namespaces))


def judge(path: Path) -> tuple[Contract | None, list[Finding]]:
    """A question, None where its head or its query cannot be read, and all that can be said against it without data."""
    try:
        contract, findings = contracts.parse(path, contracts.text(path))
    except UnreadableError as error:
        return None, [rules.of_error(error)]
    findings = findings or examination.examine(contract)
    return None if any(finding.rule == "query-syntax" for finding in findings) else contract, findings


def unknown_terms(contract: Contract, known: Known) -> list[Finding]:
    """Names of the query that nothing declares or describes, each once."""
    lines, findings, seen = Lines(contract.text, shown(contract.path)), [], set()
    for token, iri in _iris(contract.text):
        if iri in known.described or iri in seen:
            continue
        seen.add(iri)
        if iri.startswith(BASE + "id/") and len(iri) > len(_namespace(iri)):
            findings.append(rules.own("iri-dangling", lines.place(token.start), token.text))
        elif _namespace(iri) in known.namespaces and len(iri) > len(_namespace(iri)):
            findings.append(rules.own("query-term", lines.place(token.start), token.text))
    return findings


def _iris(text: str) -> list[tuple[Token, URIRef]]:
    """Every IRI of the body, prefixed names resolved."""
    found, prefixes, i, result = tokens(text), {}, 0, []
    while i < len(found):
        if begun := directive(found, i):
            prefixes[begun[0].name.removesuffix(":")] = begun[0].iri[1:-1]
            i = begun[1]
            continue
        token = found[i]
        if token.kind == "iri":
            result.append((token, URIRef(token.text[1:-1])))
        elif token.prefix in prefixes:
            result.append((token, URIRef(prefixes[token.prefix] + token.text.partition(":")[2])))
        elif token.kind == "word" and token.text == "a":
            result.append((token, RDF.type))
        i += 1
    return result


def _namespace(iri: Node) -> str:
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]
