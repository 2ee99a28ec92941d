"""Requests as fast as a server takes them: wrk on a fixed number of connections, with queries that never repeat.

wrk and not a Python client: against a static file it asks for about 60,000 a second a core, above what any peer
here serves but nginx (the ceiling is measured in the same run, as the row of nginx).
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from peers import SCRIPTS, Peer

CONNECTIONS = 16
JSON, NTRIPLES = "application/sparql-results+json", "application/n-triples"


@dataclass(frozen=True)
class Load:
    """What one server did for some seconds: requests per second, latencies and processor time in microseconds;
    `others` is the share of all processors that neither the server nor wrk had: other work on the machine."""

    per_second: float
    p50_us: float
    p99_us: float
    failed: int
    processor_us: float
    others: float


class BenchError(Exception):
    """The measurement itself failed, so there is no figure."""


def same(peer: Peer, query: str | None, seconds: float) -> Load:
    """The same request again and again; without a query the URL as it is."""
    return _wrk(peer, peer.url if query is None else peer.query_prefix + quote(query, safe=""), seconds)


def different(peer: Peer, queries: Path, seconds: float) -> Load:
    """One query of the file (see `write_queries`) after the other, each made a new text by a counter in a comment."""
    return _wrk(peer, peer.query_prefix, seconds, queries)


def write_queries(path: Path, queries: Iterable[str]) -> Path:
    """A file for `different`: a query a line, encoded, led by the letter of the format that it asks for."""
    with open(path, "w", encoding="ascii") as file:
        for query in queries:
            file.write(("G" if query.startswith("CONSTRUCT") else "S") + quote(query, safe="") + "\n")
    return path


_calls = itertools.count()


def _wrk(peer: Peer, url: str, seconds: float, queries: Path | None = None) -> Load:
    before = peer.processor_s(), _wrk_s(), _busy_s()
    begun = time.monotonic()
    script = Path(__file__).with_name("load.lua")
    done = subprocess.run(
        [SCRIPTS / "wrk.sh", "--threads", "2", "--connections", str(CONNECTIONS), "--duration", f"{seconds:.0f}s", "--timeout", "30s",
         "--script", script, url, "--", JSON, NTRIPLES, str(next(_calls)), *([queries] if queries else [])],
        capture_output=True, encoding="utf-8", timeout=seconds + 60)
    spent, by_wrk, busy = (now - then for now, then in zip((peer.processor_s(), _wrk_s(), _busy_s()), before))
    others = max(0.0, busy - spent - by_wrk) / (time.monotonic() - begun) / os.cpu_count()
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise BenchError(f"wrk on {peer.name}: {done.stderr or done.stdout}") from None
    answered = told["requests"] - told["failed"]
    return Load(answered / told["seconds"], told["p50"], told["p99"], told["failed"], spent / max(1, told["requests"]) * 1e6, others)


def _wrk_s() -> float:
    """Processor time of the children that have ended, wrk among them, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy_s() -> float:
    """Seconds that all processors together have not been idle (proc(5), /proc/stat)."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:])
    return (user + nice + system + sum(interrupts[:3])) / os.sysconf("SC_CLK_TCK")
