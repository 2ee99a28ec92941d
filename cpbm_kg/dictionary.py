"""The ontology as a dictionary: each term with its words, what it links, how often it is used and an example from the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cpbm_kg.engine import Engine
from cpbm_kg.labels import Labels, Term, rows
from cpbm_kg.vocabulary import BM, ONTOLOGY, OWL, PREFIXES, RDF, RDFS, SCHEMA, SKOS

_EXAMPLES = 2
_PARENTS = (str(RDFS.subClassOf), str(RDFS.subPropertyOf))
_DOMAINS = (str(RDFS.domain), str(SCHEMA.domainIncludes))
_RANGES = (str(RDFS.range), str(SCHEMA.rangeIncludes))
_MATCHES = tuple(str(SKOS[name]) for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"))


@dataclass(frozen=True)
class Entry:
    """A term; `words` are its definition and `notes` its editors' notes, each by language. `examples` are things of a
    class, or pairs that a property links; `used` is how often the default graph has it."""

    term: Term
    name: str
    words: Mapping[str, str]
    notes: Mapping[str, str]
    parents: tuple[Term, ...]
    domains: tuple[Term, ...]
    ranges: tuple[Term, ...]
    matches: tuple[tuple[Term, Term], ...]
    needs_statement: bool
    used: int
    examples: tuple[tuple[Term, ...], ...]


@dataclass(frozen=True)
class Dictionary:
    classes: tuple[Entry, ...]
    properties: tuple[Entry, ...]


def read(engine: Engine, counts: Mapping) -> Dictionary:
    """All terms of our own, in the order of their names; `counts` are those of the default graph (`statistics`)."""
    said = rows(engine, f"SELECT ?term ?key ?value {{ ?term rdfs:isDefinedBy <{ONTOLOGY}> ; ?key ?value }}")
    terms: dict[str, dict[str, list[dict]]] = {}
    for row in said:
        terms.setdefault(row["term"]["value"], {}).setdefault(row["key"]["value"], []).append(row["value"])
    examples = {iri: _examples(engine, iri, _is_class(parts)) for iri, parts in terms.items()}
    labels = Labels(engine, {*terms, *(row["key"]["value"] for row in said), *(row["value"]["value"] for row in said if row["value"]["type"] == "uri"),
                             *(cell["value"] for found in examples.values() for pair in found for cell in pair if cell["type"] == "uri")})
    entries = {iri: _entry(iri, parts, counts, [tuple(map(labels.term, pair)) for pair in examples[iri]], labels) for iri, parts in sorted(terms.items())}
    return Dictionary(tuple(entry for iri, entry in entries.items() if _is_class(terms[iri])), tuple(entry for iri, entry in entries.items() if not _is_class(terms[iri])))


def short(iri: str) -> str:
    """An IRI with the prefix that this project writes it with, itself where it has none."""
    namespace = max((space for space in PREFIXES.values() if iri.startswith(space)), key=len, default="")
    prefix = next((prefix for prefix, space in PREFIXES.items() if space == namespace), "")
    return f"{prefix}:{iri.removeprefix(namespace)}" if prefix else iri


def _is_class(parts: Mapping[str, list[dict]]) -> bool:
    return any(cell["value"] == str(OWL.Class) for cell in parts.get(str(RDF.type), ()))


def _examples(engine: Engine, iri: str, is_class: bool) -> list[tuple[dict, ...]]:
    if is_class:
        return [(row["s"],) for row in rows(engine, f"SELECT ?s {{ ?s a <{iri}> }} ORDER BY STR(?s) LIMIT {_EXAMPLES}")]
    return [(row["s"], row["o"]) for row in rows(engine, f"SELECT ?s ?o {{ ?s <{iri}> ?o FILTER (ISIRI(?s)) }} ORDER BY STR(?s) STR(?o) LIMIT {_EXAMPLES}")]


def _entry(iri: str, parts: Mapping[str, list[dict]], counts: Mapping, examples: list[tuple[Term, ...]], labels: Labels) -> Entry:
    def of(keys: Iterable[str]) -> tuple[Term, ...]:
        return tuple(sorted((labels.term(cell) for key in keys for cell in parts.get(key, ()) if cell["type"] == "uri"), key=lambda term: term.value))

    return Entry(
        labels.term_of(iri), iri.removeprefix(str(BM)), _texts(parts, SKOS.definition), _texts(parts, SKOS.editorialNote), of(_PARENTS), of(_DOMAINS), of(_RANGES),
        tuple((labels.term_of(key), term) for key in _MATCHES for term in of((key,))), any(cell["value"] == "true" for cell in parts.get(str(BM.requiresStatement), ())),
        counts["classes"].get(iri) or counts["byProperty"].get(iri, 0), tuple(examples))


def _texts(parts: Mapping[str, list[dict]], key: str) -> dict[str, str]:
    return {cell.get("xml:lang", ""): cell["value"] for cell in parts.get(str(key), ())}
