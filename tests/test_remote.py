"""The engine that asks another server: what it lets through, what it says when that server fails, and `push`.

The server is Oxigraph's own, started by `bench/servers/oxigraph.sh`; what a failing server sends is sent by a few lines
here, since no real one can be asked to break off in the middle.
"""

import contextlib
import json
import socket
import threading
import time
import urllib.parse
import urllib.request

import pytest

import peers
from conftest import run, start, stop
from cpbm_kg.engine import Query
from cpbm_kg.engine.endpoint import Endpoint
from cpbm_kg.engine.remote import RemoteEngine
from cpbm_kg.errors import (
    AnswerTooLargeError, OverloadedError, QueryError, QuerySyntaxError, ReleaseError, ServiceRefusedError, UpstreamError, UpstreamTimeoutError,
)
from cpbm_kg.media import OFFERED, Form
from cpbm_kg.vocabulary import GRAPH

PORT = 8320
FORMATS = {form: offered[0] for form, offered in OFFERED.items()}
YES = b'{"head":{},"boolean":true}'
JSON = "application/sparql-results+json"


@pytest.fixture(scope="module")
def oxigraph(release, tmp_path_factory):
    """Oxigraph's server with a triple that is not ours in its default graph, and the release pushed beside it."""
    strange = tmp_path_factory.mktemp("strange") / "strange.ttl"
    strange.write_text("<urn:not> <urn:of> <urn:ours> .\n", encoding="utf-8")
    with peers.started({"oxigraph": strange}, PORT) as found:
        if not found:
            pytest.skip("Oxigraph's server could not be started here")
        base = found["oxigraph"].url.removesuffix("/query")
        assert update(base, "INSERT DATA { GRAPH <urn:theirs> { <urn:not> <urn:of> <urn:ours> } }") == 204
        done = push(base, release.folder)
        assert done.returncode == 0, done.stderr
        yield base


def push(base: str, folder, *more: str):
    return run("push", f"{base}/store", "--update", f"{base}/update", "--release", folder, *more)


