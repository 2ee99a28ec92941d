"""Oxigraph's store in this process's memory: the default engine, and the only module that evaluates SPARQL.

Literals are rewritten when they enter the store (`"01"^^xsd:integer` becomes 1): exports are files of the release,
never a dump of it (architecture.md, 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path

import pyoxigraph as ox

from cpbm_kg.engine import Answer, Query
from cpbm_kg.engine.faulting import placed
from cpbm_kg.engine.screening import screen
from cpbm_kg.errors import (
    AnswerTooLargeError, Message, NotAcceptableError, QuerySyntaxError, ServiceRefusedError, UnreadableError,
)
from cpbm_kg.media import OFFERED, RDFXML, Form, Format
from cpbm_kg.vocabulary import BASE

_FILE_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML, ".jsonld": ox.RdfFormat.JSON_LD,
}
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
_UNKNOWN_FUNCTION = re.compile(r"custom function <(.*)> is not supported", re.DOTALL)


class MemoryEngine:
    """`answer_bytes` bounds one answer. Loading is done once, at construction; afterwards the store is only read."""

    def __init__(self, answer_bytes: int):
        self._store = ox.Store()
        self._answer_bytes = answer_bytes

    @classmethod
    def of_release(cls, folder: Path, answer_bytes: int) -> MemoryEngine:
        """Every layer in its named graph, and the default graph merged beside them: pyoxigraph counts a triple that
        stands in two default graphs twice (oxigraph#1919, measured)."""
        engine = cls(answer_bytes)
        engine._load(folder / "all.nq")
        engine._load(folder / "default.ttl")
        return engine

    @classmethod
    def of_file(cls, path: Path, answer_bytes: int) -> MemoryEngine:
        """Any RDF file as it is, its default graph not the union; raises UnreadableError with the parser's line."""
        engine = cls(answer_bytes)
        engine._load(path)
        return engine

    @classmethod
    def of_triples(cls, ntriples: bytes, answer_bytes: int) -> MemoryEngine:
        """One graph of N-Triples, as the default graph."""
        engine = cls(answer_bytes)
        engine._store.bulk_load(ntriples, format=ox.RdfFormat.N_TRIPLES)
        return engine

    @classmethod
    def of_graphs(cls, graphs: Mapping[str, bytes], default: Iterable[str], answer_bytes: int) -> MemoryEngine:
        """Named graphs of N-Triples by IRI; those of `default`, merged, are the default graph too."""
        engine = cls(answer_bytes)
        for name, ntriples in graphs.items():
            engine._store.bulk_load(ntriples, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(name))
        for name in default:
            engine._store.bulk_load(graphs[name], format=ox.RdfFormat.N_TRIPLES)
        return engine

    def _load(self, path: Path) -> None:
        format = _FILE_FORMATS.get(path.suffix)
        if format is None:
            extensions = " ".join(_FILE_FORMATS)
            raise UnreadableError(
                Message("extension inconnue", "unknown extension"),
                Message(f"donnez un fichier {extensions}", f"give a file {extensions}"), path)
        try:
            self._store.bulk_load(path=str(path), format=format)
        except (OSError, SyntaxError) as error:
            raise UnreadableError(
                Message(f"ce fichier ne se lit pas : {error}", f"this file cannot be read: {error}"),
                Message("vérifiez le chemin et la syntaxe", "check the path and the syntax"), path) from None

    def answer(self, query: Query, formats: Mapping[Form, Format | None], client: str = "") -> Answer:
        """As `Engine.answer`; in one process there is nobody to be fair to."""
        screen(query.text)
        results = self._evaluate(query)
        form = _form(results)
        format = formats[form]
        if format is None:
            raise NotAcceptableError(tuple(f.media_type for f in OFFERED[form]))
        sink = _BoundedSink(self._answer_bytes)
        rows = 1
        try:
            if form is Form.GRAPH:
                rows = _write_graph(results, format, sink)
            else:
                results.serialize(sink, format=_RESULT_FORMATS[format.name])
        except (RuntimeError, OSError) as error:
            raise _refused_at_run_time(error) from None
        body = sink.body()
        if "xml" in format.media_type and _NOT_XML.search(body):
            raise NotAcceptableError(tuple(f.media_type for f in OFFERED[form] if "xml" not in f.media_type))
        return Answer(form, format, body, _ROWS[format.name](body) if form is Form.SELECT else rows)

    def _evaluate(self, query: Query):
        try:
            return self._store.query(
                query.text,
                base_iri=BASE,
                default_graph=_nodes(query.default_graphs),
                named_graphs=_nodes(query.named_graphs),
            )
        except (SyntaxError, ValueError) as error:
            said, line, column = placed(query.text, str(error), partial(ox.Store().query, base_iri=BASE))
            raise QuerySyntaxError(
                Message(f"cette requête n'est pas du SPARQL 1.1 : {said}", f"this query is not SPARQL 1.1: {said}"),
                Message("corrigez le texte à la ligne et à la colonne indiquées", "mend the text at the line and column given"),
                line, column) from None
        except (RuntimeError, OSError) as error:
            raise _refused_at_run_time(error) from None


def parse(text: str) -> list[str]:
    """The columns of a query (none for what is no SELECT), without evaluating it; raises QuerySyntaxError and what
    screening refuses."""
    screen(text)
    results = MemoryEngine(0)._evaluate(Query(text))
    return [variable.value for variable in results.variables] if isinstance(results, ox.QuerySolutions) else []


def _nodes(iris: tuple[str, ...] | None) -> list[ox.NamedNode] | None:
    return None if iris is None else [ox.NamedNode(iri) for iri in iris]


def _form(results) -> Form:
    if isinstance(results, ox.QueryBoolean):
        return Form.ASK
    return Form.SELECT if isinstance(results, ox.QuerySolutions) else Form.GRAPH


def _write_graph(triples, format: Format, sink: _BoundedSink) -> int:
    """A set of triples, sorted, and their number: CONSTRUCT gives a graph (SPARQL 1.1 Query 16.2), and equal answers without blank
    nodes give equal bytes. RDF/XML cannot write a property whose IRI ends in no XML name (RDF/XML 2.4)."""
    graph = sorted(set(triples), key=str)
    if format == RDFXML and not all(_XML_NAME_END.search(triple.predicate.value) for triple in graph):
        raise NotAcceptableError(tuple(f.media_type for f in OFFERED[Form.GRAPH] if f != RDFXML))
    ox.serialize(graph, sink, format=_GRAPH_FORMATS[format.name])
    return len(graph)


def _refused_at_run_time(error: RuntimeError) -> ServiceRefusedError:
    """A function that is none of SPARQL's own stops the query (where it stands in an expression, 17.6 would have it an
    error of that expression alone): a misspelt name is worth a clear word."""
    if function := _UNKNOWN_FUNCTION.search(str(error)):
        return ServiceRefusedError(
            Message(f"fonction inconnue : {function[1]}", f"unknown function: {function[1]}"),
            Message("seules les fonctions de SPARQL 1.1 (17.4) et les conversions xsd (17.5) répondent ici",
                    "only the functions of SPARQL 1.1 (17.4) and the xsd casts (17.5) answer here"))
    return ServiceRefusedError(
        Message(f"cette requête ne peut être évaluée ici : {error}", f"this query cannot be evaluated here: {error}"),
        Message("retirez SERVICE et les graphes distants : seules les données publiées ici répondent",
                "remove SERVICE and remote graphs: only the data published here answer"))


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
