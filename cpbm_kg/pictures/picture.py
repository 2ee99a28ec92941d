"""A picture with its table twin: the rows of an answer, their IRIs as links beneath words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from rdflib.term import Literal, URIRef

from cpbm_kg import asking, media, tables
from cpbm_kg.asking import Asked
from cpbm_kg.contracts import Contract
from cpbm_kg.drawing.canvas import Canvas
from cpbm_kg.engine import Engine, Query
from cpbm_kg.errors import Message
from cpbm_kg.media import Form
from cpbm_kg.tables import Cell

_NUMBER = Message("n°", "No.")
MOST_ROWS = 2000  # of one picture: beyond, nothing could be read
Row = Mapping[str, Cell]


@dataclass(frozen=True)
class Entry:
    """A cell of a table: its words, where they lead (an IRI or nothing), the language of the words, if it is another."""

    words: str
    iri: str = ""
    language: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """`heads` are words in the reader's language."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]

    def csv(self) -> bytes:
        """The words of the table as CSV (RFC 4180)."""
        text = io.StringIO()
        csv.writer(text).writerows([self.heads, *([entry.words for entry in row] for row in self.rows)])
        return text.getvalue().encode()


@dataclass(frozen=True)
class Picture:
    """`data` is the address of the table as CSV, `question` that of the question it answers (empty: the release's manifest
    holds it), both without language and host; `live` is what a script needs to make the picture one that moves."""

    name: str
    title: str
    about: str
    canvas: Canvas
    table: Table
    data: str
    question: str = ""
    notes: tuple[str, ...] = ()
    live: Mapping = field(default_factory=dict)

    @property
    def svg(self) -> str:
        return self.canvas.written()


@dataclass(frozen=True)
class Found:
    """The rows of a question, as asked."""

    asked: Asked
    rows: list[Row]

    @property
    def contract(self) -> Contract:
        return self.asked.contract

    @property
    def address(self) -> str:
        """Of the question, with its values."""
        given = [(name, str(value)) for name, values in self.asked.values.items() for value in values]
        query = urlencode([*given, *([("limit", str(self.asked.limit))] if self.cut else [])])
        return f"/q/{self.contract.name}" + (f"?{query}" if query else "")

    @property
    def data(self) -> str:
        """Of the rows as CSV."""
        return f"{self.address}{'&' if '?' in self.address else '?'}format=csv"

    @property
    def cut(self) -> bool:
        """Whether there may be more rows than a picture takes."""
        return len(self.rows) == self.asked.limit


def ask(engine: Engine, contract: Contract, language: str, **values: Sequence[str]) -> Found:
    """The rows of a question in `language`, where it has one to choose; raises RequestError for a value not of its type,
    and the engine's errors."""
    speaks = any(parameter.name == "language" for parameter in contract.parameters)
    given = {**{name: list(several) for name, several in values.items()}, **({"language": [language]} if speaks else {})}
    read = asking.read(contract, given)
    asked = Asked(contract, read.values, MOST_ROWS)
    return Found(asked, tables.rows(contract, asking.answer(engine, asked, media.JSON).body))


def labels(engine: Engine, iris: Iterable[str], language: str) -> dict[str, str]:
    """Words for IRIs in `language`, else in French; of those that have none, nothing."""
    listed = " ".join(URIRef(iri).n3() for iri in sorted(set(iris)))
    query = f"""PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?iri ?label {{ VALUES ?iri {{ {listed} }} ?iri skos:prefLabel|rdfs:label ?label FILTER (LANG(?label) IN ("fr", {Literal(language).n3()})) }}"""
    answer = engine.answer(Query(query), {Form.SELECT: media.JSON, Form.ASK: None, Form.GRAPH: None}).body
    found = sorted(json.loads(answer)["results"]["bindings"], key=lambda row: row["label"].get("xml:lang") == language)
    return {row["iri"]["value"]: row["label"]["value"] for row in found}


def table(engine: Engine, found: Found, language: str, links: Mapping[str, str], hidden: Iterable[str] = ()) -> Table:
    """The table of an answer: `links` gives the column of IRIs that the words of another lead to, which then is not shown;
    `hidden` columns are left to the CSV. An IRI by itself is shown by its label."""
    unseen = {*links.values(), *hidden}
    shown = [column for column in found.contract.columns if column.name not in unseen]
    words = labels(engine, {str(row[column.name]) for column in shown if column.type == "iri" for row in found.rows if row[column.name]}, language)

    def entry(row: Row, column) -> Entry:
        value = row[column.name]
        if value is None:
            return Entry("")
        if column.type == "iri":
            return Entry(words.get(str(value)) or local(str(value)), str(value))
        return Entry(str(value), str(row[links[column.name]] or "") if column.name in links else "", is_number=column.type in ("integer", "decimal", "year"))

    return Table(tuple(column.meaning.within(language) for column in shown),
                 tuple(tuple(entry(row, column) for column in shown) for row in found.rows))


def numbered(number: Cell, words: str, language: str) -> str:
    """Words after the number that is printed before them, if one is."""
    return words if number is None else f"{_NUMBER.within(language)} {number} {words}"


def local(iri: str) -> str:
    """The last part of an IRI."""
    return iri.rstrip("/").replace("#", "/").rpartition("/")[2]
