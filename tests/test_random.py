"""Whatever is asked, the service answers or says why not: random queries, broken texts, random and broken HTTP.

A few hundred of each here, the same ones every time; `make fuzz` sends FUZZ_REQUESTS others of each and prints how they
ended. They go out several at a time, each on a connection of its own.
"""

from __future__ import annotations

import csv
import io
import gzip
import json
import os
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from random_queries import queries, texts
from random_requests import PATIENCE_S, Reply, Request, broken, exchange, requests
from servers import ACTIONS, RunningServer, serving

SALVO = 4
ASKED = os.environ.get("FUZZ_REQUESTS")
SETTINGS = settings(max_examples=int(ASKED or 200) // SALVO, deadline=None, derandomize=ASKED is None, database=None,
                    suppress_health_check=list(HealthCheck), print_blob=True)
TIMEOUT_S = 1
RESULTS = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
GRAPHS = {"text/turtle": pyoxigraph.RdfFormat.TURTLE, "application/n-triples": pyoxigraph.RdfFormat.N_TRIPLES,
          "application/ld+json": pyoxigraph.RdfFormat.JSON_LD, "application/rdf+xml": pyoxigraph.RdfFormat.RDF_XML}
ACCEPTS = [f"{table}, {graph}" for table in RESULTS[:2] for graph in GRAPHS] + [f"{table}, {RESULTS[0]};q=0.5, text/turtle" for table in RESULTS[2:]]
# What a query may end in: answered, refused, not to be had in this format, too slow, too large, no place or its process died.
ENDS = {200, 400, 406, 408, 413, 429, 503}
# What HTTP may end in besides: found elsewhere, unchanged, a path, method, type, length or header that is none.
HTTP_ENDS = ENDS | {206, 301, 303, 304, 308, 403, 404, 405, 411, 412, 414, 415, 416, 417, 421, 426, 431, 501, 505}


@pytest.fixture(scope="module")
def server(release):
    with serving("--release", release.folder, environment={"CPBM_TIMEOUT_S": str(TIMEOUT_S)}) as server:
        yield server


@pytest.fixture(scope="module")
def senders():
    with ThreadPoolExecutor(SALVO) as pool:
        yield pool


@pytest.fixture(scope="module")
def ends(request):
    """Counts how requests ended, by kind; said at the end where many were sent."""
    counted: dict[str, Counter] = defaultdict(Counter)
    yield counted
    if ASKED:
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            for kind, counts in counted.items():
                print(f"\n{kind}: {sum(counts.values())} requests\n" + "\n".join(f"  {count:6} {end}" for end, count in sorted(counts.items())))


def test_random_queries_are_answered_or_refused(server, senders, ends):
    _fire(server, senders, ends["queries"], st.tuples(queries().map(str.encode), st.sampled_from(ACCEPTS)), _query)


def test_broken_texts_are_answered_or_refused(server, senders, ends):
    _fire(server, senders, ends["broken texts"], st.tuples(texts(), st.sampled_from(ACCEPTS)), _query)


def test_random_requests_are_answered(server, senders, ends):
    _fire(server, senders, ends["HTTP requests"], requests(), _request)


def test_broken_requests_do_no_harm(server, senders, ends):
    _fire(server, senders, ends["broken HTTP requests"], broken(), _broken_request)


def _fire(server: RunningServer, senders: ThreadPoolExecutor, counts: Counter, strategy: st.SearchStrategy, send) -> None:
    """Salvos of requests, and after each an honest question, which must have its answer."""

    @SETTINGS
    @given(st.lists(strategy, min_size=SALVO, max_size=SALVO))
    def salvo(shots):
        counts.update(senders.map(lambda shot: send(server, shot), shots))
        status, _, body = server.query(ACTIONS)
        assert (status, body.split()) == (200, [b"n", b"39"])

    salvo()


def _query(server: RunningServer, shot: tuple[bytes, str]) -> str:
    """How a query ended, once its answer has been read as what it says it is."""
    text, accept = shot
    status, headers, body = server.get("/sparql", text, Accept=accept, Content_Type="application/sparql-query")
    assert status in ENDS, body
    if status == 200:
        _read(headers.get_content_type(), body)
        return f"200 {headers.get_content_type()}"
    return f"{status} {_problem(status, headers, body)}"


def _request(server: RunningServer, request: Request) -> str:
    reply = exchange(server.port, request)
    assert reply is not None, "no answer to a well-formed request"
    assert reply.status in HTTP_ENDS, reply
    if reply.status >= 400 and request.method != "HEAD" and not _from_the_server_itself(reply) and not _for_people(reply):
        _problem(reply.status, reply.headers, reply.body)
    return str(reply.status)


def _broken_request(server: RunningServer, request: Request) -> str:
    reply = exchange(server.port, request, PATIENCE_S)
    assert reply is None or reply.status in HTTP_ENDS, reply
    return "closed, or waits for more" if reply is None else str(reply.status)


def _for_people(reply: Reply) -> bool:
    """Where Accept prefers HTML, a page says what a problem document would."""
    return reply.headers["Content-Type"] == "text/html; charset=utf-8" and b"<h1>" in reply.body and b"<small>%d</small>" % reply.status in reply.body


def _from_the_server_itself(reply: Reply) -> bool:
    """granian refuses what is no HTTP before we see it, without a body."""
    return not reply.body and "Content-Type" not in reply.headers and reply.status in (400, 414, 431)


def _problem(status: int, headers, body: bytes) -> str:
    """The problem document of a refusal, whole and in both languages; its title, up to what it quotes."""
    assert headers.get_content_type() == "application/problem+json", (status, headers.items(), body)
    problem = json.loads(gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body)
    assert problem["status"] == status and all(problem[name] for name in ("title", "title@en", "detail", "detail@en")), problem
    return problem["title@en"].split(":")[0]


def _read(media_type: str, body: bytes) -> None:
    """Raises where a body is not of its type."""
    if media_type in GRAPHS:
        list(pyoxigraph.parse(body, format=GRAPHS[media_type], base_iri="urn:base"))
    elif media_type == RESULTS[0]:
        answer = json.loads(body)
        assert isinstance(answer.get("boolean"), bool) or isinstance(answer["results"]["bindings"], list)
    elif media_type == RESULTS[1]:
        assert ET.fromstring(body).tag == "{http://www.w3.org/2005/sparql-results#}sparql"
    elif media_type == RESULTS[2]:
        widths = {len(row) or 1 for row in csv.reader(io.StringIO(body.decode(), newline=""), strict=True)}
        assert len(widths) == 1, widths
    else:
        assert media_type == RESULTS[3]
        header, *lines = body.decode().split("\n")
        assert all(line.count("\t") == header.count("\t") for line in lines[:-1]) and lines[-1] == ""
