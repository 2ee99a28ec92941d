"""An honest client beside hostile ones: the clients of the bench `service.py`, each a process of its own.

    python bench/attack.py probe PREFIX QUERIES SECONDS       one honest client; prints its latencies as JSON
    python bench/attack.py heavy PREFIX QUERIES ADDRESSES     20 clients with heavy queries, until ended
    python bench/attack.py slow PREFIX ADDRESSES              200 connections that stall, until ended

PREFIX is a URL up to the encoded query, QUERIES a folder or file of them, ADDRESSES how many loopback addresses
(127.0.0.2 …) the hostile clients come from.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

CLIENTS, STALLED = 20, 200
PATIENCE_S = 10  # of the honest client; then its request counts as refused
PAUSE_S = 0.01  # between two queries of one client, honest or hostile
_ACCEPT = {"Accept": "application/sparql-results+json"}
# What no bound on the answer catches: an aggregate over a product, paths over everything, a distinct over a product.
HEAVY = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT (COUNT(DISTINCT ?z) AS ?n) { ?x (!<urn:none>)* ?y . ?y (!<urn:none>|^!<urn:none>)* ?z }",
    "SELECT DISTINCT ?a ?d { ?a ?b ?c . ?d ?e ?f FILTER (STRLEN(STR(?a)) < STRLEN(STR(?d))) } ORDER BY ?a LIMIT 1",
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER (CONTAINS(STR(?c), STR(?f))) }",
    "SELECT ?a { ?a ?b ?c OPTIONAL { ?d ?e ?f FILTER (REGEX(STR(?f), STR(?c))) } } ORDER BY DESC(?f) LIMIT 1",
)
_ENDLESS = "SELECT * { ?s ?p ?o } LIMIT 30000"  # some megabytes, more than the kernel holds for a reader that does not read


def probe(prefix: str, queries: str, seconds: str) -> None:
    """One query after the other on one connection, each with its own constants: `refused` is whatever is no 200."""
    taken, refused, target = [], {}, urlsplit(prefix)
    texts = itertools.cycle(unquote(line[1:].strip()) for line in Path(queries).read_text(encoding="ascii").splitlines())
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=PATIENCE_S)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        start = time.perf_counter()
        outcome = _ask(connection, f"{target.path}?{target.query}{quote(f'{next(texts)} # {start}', safe='')}")
        taken.append(time.perf_counter() - start)
        if outcome != 200:
            refused[str(outcome)] = refused.get(str(outcome), 0) + 1
        time.sleep(PAUSE_S)
    taken.sort()
    p50, p99 = (taken[len(taken) * share // 100] * 1e6 for share in (50, 99))
    print(json.dumps({"count": len(taken), "p50_us": p50, "p99_us": p99, "refused": refused}))


def _ask(connection: http.client.HTTPConnection, path: str) -> int | str:
    """The status, or the name of what went wrong."""
    try:
        connection.request("GET", path, headers=_ACCEPT)
        with connection.getresponse() as response:
            response.read()
            return response.status
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return type(error).__name__


def heavy(prefix: str, folder: str, addresses: str) -> None:
    """Each client sends one heavy query after the other, each a new text."""
    texts = list(HEAVY)
    if Path(folder).is_dir():
        texts += [path.read_text(encoding="utf-8") for path in _bounded(Path(folder))]
    for number in range(CLIENTS):
        threading.Thread(target=_hostile, args=(prefix, texts, number, f"127.0.0.{2 + number % int(addresses)}"), daemon=True).start()
    threading.Event().wait()


def _bounded(folder: Path) -> list[Path]:
    """Of the hostile inputs those that only a limit of time or memory ends (the first group of their index)."""
    rows = (line.split("\t") for line in (folder / "INDEX.tsv").read_text(encoding="utf-8").splitlines())
    return [folder / name for name, group, must in rows if group == "query" and must.startswith("408/503")]


def _hostile(prefix: str, texts: list[str], number: int, address: str) -> None:
    target = urlsplit(prefix)
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60, source_address=(address, 0))
    for turn in itertools.count(number):
        _ask(connection, f"{target.path}?{target.query}{quote(f'{texts[turn % len(texts)]} # {number}.{turn}', safe='')}")
        time.sleep(PAUSE_S)


def slow(prefix: str, addresses: str) -> None:
    """Half a head, half a body, or a reader that does not read; whoever is cut off comes back."""
    target = urlsplit(prefix)
    host = f"Host: {target.netloc}\r\n"
    sent = (
        f"GET {target.path} HTTP/1.1\r\n{host}Accept: text".encode(),
        f"POST {target.path} HTTP/1.1\r\n{host}Content-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nSELECT".encode(),
        f"GET {target.path}?{target.query}{quote(_ENDLESS, safe='')} HTTP/1.1\r\n{host}Accept: {_ACCEPT['Accept']}\r\n\r\n".encode(),
    )
    held: list[socket.socket | None] = [None] * STALLED
    while True:
        for number, stalled in enumerate(held):
            if stalled is None or (number % 3 < 2 and _cut_off(stalled)):
                with contextlib.suppress(OSError):
                    held[number] = _stall((target.hostname, target.port), sent[number % 3], f"127.0.0.{2 + number % int(addresses)}")
        time.sleep(0.5)


def _stall(server: tuple[str, int], data: bytes, address: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.bind((address, 0))
    connection.settimeout(5)
    connection.connect(server)
    connection.sendall(data)
    connection.setblocking(False)
    return connection


def _cut_off(connection: socket.socket) -> bool:
    try:
        ended = connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        ended = True
    if ended:
        connection.close()
    return ended


if __name__ == "__main__":
    {"probe": probe, "heavy": heavy, "slow": slow}[sys.argv[1]](*sys.argv[2:])
