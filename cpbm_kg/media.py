"""The formats of answers, and their negotiation per form of query (SPARQL 1.1 Protocol 2.1.5, 2.1.6; RFC 9110, 12.5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header


class Form(Enum):
    """What a query asks for; CONSTRUCT and DESCRIBE both give a graph."""

    SELECT = "select"
    ASK = "ask"
    GRAPH = "graph"


@dataclass(frozen=True)
class Format:
    """`name` is the value of `?format=` and the extension; `aliases` are media types that clients also send, `names`
    what they also write for `?format=` (SPARQLWrapper sends `turtle`, `rdf+xml`, and `xml` for any graph)."""

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The media type as sent, with the charset that some clients need (UTF-8 everywhere)."""
        return f"{self.media_type}; charset=utf-8"


JSON = Format("json", "application/sparql-results+json", ("application/json",))
XML = Format("xml", "application/sparql-results+xml", ("application/xml", "text/xml"))
CSV = Format("csv", "text/csv")
TSV = Format("tsv", "text/tab-separated-values")
TURTLE = Format("ttl", "text/turtle", ("application/x-turtle", "text/n3"), ("turtle", "n3"))
NTRIPLES = Format("nt", "application/n-triples", ("text/plain",), ("ntriples", "n-triples"))
JSONLD = Format("jsonld", "application/ld+json", ("application/json",), ("json-ld", "json"))
RDFXML = Format("rdf", "application/rdf+xml", ("application/xml", "text/xml"), ("rdf+xml", "xml"))
TRIG = Format("trig", "application/trig")
NQUADS = Format("nq", "application/n-quads")
# Answers of published questions alone: plain objects, a map, a page.
ROWS = Format("rows", "application/json")
GEOJSON = Format("geojson", "application/geo+json")
HTML = Format("html", "text/html")
# How an answer is cited.
BIBTEX = Format("bibtex", "application/x-bibtex", ("text/x-bibtex",))
CSL = Format("csl", "application/vnd.citationstyles.csl+json")

# In the order of our preference where the client has none.
OFFERED: dict[Form, tuple[Format, ...]] = {
    Form.SELECT: (JSON, XML, CSV, TSV),
    Form.ASK: (JSON, XML),
    Form.GRAPH: (TURTLE, NTRIPLES, JSONLD, RDFXML),
}
FILES = (TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS)


def negotiate(accept: str | None, offered: tuple[Format, ...]) -> Format | None:
    """The offered format that the Accept header prefers; the first one without a header; None where none suits."""
    if not accept or not accept.strip():
        return offered[0]
    by_type: dict[str, Format] = {}
    for media_type, format in [(f.media_type, f) for f in offered] + [(alias, f) for f in offered for alias in f.aliases]:
        by_type.setdefault(media_type, format)
    # Types are compared without their parameters (`charset=utf-8`), which choose nothing here.
    wanted = MIMEAccept([(media_type.split(";")[0].strip().lower(), quality) for media_type, quality in parse_accept_header(accept, MIMEAccept)])
    best = wanted.best_match(list(by_type))
    return by_type[best] if best else None


def named(name: str, offered: tuple[Format, ...]) -> Format | None:
    """The offered format that `?format=` names, by short name or media type."""
    return next((f for f in offered if name in (f.name, f.media_type, *f.names)), None)
