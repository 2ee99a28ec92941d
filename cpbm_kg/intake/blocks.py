"""Blocks of Turtle as people write them: a thing, its facts, and the claims that carry their own evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rdflib.term import Literal, Node, URIRef

from cpbm_kg.intake.spans import Span
from cpbm_kg.layout import lay_out
from cpbm_kg.layout.order import natural
from cpbm_kg.names import Names
from cpbm_kg.vocabulary import BASE, BM, PREFIXES, RDF

_BREAK = " ;\n          "  # what a claim of many lines has between them
Fact = tuple[URIRef, tuple[Node, ...]]
_OF_PLAN = {"action": "action", "atelier": "atelier", "axe": "axe", "comite": "comite", "formulation": "formulation", "niveau": "niveau",
            "numero": "numero-non-imprime", "passage": "passage"}
_SHARED = {"plan": "id/", "silencekind": "id/silence-kind/", "odditykind": "id/oddity-kind/"}


@dataclass
class Block:
    """`facts` are plain; each of `claims` is a bracket of `bm:statement`."""

    thing: URIRef
    facts: list[Fact] = field(default_factory=list)
    claims: list[list[Fact]] = field(default_factory=list)

    def fact(self, predicate: URIRef, *values: Node | None) -> Block:
        """Add a fact, if it has a value; returns the block."""
        if kept := tuple(value for value in values if value is not None):
            self.facts.append((predicate, kept))
        return self

    def cite(self, evidence: Fact) -> Block:
        """Add the passages of a thing itself; returns the block."""
        return self.fact(evidence[0], *evidence[1])

    def claim(self, *facts: Fact) -> Block:
        """Add a claim with what is said of it; returns the block."""
        self.claims.append([(predicate, values) for predicate, values in facts if values])
        return self


class Plan:
    """The IRIs of a plan, and Turtle with its prefixes."""

    def __init__(self, slug: str):
        self.iri = URIRef(f"{BASE}id/{slug}")
        self.source = URIRef(f"{BASE}source/{slug}")
        self.scheme = self.of("classement")
        self._prefixes = PREFIXES | {prefix: f"{self.iri}/{folder}/" for prefix, folder in _OF_PLAN.items()} | {prefix: BASE + path for prefix, path in _SHARED.items()}
        self._names = Names(self._prefixes)

    def of(self, *parts: object) -> URIRef:
        """A thing of the plan."""
        return URIRef("/".join([str(self.iri), *map(str, parts)]))

    def evidence(self, *spans: Span | None) -> Fact:
        """The passages of spans, in the order of the text."""
        found = {(span.start, span.end) for span in spans if span}
        return BM.evidence, tuple(self.of("passage", f"{start}-{end}") for start, end in sorted(found))

    def owns(self, thing: URIRef) -> bool:
        """Whether a thing is of this plan, hence shared with no other."""
        return thing in (self.iri, self.source) or thing.startswith(f"{self.iri}/")

    def turtle(self, head: Iterable[str], blocks: Iterable[Block]) -> str:
        """A file: head comment, prefixes used, blocks by namespace in the natural order of their IRIs."""
        prefixes = "\n".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in self._prefixes.items())
        ordered = sorted(blocks, key=lambda block: (block.thing.rpartition("/")[0], natural(str(block.thing))))
        return lay_out("\n".join([*(f"# {line}" for line in head), "", prefixes, *map(self._block, ordered)]) + "\n", ".ttl")

    def _block(self, block: Block) -> str:
        lines = ["", self._names.term(block.thing), *(f"    {self._fact(fact)} ;" for fact in block.facts)]
        if block.claims:
            brackets = [f"[ {(' ; ' if len(claim) < 4 else _BREAK).join(map(self._fact, claim))} ]" for claim in block.claims]
            lines += ["    bm:statement", *(f"        {bracket} ," for bracket in brackets[:-1]), f"        {brackets[-1]} ;"]
        return "\n".join([*lines, "."])

    def _fact(self, fact: Fact) -> str:
        predicate, values = fact
        name = "a" if predicate == RDF.type else self._names.term(predicate)
        return f"{name} {' , '.join(map(self._term, values))}"

    def _term(self, term: Node) -> str:
        if not isinstance(term, Literal):
            return self._names.term(term)
        plain = str(term.datatype).endswith("#integer")
        return str(term) if plain else f"{Literal(str(term)).n3()}^^{self._names.term(term.datatype)}" if term.datatype else term.n3()
