"""The queries that the benches send: point queries and six shapes, about the things of a generated release.

Constants are drawn from the data by a seed, so that every query has an answer and two runs ask the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from cpbm_kg.vocabulary import BASE

_PREFIXES = """PREFIX bm: <https://w3id.org/bassin-minier/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
_POINT = "SELECT ?p ?o WHERE {{ <{thing}> ?p ?o }}"
_BY_LITERAL = "SELECT ?thing WHERE {{ ?thing <http://www.w3.org/2004/02/skos/core#prefLabel> {label} }}"
_STAR = _PREFIXES + """SELECT ?statement ?object ?modality ?passage WHERE {{
  ?statement rdf:subject <{action}> ; rdf:predicate bm:inAxis ; rdf:object ?object ; bm:modality ?modality ; bm:evidence ?passage }}"""
_OPTIONAL = _PREFIXES + """SELECT ?action ?label ?object WHERE {{
  ?action bm:inAxis <{axis}> ; skos:prefLabel ?label ; bm:number ?number
  OPTIONAL {{ ?action bm:actsOn ?object }} FILTER (LANG(?label) = "fr" && ?number > {number}) }}"""
_GROUP = _PREFIXES + """SELECT ?class (COUNT(?part) AS ?parts) WHERE {{
  ?part dcterms:isPartOf <{plan}> ; a ?class ; bm:evidence ?passage }} GROUP BY ?class"""
_CONTAINS = _PREFIXES + """SELECT ?thing ?label WHERE {{
  ?thing skos:prefLabel ?label FILTER (CONTAINS(LCASE(STR(?label)), "{word}")) }}"""
_CONSTRUCT = """CONSTRUCT {{ <{thing}> ?p ?o . ?statement ?sp ?so }} WHERE {{
  {{ <{thing}> ?p ?o }} UNION {{ ?statement <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> <{thing}> ; ?sp ?so }} }}"""
_REGEX = _PREFIXES + """SELECT ?thing ?label WHERE {{
  ?thing a bm:Action ; skos:prefLabel ?label FILTER (REGEX(STR(?label), "^{letter}.*{word}", "i")) }}"""
_PATH = _PREFIXES + "SELECT ?tier WHERE {{ <{action}> bm:inAxis/bm:inTier ?tier }}"
_NOT_EXISTS = _PREFIXES + """SELECT ?action WHERE {{
  ?action bm:inAxis <{axis}> FILTER NOT EXISTS {{ ?action dcterms:spatial ?place }} }}"""
_ORDERED = _PREFIXES + "SELECT ?action ?number WHERE {{ ?action dcterms:isPartOf <{plan}> ; bm:number ?number }} ORDER BY DESC(?number) LIMIT 10"
_DESCRIBE = "DESCRIBE <{thing}>"
_SUBQUERY = _PREFIXES + """SELECT ?axis ?n WHERE {{ {{ SELECT ?axis (COUNT(?action) AS ?n) {{ ?action dcterms:isPartOf <{plan}> ; bm:inAxis ?axis }} GROUP BY ?axis }}
  FILTER (?n > 2) }}"""
_BOX = """PREFIX geo: <http://www.opengis.net/ont/geosparql#>
SELECT ?place ?wkt WHERE {{ ?place geo:hasGeometry/geo:asWKT ?wkt FILTER (STRSTARTS(STR(?wkt), "POINT({west}")) }}"""
_COUNT = "SELECT (COUNT(*) AS ?n) WHERE {{ ?action <https://w3id.org/bassin-minier/ontology#inAxis> ?axis }}"
_WORDS = ("bassin", "cluster", "culture", "emploi", "formation", "habitat", "itinéraires", "logement", "mise", "santé", "territoire", "tourisme")


class Questions:
    """Draws queries about the things that `default` (N-Triples) holds."""

    def __init__(self, default: Path, seed: int = 1):
        things, labels = set(), set()
        with open(default, encoding="utf-8") as lines:
            for line in lines:
                subject, predicate, value = line[:-3].split(" ", 2)
                if subject.startswith(f"<{BASE}id/"):
                    things.add(subject[1:-1])
                if predicate.endswith("skos/core#prefLabel>"):
                    labels.add(value)
        self._draw = random.Random(seed)
        self.things = sorted(things)
        self._labels = sorted(labels)
        self._actions, self._axes = self._of_kind("action"), self._of_kind("axe")
        self._plans = sorted({action.rsplit("/", 2)[0] for action in self._actions})

    def _of_kind(self, kind: str) -> list[str]:
        return [thing for thing in self.things if thing.split("/")[-2] == kind]

    def points(self, count: int) -> Iterator[str]:
        """Point queries: nine by subject, then one by literal."""
        for number in range(count):
            yield self.by_literal() if number % 10 == 9 else self.point()

    def aggregates(self, count: int) -> Iterator[str]:
        """Nine point queries, then one that groups and counts."""
        for number in range(count):
            yield self.group() if number % 10 == 9 else self.point()

    def mix(self, rounds: int) -> Iterator[str]:
        """The six shapes in turn."""
        for _ in range(rounds):
            yield from (make() for make in self.shapes().values())

    def shapes(self) -> dict[str, Callable[[], str]]:
        """The maker of each of the six shapes."""
        return {"point": self.point, "star": self.star, "optional": self.optional, "group": self.group,
                "contains": self.contains, "construct": self.construct}

    def all_shapes(self) -> dict[str, Callable[[], str]]:
        """The fourteen shapes whose growth is measured."""
        return self.shapes() | {"regex": self.regex, "path": self.path, "not exists": self.not_exists, "order and limit": self.ordered, "describe": self.describe,
                                "subquery": self.subquery, "bounding box": self.box, "count": self.count}

    def regex(self) -> str:
        return _REGEX.format(letter=self._draw.choice("acdemprst"), word=self._draw.choice(_WORDS))

    def path(self) -> str:
        return _PATH.format(action=self._draw.choice(self._actions))

    def not_exists(self) -> str:
        return _NOT_EXISTS.format(axis=self._draw.choice(self._axes))

    def ordered(self) -> str:
        return _ORDERED.format(plan=self._draw.choice(self._plans))

    def describe(self) -> str:
        return _DESCRIBE.format(thing=self._draw.choice(self.things))

    def subquery(self) -> str:
        return _SUBQUERY.format(plan=self._draw.choice(self._plans))

    def box(self) -> str:
        return _BOX.format(west=self._draw.choice(("2", "3")))

    def count(self) -> str:
        return _COUNT.format()

    def point(self) -> str:
        return _POINT.format(thing=self._draw.choice(self.things))

    def by_literal(self) -> str:
        return _BY_LITERAL.format(label=self._draw.choice(self._labels))

    def star(self) -> str:
        return _STAR.format(action=self._draw.choice(self._actions))

    def optional(self) -> str:
        return _OPTIONAL.format(axis=self._draw.choice(self._axes), number=self._draw.randrange(100))

    def group(self) -> str:
        return _GROUP.format(plan=self._draw.choice(self._plans))

    def contains(self) -> str:
        return _CONTAINS.format(word=self._draw.choice(_WORDS))

    def construct(self) -> str:
        return _CONSTRUCT.format(thing=self._draw.choice(self._actions))
