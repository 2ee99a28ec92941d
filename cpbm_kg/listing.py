"""Lists of things by kind, narrowed by facets and by words, asked of the engine page by page.

Words are matched in labels, other names and printed wordings, without regard to case or accents: each letter of what is
searched becomes the class of that letter's forms in one regular expression, so that nothing needs an index of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rdflib.term import URIRef

from cpbm_kg.engine import Engine
from cpbm_kg.labels import Labels, Term, rows
from cpbm_kg.vocabulary import PREFIXES

PAGE = 100  # things shown at a time
LONGEST_SEARCH = 100  # characters
_ACCENTED = "àâäáãåçèéêëìíîïñòóôöõùúûüýÿœæ"
_FORMS = {base: base + "".join(letter for letter in _ACCENTED if unicodedata.normalize("NFD", letter)[0] == base) for base in "aceinouy"}
_NAMES = "skos:prefLabel|skos:altLabel|skos:hiddenLabel|rdfs:label|dcterms:title|foaf:name|bm:asWritten"


@dataclass(frozen=True)
class Kind:
    """A class that is listed; `facets` are what its things can be narrowed by: names in addresses and property paths."""

    name: str
    type: str
    facets: Mapping[str, str]


# In the order in which a reader meets them.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (
    Kind("actions", "bm:Action", {"tier": "bm:inTier", "axis": "bm:inAxis", "public": "dcterms:audience", "object": "bm:actsOn", "verb": "bm:verb", "place": "dcterms:spatial", "actor": "bm:namesAgent"}),
    Kind("wordings", "bm:Formulation", {}),
    Kind("measures", "bm:Measure", {}),
    Kind("axes", "bm:Axis", {"tier": "bm:inTier"}),
    Kind("tiers", "bm:Tier", {}),
    Kind("workshops", "bm:Workshop", {"theme": "schema:about", "place": "schema:location"}),
    Kind("committee-meetings", "bm:CommitteeMeeting", {}),
    Kind("phases", "bm:Phase", {}),
    Kind("initiatives", "bm:Initiative", {}),
    Kind("instruments", "bm:PolicyInstrument", {}),
    Kind("findings", "bm:Finding", {"about": "schema:about"}),
    Kind("people", "foaf:Person", {}),
    Kind("organisations", "org:Organization", {}),
    Kind("places", "schema:Place", {}),
    Kind("documents", "schema:CreativeWork", {}),
    Kind("concepts", "skos:Concept", {"scheme": "skos:inScheme"}),
    Kind("passages", "oa:SpecificResource", {}),
)}


@dataclass(frozen=True)
class Facet:
    """What a list can be narrowed by: each value with how many things of the list have it."""

    name: str
    values: tuple[tuple[Term, int], ...]


@dataclass(frozen=True)
class Listing:
    """A page of a list: `things` from `offset`, of `count` in all; each with its printed number, "" where it has none."""

    kind: Kind
    things: tuple[tuple[Term, str], ...]
    count: int
    offset: int
    facets: tuple[Facet, ...]


def listed(engine: Engine, kind: Kind, chosen: Mapping[str, str], words: str = "", offset: int = 0) -> Listing:
    """The things of a kind that have the `chosen` IRI for each facet named and hold `words`; raises the engine's errors."""
    pattern = "\n".join(_pattern(kind, chosen, words))
    count = int(rows(engine, f"SELECT (COUNT(DISTINCT ?thing) AS ?n) {{ {pattern} }}")[0]["n"]["value"])
    order = "ORDER BY ?number STR(?thing)"
    found = rows(engine, f"SELECT DISTINCT ?thing ?number {{ {pattern} OPTIONAL {{ ?thing bm:number ?number }} }} {order} LIMIT {PAGE} OFFSET {offset}")
    numbers = {row["thing"]["value"]: row.get("number", {}).get("value", "") for row in found}
    values = {name: rows(engine, f"SELECT ?value (COUNT(DISTINCT ?thing) AS ?n) {{ {pattern} ?thing {path} ?value FILTER (ISIRI(?value)) }} GROUP BY ?value ORDER BY DESC(?n) ?value LIMIT 60")
              for name, path in kind.facets.items()}
    labels = Labels(engine, {*numbers, *(row["value"]["value"] for of in values.values() for row in of)})
    facets = tuple(Facet(name, tuple((labels.term(row["value"]), int(row["n"]["value"])) for row in of if "value" in row)) for name, of in values.items() if of)
    return Listing(kind, tuple((labels.term_of(iri), number) for iri, number in numbers.items()), count, offset, facets)


def matching(engine: Engine, words: str) -> dict[str, tuple[Term, ...]]:
    """The things that hold `words`, under the name of their kind, at most PAGE in all; a thing of two kinds is under the
    first of them."""
    kinds = {type_iri(kind): kind for kind in KINDS.values()}
    listed = " ".join(URIRef(iri).n3() for iri in kinds)
    found = rows(engine, f"SELECT DISTINCT ?kind ?thing {{ VALUES ?kind {{ {listed} }} ?thing a ?kind . {' '.join(_holding(words))} }} ORDER BY STR(?thing) LIMIT {PAGE}")
    first: dict[str, Kind] = {}
    places = list(KINDS.values())
    for row in found:
        kind, iri = kinds[row["kind"]["value"]], row["thing"]["value"]
        if iri not in first or places.index(kind) < places.index(first[iri]):
            first[iri] = kind
    labels = Labels(engine, first)
    by_kind = {name: tuple(labels.term_of(iri) for iri, of in first.items() if of is kind) for name, kind in KINDS.items()}
    return {name: things for name, things in by_kind.items() if things}


def _pattern(kind: Kind, chosen: Mapping[str, str], words: str) -> Iterator[str]:
    yield f"?thing a {kind.type} ."
    for name, iri in chosen.items():
        yield f"?thing {kind.facets[name]} {URIRef(iri).n3()} ."
    yield from _holding(words)


def type_iri(kind: Kind) -> str:
    """The IRI of the class of a kind."""
    prefix, _, name = kind.type.partition(":")
    return PREFIXES[prefix] + name


def _holding(words: str) -> Iterator[str]:
    for place, word in enumerate(words.split()):
        yield f'FILTER EXISTS {{ ?thing {_NAMES} ?name{place} FILTER (REGEX(STR(?name{place}), "{expression(word)}", "i")) }}'


def expression(word: str) -> str:
    """A regular expression, escaped for a SPARQL string, that finds `word` whatever its case and accents."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(letter))
    plain = plain.replace("œ", "oe").replace("æ", "ae")
    pattern = "".join(f"[{_FORMS[letter]}]" if letter in _FORMS else re.escape(letter) for letter in plain)
    return pattern.replace("[oòóôöõ][eèéêë]", "(œ|[oòóôöõ][eèéêë])").replace("\\", "\\\\").replace('"', '\\"')
