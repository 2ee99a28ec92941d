"""The things of one class as a table: CSV (RFC 4180), and CSVW metadata that says what each column means.

A row is a thing, a column a property together with what its values are: IRIs, one datatype, one language. So no value
is lost or guessed at, and the metadata gives the triples back (https://www.w3.org/TR/tabular-metadata/). Columns
that end in `_label` are for readers: French names of the things that the column before them names.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from cpbm_kg.canonical import natural
from cpbm_kg.errors import Message
from cpbm_kg.vocabulary import PREFIXES, RDF, SKOS, XSD

SEPARATOR = "|"
_PREFIXES = {namespace: prefix for prefix, namespace in PREFIXES.items()}


@dataclass(frozen=True)
class Column:
    """`kind` is what all its values are: "" for IRIs, `@fr` for texts in a language, else the IRI of a datatype."""

    name: str
    predicate: URIRef
    kind: str

    @property
    def is_iri(self) -> bool:
        return not self.kind


@dataclass(frozen=True)
class Sheet:
    """A table: its columns (the first is the thing itself), and rows of cells as text."""

    columns: tuple[Column, ...]
    labelled: frozenset[str]
    rows: tuple[dict[str, str], ...]

    @property
    def header(self) -> list[str]:
        """The names of the columns, in order."""
        return ["iri", *(name for column in self.columns for name in (column.name, *([f"{column.name}_label"] if column.name in self.labelled else [])))]

    def csv(self) -> bytes:
        """The table as CSV in UTF-8, lines ended as RFC 4180 wants them."""
        sink = io.StringIO(newline="")
        writer = csv.DictWriter(sink, self.header, restval="")
        writer.writeheader()
        writer.writerows(self.rows)
        return sink.getvalue().encode()

    def metadata(self, name: str, title: Message, licence: str) -> dict:
        """The CSVW description of the table that stands in the file `name` beside it."""
        described = [{"name": "iri", "titles": "iri", "required": True, "datatype": "anyURI", "suppressOutput": True}]
        for column in self.columns:
            described.append(_described(column))
            if column.name in self.labelled:
                described.append({"name": f"{column.name}_label", "titles": f"{column.name}_label", "lang": "fr", "separator": SEPARATOR, "suppressOutput": True})
        return {
            "@context": "http://www.w3.org/ns/csvw", "url": name, "dc:title": [{"@value": title.fr, "@language": "fr"}, {"@value": title.en, "@language": "en"}],
            "dc:license": {"@id": licence}, "dialect": {"header": True, "encoding": "utf-8"},
            "tableSchema": {"aboutUrl": "{+iri}", "primaryKey": "iri", "columns": described},
        }


def of_class(graph: Graph, kind: URIRef) -> Sheet:
    """The things of class `kind` in `graph`, in the natural order of their IRIs."""
    things = sorted({thing for thing in graph.subjects(RDF.type, kind) if isinstance(thing, URIRef)}, key=natural)
    used = {(predicate, _kind(value)) for thing in things for predicate, value in graph.predicate_objects(thing)}
    columns = _columns(used)
    labels = {column.name for column in columns if column.is_iri and column.predicate != RDF.type
              and any("".join(_labels(graph, _values(graph, thing, column))) for thing in things)}
    return Sheet(columns, frozenset(labels), tuple(_row(graph, thing, columns, labels) for thing in things))


def _row(graph: Graph, thing: URIRef, columns: Iterable[Column], labels: set[str]) -> dict[str, str]:
    row = {"iri": str(thing)}
    for column in columns:
        values = _values(graph, thing, column)
        row[column.name] = SEPARATOR.join(map(str, values))
        if column.name in labels:
            row[f"{column.name}_label"] = SEPARATOR.join(_labels(graph, values))
    return row


def _values(graph: Graph, thing: URIRef, column: Column) -> list[Node]:
    return sorted((value for value in graph.objects(thing, column.predicate) if _kind(value) == column.kind), key=natural)


def _labels(graph: Graph, things: Iterable[Node]) -> list[str]:
    """The French name of each thing, empty where it has none."""
    return [next((str(label) for label in graph.objects(thing, SKOS.prefLabel) if label.language == "fr"), "") for thing in things]


def _kind(value: Node) -> str:
    if not isinstance(value, Literal):
        return ""
    return f"@{value.language}" if value.language else str(value.datatype or XSD.string)


def _columns(used: set[tuple[URIRef, str]]) -> tuple[Column, ...]:
    """What names the thing first, then by IRI; a name that two would have gets the vocabulary or the kind added."""
    locals = Counter(name for name in (_local(predicate) for predicate in {predicate for predicate, _ in used}))
    plain = Counter(predicate for predicate, kind in used if not kind.startswith("@"))
    columns = []
    for predicate, kind in sorted(used, key=lambda pair: (pair[0] != SKOS.prefLabel, pair[0] != RDF.type, str(pair[0]), pair[1])):
        name = _local(predicate) if locals[_local(predicate)] == 1 else f"{_prefix(predicate)}_{_local(predicate)}"
        if kind.startswith("@"):
            name += f"_{kind[1:]}"
        elif plain[predicate] > 1:
            name += f"_{_local(kind) if kind else 'iri'}"
        columns.append(Column(name, predicate, kind))
    return tuple(columns)


def _described(column: Column) -> dict:
    described = {"name": column.name, "titles": column.name, "propertyUrl": str(column.predicate), "separator": SEPARATOR}
    if column.is_iri:
        return described | {"datatype": "anyURI"}
    if column.kind.startswith("@"):
        return described | {"datatype": "string", "lang": column.kind[1:]}
    if column.kind.startswith(str(XSD)):
        return described | {"datatype": _local(column.kind)}
    return described | {"datatype": {"base": "string", "@id": column.kind}}


def _local(iri: str) -> str:
    return iri[max(iri.rfind("/"), iri.rfind("#")) + 1:]


def _prefix(iri: str) -> str:
    return _PREFIXES.get(iri.removesuffix(_local(iri)), "other")
