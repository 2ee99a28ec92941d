"""Judges the files of `queries/`: their head, their SPARQL, their terms, and that columns agree with the expected answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rdflib.term import Node, URIRef

from cpbm_kg import contracts, rules
from cpbm_kg.contracts import Contract
from cpbm_kg.dataset import Dataset
from cpbm_kg.engine.memory import parse
from cpbm_kg.errors import Message, Place, QueryError, QuerySyntaxError, UnreadableError
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


def judge(path: Path, name: str, known: Known | None) -> list[Finding]:
    """All that is wrong with one question; `name` stands in places. Terms are held to what is `known`, where that is given."""
    try:
        contract = contracts.read(path, name)
    except UnreadableError as error:
        return [rules.own("query-head", error.place, fault=error.fault, remedy=error.remedy)]
    try:
        selected = parse(contract.text)
    except QueryError as error:
        at = (error.line, error.column) if isinstance(error, QuerySyntaxError) else (1, 1)
        return [rules.own("query-syntax", Place(name, *at), fault=error.fault, remedy=error.remedy)]
    return _columns(contract, name, selected) + (_terms(contract, name, known) if known else [])


def _columns(contract: Contract, name: str, selected: list[str]) -> list[Finding]:
    place = Place(name, next((n for n, line in enumerate(contract.text.splitlines(), 1) if line.startswith("#+ columns")), 1))
    said = [column.name for column in contract.columns]
    if selected and selected != said:
        return [_disagreeing(place, "SELECT", selected, said)]
    if not contract.expected.is_file():
        return [rules.own("query-answer", place)]
    first = contract.expected.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip().split(",")
    return [] if first == said else [_disagreeing(place, contract.expected.name, first, said)]


def _disagreeing(place: Place, what: str, found: list[str], said: list[str]) -> Finding:
    return rules.own("query-columns", place, fault=Message(
        f"{what} donne {', '.join(found)} ; l’en-tête dit {', '.join(said)}", f"{what} gives {', '.join(found)}; the head says {', '.join(said)}"))


def _terms(contract: Contract, name: str, known: Known) -> list[Finding]:
    """Names of the query that nothing declares or describes, each once."""
    lines, findings, seen = Lines(contract.text, name), [], set()
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
