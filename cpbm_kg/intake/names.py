"""What a plan names and shares with others: places, organisations and concepts, and how rows refer to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rdflib.term import Literal, URIRef

from cpbm_kg.errors import Message
from cpbm_kg.intake.blocks import Block, Plan
from cpbm_kg.intake.reading import Row
from cpbm_kg.intake.spans import Span, locate, short, words_within
from cpbm_kg.intake.tables import COMMUNE, CONCEPT_KINDS
from cpbm_kg.source import SourceText
from cpbm_kg.vocabulary import BASE, DCTERMS, IGEO, ORG, RDF, SCHEMA, SKOS

_FILES = {"actor": "acteurs", "object": "objets", "organisation": "organisations", "public": "publics", "theme": "themes", "verb": "verbes", "place": "lieux"}


@dataclass(frozen=True)
class Named:
    """`forms` are the words that may print it; `span` where the text first does, None where its row is at fault."""

    thing: URIRef
    row: Row
    forms: tuple[str, ...]
    span: Span | None


class Register:
    """Everything named, by kind and identifier; blocks of those whose rows are right."""

    def __init__(self, plan: Plan, text: SourceText | None):
        self._plan, self._text = plan, text
        self._named: dict[tuple[str, str], Named] = {}

    def read(self, rows: Iterable[Row]) -> None:
        """Register the rows of places and concepts."""
        for row in rows:
            kind, identifier = ("place" if row.table.name == "places" else row["kind"]), row["id"]
            if not (kind and identifier):
                continue
            if (kind, identifier) in self._named:
                row.fault("id", Message(f"« {identifier} » a déjà une ligne", f"“{identifier}” has a row already"), Message("réunissez les deux lignes", "merge the two rows"))
                continue
            forms = (*([row["label"]] if row["label"] else []), *(row["also"] or ()))
            span = short(row, locate(row, self._text, forms, first=True)) if forms else None
            thing = URIRef(f"{BASE}id/{'lieu' if kind == 'place' else CONCEPT_KINDS[kind]}/{identifier}")
            self._named[kind, identifier] = Named(thing, row, forms, span)

    def get(self, row: Row, column: str, *kinds: str, identifier: str | None = None) -> Named | None:
        """What a cell names; None, with a finding, where nothing of these kinds has that identifier."""
        identifier = identifier or row[column]
        found = next((self._named[kind, identifier] for kind in kinds if (kind, identifier) in self._named), None)
        if found is None:
            table = "places.csv" if kinds == ("place",) else f"concepts.csv ({', '.join(kinds)})"
            row.fault(column, Message(f"« {identifier} » n’a pas de ligne dans {table}", f"“{identifier}” has no row in {table}"),
                      Message("ajoutez-la, ou corrigez l’identifiant", "add it, or mend the identifier"))
        return found

    def referred(self, row: Row, column: str, span: Span, *kinds: str) -> Iterator[tuple[Named, Span]]:
        """The things that a cell refers to, each with the words of the row's span that print it."""
        for identifier, words in row[column] or ():
            named = self.get(row, column, *kinds, identifier=identifier)
            if named and (found := short(row, words_within(row, column, span, (words,) if words else named.forms))):
                yield named, found

    def blocks(self) -> Iterator[tuple[str, Named, Block]]:
        """Each thing whose row is right, with the name of its file and its block."""
        for (kind, _), named in self._named.items():
            if named.span and named.row["label"]:
                yield _FILES[kind], named, self._place(named) if kind == "place" else self._concept(kind, named)

    def _concept(self, kind: str, named: Named) -> Block:
        block = Block(named.thing).fact(RDF.type, ORG.Organization if kind == "organisation" else SKOS.Concept)
        self._label(block, named)
        if kind != "organisation":
            block.fact(SKOS.inScheme, URIRef(f"{BASE}id/{CONCEPT_KINDS[kind]}"))
        return block.cite(self._plan.evidence(named.span))

    def _place(self, named: Named) -> Block:
        row = named.row
        block = Block(named.thing).fact(RDF.type, IGEO.Commune if row["kind"] == COMMUNE else None, SCHEMA.Place)
        self._label(block, named)
        if row["kind"] not in (COMMUNE, None):
            block.fact(DCTERMS.type, URIRef(f"{BASE}id/genre-de-lieu/{row['kind']}"))
        block.cite(self._plan.evidence(named.span))
        if row["within"] and (whole := self.get(row, "within", "place")):
            block.claim((SCHEMA.containedInPlace, (whole.thing,)), self._plan.evidence(named.span, whole.span))
        return block

    def _label(self, block: Block, named: Named) -> None:
        label, also = named.row["label"], [form for form in named.forms if form != named.row["label"]]
        block.fact(SKOS.prefLabel, Literal(label, lang="fr")).fact(SKOS.altLabel, *(Literal(form, lang="fr") for form in also))
