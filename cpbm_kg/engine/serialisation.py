"""Results to bytes in the format that was asked for: the same for every engine, so each offers every format.

A graph is written sorted, a table in the order of its solutions; an answer is whole within its byte budget or it is
an error (decisions.md, 15).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO

import pyoxigraph as ox

from cpbm_kg.engine import Answer
from cpbm_kg.errors import AnswerTooLargeError, Message, NotAcceptableError
from cpbm_kg.media import OFFERED, RDFXML, Form, Format

_RESULT_FORMATS = {
    "json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV, "tsv": ox.QueryResultsFormat.TSV,
}
_GRAPH_FORMATS = {
    "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD, "rdf": ox.RdfFormat.RDF_XML,
}
# What XML 1.0 cannot carry (2.2): control characters but tab and line ends, U+FFFE and U+FFFF.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_XML_NAME_END = re.compile(r"[A-Za-z_][\w.-]*$")
# Solutions in a body as Oxigraph writes it. In JSON an inner quote is escaped, so no literal holds `},{"`; in CSV a
# quoted line end counts as a row of its own.
_ROWS = {
    "json": lambda body: body.count(b'},{"') + (b'"bindings":[{' in body), "xml": lambda body: body.count(b"<result>"),
    "csv": lambda body: body.count(b"\r\n") - 1, "tsv": lambda body: body.count(b"\n") - 1,
}


def write(form: Form, results, formats: Mapping[Form, Format | None], answer_bytes: int) -> Answer:
    """The answer to a query of `form`; `results` are pyoxigraph's of a SELECT or an ASK, triples for a graph.

    Raises NotAcceptableError (no format for the form, or a value that it cannot carry), AnswerTooLargeError.
    """
    format = formats[form]
    if format is None:
        raise NotAcceptableError(tuple(f.media_type for f in OFFERED[form]))
    sink = _BoundedSink(answer_bytes)
    rows = 1
    if form is Form.GRAPH:
        rows = _write_graph(results, format, sink)
    else:
        results.serialize(sink, format=_RESULT_FORMATS[format.name])
    body = sink.body()
    if "xml" in format.media_type and _NOT_XML.search(body):
        raise NotAcceptableError(tuple(f.media_type for f in OFFERED[form] if "xml" not in f.media_type))
    return Answer(form, format, body, _ROWS[format.name](body) if form is Form.SELECT else rows)


def _write_graph(triples: Iterable[ox.Triple], format: Format, sink: _BoundedSink) -> int:
    """A set of triples, sorted, and their number: CONSTRUCT gives a graph (SPARQL 1.1 Query 16.2), and equal answers without blank
    nodes give equal bytes. RDF/XML cannot write a property whose IRI ends in no XML name (RDF/XML 2.4)."""
    graph = sorted(set(triples), key=str)
    if format == RDFXML and not all(_XML_NAME_END.search(triple.predicate.value) for triple in graph):
        raise NotAcceptableError(tuple(f.media_type for f in OFFERED[Form.GRAPH] if f != RDFXML))
    ox.serialize(graph, sink, format=_GRAPH_FORMATS[format.name])
    return len(graph)


class _BoundedSink:
    """Takes bytes up to a budget, then refuses: an answer is whole or it is an error (decisions.md, 15)."""

    def __init__(self, budget: int):
        self._buffer = BytesIO()
        self._budget = budget

    def write(self, data: bytes) -> int:
        if self._buffer.tell() + len(data) > self._budget:
            raise AnswerTooLargeError(
                Message(f"la réponse dépasse {self._budget} octets", f"the answer exceeds {self._budget} bytes"),
                Message("ajoutez LIMIT, ou téléchargez les exports", "add LIMIT, or download the exports"))
        return self._buffer.write(data)

    def flush(self) -> None:
        """Nothing to do: the bytes are in memory."""

    def body(self) -> bytes:
        return self._buffer.getvalue()
