"""Any SPARQL 1.1 server behind our protocol layer: it evaluates, and we screen, limit, check and write.

A query is first parsed here, so that what is refused, and with which words, does not depend on the server, and no
dialect of its own gets through. Only SPARQL JSON and N-Triples are asked of it: all our formats are written from those.
It must hold the very release that we serve: `marker` says which it holds (docs/scaling.md).
"""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from cpbm_kg.engine import Answer, Query
from cpbm_kg.engine.dataset import separate
from cpbm_kg.engine.endpoint import Body, Endpoint, upstream
from cpbm_kg.engine.marker import MARKER, WHICH, filled
from cpbm_kg.engine.oxigraph import evaluate
from cpbm_kg.engine.screening import screen
from cpbm_kg.engine.serialisation import write
from cpbm_kg.errors import Message, ReleaseError, UpstreamError
from cpbm_kg.media import Form, Format

_JSON = "application/sparql-results+json"
_ACCEPT = {Form.SELECT: _JSON, Form.ASK: _JSON, Form.GRAPH: "application/n-triples, text/turtle;q=0.5"}
_TABLES = (_JSON, "application/json")
_GRAPHS = {"application/n-triples": ox.RdfFormat.N_TRIPLES, "text/plain": ox.RdfFormat.N_TRIPLES, "text/ntriples": ox.RdfFormat.N_TRIPLES,
           "text/turtle": ox.RdfFormat.TURTLE, "application/x-turtle": ox.RdfFormat.TURTLE}
_BOOLEAN = '{"head":{},"boolean":%s}'
_ASK_OF_VIRTUOSO = ["__ASK_RETVAL"]  # it answers ASK by a table: one row for yes, none for no (measured, 7.2.5)
_PATIENCE_S = 5.0


class RemoteEngine:
    """`own` says that the server's dataset holds nothing but this release, for good: its address names the release."""

    def __init__(self, endpoint: Endpoint, release: str, own: bool, answer_bytes: int):
        self._endpoint = endpoint
        self._release = release
        self._own = own
        self._answer_bytes = answer_bytes

    @classmethod
    def opened(cls, url: str, release: str, login: str, answer_bytes: int) -> RemoteEngine:
        """The server at `url`; raises UpstreamError where it does not answer, ReleaseError where it holds another release."""
        filled_in = filled(url, release)
        engine = cls(Endpoint(filled_in, login), release, filled_in != url, answer_bytes)
        try:
            held = engine.held(_PATIENCE_S)
        finally:
            engine.close()  # workers open connections of their own
        if held != release:
            raise ReleaseError(
                Message(f"ce serveur tient {held or 'aucune version'}, non {release}", f"this server holds {held or 'no release'}, not {release}"),
                Message("chargez-la : cpbm-kg push", "load it: cpbm-kg push"), engine._endpoint.url)
        return engine

    def answer(self, query: Query, formats: Mapping[Form, Format | None], client: str = "") -> Answer:
        """As `Engine.answer`; also raises UpstreamError, UpstreamTimeoutError, OverloadedError."""
        screen(query.text)
        form, _ = evaluate(ox.Store(), query)
        limit_s = query.timeout_s or _PATIENCE_S
        text, dataset = separate(query)
        with self._endpoint.ask(text, dataset, _ACCEPT[form], limit_s) as body:
            try:
                answer = write(form, _results(form, body, self._answer_bytes), formats, self._answer_bytes)
            except (SyntaxError, ValueError) as error:
                raise _garbage(str(error)) from None
        if not self._own and self.held(limit_s) != self._release:
            raise UpstreamError(
                Message(f"le serveur distant ne tient plus {self._release} : on y charge une autre version", f"the remote server holds {self._release} no more: another release is being loaded"),
                Message("le service la prendra par cpbm-kg reload", "the service takes it by cpbm-kg reload"))
        return answer

    def close(self) -> None:
        """Let go of the connection; the next query opens another."""
        self._endpoint.close()

    def held(self, limit_s: float) -> str | None:
        """The release that the server holds now, as its marker says; None where it says none."""
        with self._endpoint.ask(WHICH, [("default-graph-uri", MARKER)], _JSON, limit_s) as body:
            try:
                rows = [row[0].value for row in _table(body)]
            except (SyntaxError, ValueError) as error:
                raise _garbage(str(error)) from None
        return rows[0] if len(rows) == 1 else None


def _results(form: Form, body: Body, answer_bytes: int):
    """What the server says, as the serialisers take it; read as it comes in, nothing of it believed before its end."""
    if form is Form.GRAPH:
        return _graph(body, answer_bytes)
    results = _table(body)
    if form is Form.ASK and isinstance(results, ox.QuerySolutions) and [variable.value for variable in results.variables] == _ASK_OF_VIRTUOSO:
        results = ox.parse_query_results(_BOOLEAN % ("true" if next(results, None) is not None else "false"), format=ox.QueryResultsFormat.JSON)
    if (form is Form.ASK) != isinstance(results, ox.QueryBoolean):
        raise _garbage("another form of answer")
    return results


def _table(body: Body):
    if body.type not in _TABLES:
        raise _garbage(body.type or "no media type")
    return ox.parse_query_results(_Labelled(body), format=ox.QueryResultsFormat.JSON)


class _Labelled:
    """A table whose blank nodes have labels that parsers take: those of Virtuoso are IRIs, `nodeID://b10` (measured, 7.2.5).
    The quotes around them are the table's own: in a literal they would be escaped."""

    _THEIRS, _OURS = b'"bnode", "value": "nodeID://', b'"bnode", "value": "'

    def __init__(self, body: Body):
        self._body = body
        self._kept = b""

    def read(self, size: int) -> bytes:
        """Some more of it, `size` bytes or fewer; what may be the beginning of a label waits for what follows it."""
        while data := self._body.read(size - len(self._THEIRS)):
            ready = (self._kept + data).replace(self._THEIRS, self._OURS)
            self._kept = ready[1 - len(self._THEIRS):]
            if ready := ready[:-len(self._kept)]:
                return ready
        ready, self._kept = self._kept, b""
        return ready


def _graph(body: Body, answer_bytes: int) -> Iterable[ox.Triple]:
    """N-Triples can be cut between two lines and still be N-Triples: a body must say where it ends."""
    if body.type not in _GRAPHS:
        raise _garbage(body.type or "no media type")
    if not body.has_end:
        raise http.client.IncompleteRead(b"")
    body.limit = answer_bytes
    return (quad.triple for quad in ox.parse(body, format=_GRAPHS[body.type]))


def _garbage(what: str) -> UpstreamError:
    return upstream(f"ce n'est pas ce qui lui fut demandé ({what[:200]})", f"it is not what was asked for ({what[:200]})")