def update(base: str, text: str) -> int:
    request = urllib.request.Request(f"{base}/update", text.encode(), {"Content-Type": "application/sparql-update"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.status


@pytest.fixture(scope="module")
def service(oxigraph, release):
    process, service = start("--release", release.folder, "--store", f"{oxigraph}/query")
    yield service
    stop(process)


def count(service, pattern: str, head: str = "SELECT (COUNT(*) AS ?n)", more: str = "") -> int:
    status, _, body = service.get(f"/sparql?format=csv{more}&query={urllib.parse.quote(f'{head} {{ {pattern} }}')}")
    assert status == 200, body
    return int(body.split()[1])


@pytest.mark.parametrize("head, pattern, more", [
    ("SELECT (COUNT(*) AS ?n)", "<urn:not> ?p ?o", ""), ("SELECT (COUNT(*) AS ?n)", "GRAPH ?g { <urn:not> ?p ?o }", ""),
    ("SELECT (COUNT(*) AS ?n) FROM <urn:theirs>", "?s ?p ?o", ""), ("SELECT (COUNT(*) AS ?n) FROM NAMED <urn:theirs>", "GRAPH ?g { ?s ?p ?o }", ""),
    ("BASE <urn:> SELECT (COUNT(*) AS ?n) FROM # FROM\n <theirs>", "?s ?p ?o", ""),
    ("SELECT (COUNT(*) AS ?n)", "?s ?p ?o", "&default-graph-uri=urn:theirs"), ("SELECT (COUNT(*) AS ?n)", "GRAPH ?g { ?s ?p ?o }", "&named-graph-uri=urn:theirs"),
    ("SELECT (COUNT(*) AS ?n) FROM <https://w3id.org/bassin-minier/graph/release>", "?s ?p ?o", ""),
])
def test_graphs_of_that_server_that_are_not_ours_are_out_of_reach(service, head, pattern, more):
    assert count(service, pattern, head, more) == 0


def test_a_word_that_looks_like_a_dataset_is_no_dataset(service):
    assert count(service, f'GRAPH <{GRAPH.inferred}> {{ ?s ?p ?o }} FILTER("FROM <urn:theirs>" != "") # FROM <urn:theirs>\n') > 0


def test_a_syntax_that_only_that_server_knows_is_refused_here(service):
    assert service.get("/sparql?query=" + urllib.parse.quote("DEFINE sql:select-option \"x\" SELECT * { ?s ?p ?o }"))[0] == 400


def test_health_says_whether_that_server_answers(release, tmp_path):
    with front() as (server, url):
        server.replies = [table(release.id), answer(YES)]
        process, service = start("--release", release.folder, "--store", f"{url}/query?{{release}}")
        try:
            server.replies = []
            status, _, body = service.get("/health")
            health = json.loads(body)
            assert status == 503 and health["status"] == "down" and health["engine"]["kind"] == "remote" and health["engine"]["en"]
            assert url not in body.decode(), "where the server is remains the operator's affair"
            status, headers, body = service.query("ASK {}", JSON)
            assert status == 502 and json.loads(body)["detail@en"] and headers["Content-Type"].startswith("application/problem+json")
        finally:
            stop(process)


def test_another_release_is_not_asked(oxigraph):
    with pytest.raises(ReleaseError) as refused:
        RemoteEngine.opened(f"{oxigraph}/query", "0.0.1-something-else", "", 2**20)
    assert "cpbm-kg push" in refused.value.remedy.en


def test_a_release_is_pushed_once(oxigraph, release):
    done = push(oxigraph, release.folder)
    assert done.returncode == 0 and "already" in done.stdout


def test_a_push_that_is_refused_leaves_what_answers(oxigraph, release, service):
    """The last step, which alone touches what answers, is sent to an address that takes no updates."""
    update(oxigraph, f"DELETE WHERE {{ GRAPH <{GRAPH.release}> {{ ?s ?p ?o }} }}")
    try:
        status, _, body = service.query("ASK { # without the marker\n}", JSON)
        assert status == 502 and "reload" in json.loads(body)["detail@en"]
        done = run("push", f"{oxigraph}/store", "--update", f"{oxigraph}/nothing", "--release", release.folder)
        assert done.returncode == 3 and "cpbm-kg push" in done.stderr and "Traceback" not in done.stderr
        with urllib.request.urlopen(f"{oxigraph}/store?graph={urllib.parse.quote(GRAPH.inferred, safe='')}", timeout=30) as response:
            assert response.status == 200 and response.read()
    finally:
        assert push(oxigraph, release.folder).returncode == 0
    assert service.query("ASK { # with it again\n}", JSON)[0] == 200


def test_a_server_that_is_not_there_is_said(release):
    done = run("push", "http://127.0.0.1:9/store", "--update", "http://127.0.0.1:9/update", "--release", release.folder)
    assert done.returncode == 3 and "127.0.0.1:9" in done.stderr and "Traceback" not in done.stderr


# A server that fails


class Failing:
    """Sends one prepared reply for each request, and notes connections and requests; where none is left, it hangs up."""

    def __init__(self, listener: socket.socket):
        self._listener = listener
        self.replies: list[bytes] = []
        self.connections = 0
        self.requests: list[bytes] = []

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(ConnectionError), connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                length = 0
                while (header := stream.readline()).strip():
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                self.requests.append(line + stream.read(length))
                if not self.replies:
                    return
                reply = self.replies.pop(0)
                if reply is SLEEP:
                    time.sleep(3)
                    return
                connection.sendall(reply)
                if b"Connection: close" in reply:
                    return


SLEEP = b""


@contextlib.contextmanager
def front():
    listener = socket.create_server(("127.0.0.1", 0))
    server = Failing(listener)
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer(body: bytes, type: str = JSON, status: str = "200 OK", length: int | None = None, more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {len(body) if length is None else length}\r\n{more}\r\n".encode() + body


def table(value: str) -> bytes:
    return answer(json.dumps({"head": {"vars": ["release"]}, "results": {"bindings": [{"release": {"type": "literal", "value": value}}]}}).encode())


@pytest.fixture
def failing():
    with front() as (server, url):
        engine = RemoteEngine(Endpoint(f"{url}/r1/query?timeout={{ms}}"), "r1", True, 2**16)
        yield server, engine
        engine.close()


def ask(engine, text: str = "ASK {}", timeout_s: float = 1.0):
    return engine.answer(Query(text, timeout_s=timeout_s), FORMATS)


def refusal(engine, text: str = "ASK {}") -> QueryError:
    """The error without its frames: what they hold of Oxigraph's must not outlive them, for a thread to find."""
    try:
        ask(engine, text)
    except QueryError as error:
        return error.with_traceback(None)
    raise AssertionError("it was answered")


LINES = b"<urn:a> <urn:b> <urn:c> .\n"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"


@pytest.mark.parametrize("text, reply, error", [
    ("ASK {}", answer(b"no", status="500 Internal Server Error", type="text/plain"), UpstreamError),
    ("ASK {}", answer(b"S1TAT Transaction timed out", status="500 Internal Server Error", type="text/plain"), UpstreamTimeoutError),
    ("ASK {}", answer(b"", status="504 Gateway Timeout"), UpstreamTimeoutError), ("ASK {}", answer(b"", status="503 Service Unavailable"), OverloadedError),
    ("ASK {}", answer(b"", status="302 Found", more="Location: http://elsewhere/\r\n"), UpstreamError),
    ("ASK {}", answer(b"<html>it works</html>", type="text/html"), UpstreamError), ("ASK {}", answer(b'{"head":{},"bool'), UpstreamError),
    ("ASK {}", answer(b'{"head":{"vars":[]},"results":{"bindings":[]}}'), UpstreamError),
    ("ASK {}", answer(YES, length=1000, more="Connection: close\r\n"), UpstreamError), ("ASK {}", SLEEP, UpstreamTimeoutError),
    (CONSTRUCT, answer(LINES, "application/n-triples", length=2 * len(LINES), more="Connection: close\r\n"), UpstreamError),
    (CONSTRUCT, b"HTTP/1.1 200 OK\r\nContent-Type: application/n-triples\r\nConnection: close\r\n\r\n" + LINES, UpstreamError),
    (CONSTRUCT, answer(b"not triples", "application/n-triples"), UpstreamError), (CONSTRUCT, answer(LINES * 5000, "application/n-triples"), AnswerTooLargeError),
    ("SELECT * { ?s ?p ?o }", answer(YES, more="X-SPARQL-MaxRows: 10000\r\n"), AnswerTooLargeError), ("ASK {}", b"220 a mail server\r\n\r\n", UpstreamError),
])
def test_what_is_no_answer_is_an_error(failing, text, reply, error):
    server, engine = failing
    server.replies = [reply]
    began = time.monotonic()
    refused = refusal(engine, text)
    assert type(refused) is error and refused.fault.fr and refused.remedy.en and time.monotonic() - began < 2.5
    server.replies = [answer(YES)]
    assert b"true" in ask(engine).body, "the next question is answered"


@pytest.mark.parametrize("text, error", [("ASK {", QuerySyntaxError), ("ASK { SERVICE <http://127.0.0.1:9/> {} }", ServiceRefusedError)])
def test_what_is_refused_never_reaches_that_server(failing, text, error):
    server, engine = failing
    assert type(refusal(engine, text)) is error and server.requests == []


def test_a_connection_serves_many_questions(failing):
    server, engine = failing
    server.replies = [answer(YES)] * 20
    assert all(b"true" in ask(engine).body for _ in range(20)) and server.connections == 1


def test_a_kept_connection_that_was_closed_is_opened_again_once(failing):
    server, engine = failing
    server.replies = [answer(YES, more="Connection: close\r\n")]
    ask(engine)
    server.replies = [answer(YES)]
    assert b"true" in ask(engine).body
    server.replies = []
    assert type(refusal(engine)) is UpstreamError
    assert len(server.requests) <= 4, "nothing is asked for ever"


def test_a_deadline_is_passed_on(failing):
    server, engine = failing
    server.replies = [answer(YES)]
    ask(engine, timeout_s=2)
    assert b"timeout=1800 " in server.requests[-1], "it ends by itself before the connection does"
