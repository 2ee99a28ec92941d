"""Hostile queries and raw HTTP requests against the shipped server: how each ended, how long it took, what it cost.

    python -m hostile [FOLDER]

Ours (hostile_inputs.py) and those of FOLDER (`q-*.rq`, `h-*.http`, and an INDEX.tsv that says what is right), one after
the other. After each, an honest question is timed. Exit 1 where something does not hold.
"""

from __future__ import annotations

import argparse
import csv
import re
import socket
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conftest import ROOT
from hostile_inputs import EITHER, Input, inputs
from servers import RunningServer, serving

FOLDER = ROOT.parent / "shared" / "conformance" / "hostile"
TIMEOUT_S, SLACK_S = 10, 0.5
WORKERS, WORKER_BYTES = 4, 2**30
HONEST_S = 0.05
PATIENCE_S = 40  # how long a half-sent request is watched
SECRET = b"root:x:0:0:"


@dataclass
class Outcome:
    """`status` 0: closed without an answer. `honest_s`: the middle of three ASKs right afterwards."""

    name: str
    status: int
    seconds: float
    note: str = ""
    faults: list[str] = field(default_factory=list)
    honest_s: float = 0.0
    peak_bytes: int = 0


class Watch:
    """Counts who reaches a listener that nobody may reach, and remembers the most memory seen."""

    def __init__(self, server: RunningServer):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.calls = 0
        self.peak_bytes = 0
        self._server = server
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._listen, daemon=True), threading.Thread(target=self._measure, daemon=True)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._over.set()
        self._listener.close()
        self._threads[1].join()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self._listener.accept()[0].close()
            except OSError:
                return
            self.calls += 1

    def _measure(self) -> None:
        while not self._over.wait(0.05):
            self.peak_bytes = max(self.peak_bytes, self._server.memory_bytes())


@contextmanager
def watching(server: RunningServer) -> Iterator[Watch]:
    watch = Watch(server)
    try:
        yield watch
    finally:
        watch.close()


def main() -> int:
    """0 where everything held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder = parser.parse_args().folder
    with serving("--release", ROOT / "release", environment={"CPBM_TIMEOUT_S": str(TIMEOUT_S), "CPBM_WORKERS": str(WORKERS)}) as server, watching(server) as watch:
        before, lasting = server.memory_bytes(), server.lasting_pids()
        print(f"{'input':<34} {'status':>6} {'seconds':>8} {'ASK ms':>7} {'MiB':>6}  remarks")
        outcomes = [_said(judged(server, watch, attempt)) for attempt in attempts(server, watch, folder)]
        faults = [f"{outcome.name}: {fault}" for outcome in outcomes for fault in outcome.faults]
        highest = max(outcome.peak_bytes for outcome in outcomes)
        if highest > before + WORKERS * WORKER_BYTES:
            faults.append(f"memory: {highest >> 20} MiB")
        if server.lasting_pids() != lasting:
            faults.append(f"a lasting process died: {lasting} became {server.lasting_pids()}")
    print(f"\n{len(outcomes)} inputs, memory {before >> 20} MiB before, {highest >> 20} MiB at most, {watch.calls} outgoing calls")
    print("\n".join(["everything held"] if not faults else ["DOES NOT HOLD", *faults]))
    return 1 if faults else 0


def attempts(server: RunningServer, watch: Watch, folder: Path) -> Iterator[Callable[[], Outcome]]:
    """Every input as a function that sends it."""
    if not (folder / "INDEX.tsv").is_file():
        print(f"{folder}: no INDEX.tsv here; only our own inputs are sent", file=sys.stderr)
    for hostile in [*inputs(), *_inputs_of(folder)]:
        yield lambda hostile=hostile: ask(server, watch, hostile, TIMEOUT_S + SLACK_S)
    for path in sorted(folder.glob("h-*.http")):
        yield lambda path=path: send(server, path)
    yield lambda: leave(server)
    yield lambda: linger(server, 200)


def judged(server: RunningServer, watch: Watch, attempt: Callable[[], Outcome]) -> Outcome:
    """The outcome of an attempt, with what it left behind: calls, a busy server, memory."""
    calls, watch.peak_bytes = watch.calls, 0
    outcome = attempt()
    times = []
    for _ in range(3):
        start = time.monotonic()
        status, _, body = server.query("ASK {}", "application/sparql-results+json")
        times.append(time.monotonic() - start)
        if status != 200 or b"true" not in body:
            outcome.faults.append(f"afterwards ASK gets {status}")
    outcome.honest_s, outcome.peak_bytes = statistics.median(times), watch.peak_bytes
    if outcome.honest_s > HONEST_S:
        outcome.faults.append(f"afterwards ASK takes {outcome.honest_s * 1000:.0f} ms")
    if watch.calls != calls:
        outcome.faults.append("it made the server call out")
    return outcome


def ask(server: RunningServer, watch: Watch, hostile: Input, longest_s: float) -> Outcome:
    """Send a query text by POST; it must end in one of its statuses, in time, and tell no secret."""
    text = hostile.text.replace(b"{CANARY}", str(watch.port).encode())
    start = time.monotonic()
    try:
        status, headers, body = server.get("/sparql", text, Content_Type="application/sparql-query", Accept="application/sparql-results+json, text/turtle;q=0.5")
    except (urllib.error.URLError, ConnectionError, OSError) as error:
        return Outcome(hostile.name, 0, time.monotonic() - start, faults=[f"no answer: {error}"])
    outcome = Outcome(hostile.name, status, time.monotonic() - start, note=_title(body) if status >= 400 else f"{len(body)} bytes")
    if status not in hostile.statuses:
        outcome.faults.append(f"status {status} instead of {'/'.join(map(str, sorted(hostile.statuses)))}")
    if outcome.seconds > (hostile.longest_s or longest_s):
        outcome.faults.append(f"it took {outcome.seconds:.2f} s")
    if SECRET in body:
        outcome.faults.append("it read a file")
    return outcome


def send(server: RunningServer, path: Path) -> Outcome:
    """Send the bytes of a file as they are; all answers until the connection ends or nothing comes any more."""
    data = path.read_bytes().replace(b"{HOST}", f"127.0.0.1:{server.port}".encode()).replace(b"{PATH}", b"/sparql")
    received, end, seconds = _talk(server, data, PATIENCE_S if "slow" in path.stem else 2)
    statuses = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]
    outcome = Outcome(path.stem, statuses[0] if statuses else 0, seconds, f"{len(statuses)} answers, then {end}")
    if any(status >= 500 for status in statuses):
        outcome.faults.append(f"status {max(statuses)}")
    if len(statuses) > max(1, data.count(b"HTTP/1.1\r\n")):
        outcome.faults.append("more answers than requests")
    if re.search(rb"^Location: .*evil\.example", received, re.MULTILINE | re.IGNORECASE) or SECRET in received or b"<script>alert" in received:
        outcome.faults.append("it gives back what it must not")
    return outcome


def leave(server: RunningServer) -> Outcome:
    """Ask what never ends and go away: two seconds later nothing may be working at it any more."""
    text = inputs()[0].text
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
        time.sleep(0.3)
    time.sleep(2)
    return Outcome("disconnect-from-an-endless-query", 0, 2.3, faults=["the query goes on without its client"] if server.slow_workers() else [])


def linger(server: RunningServer, connections: int) -> Outcome:
    """Hold many requests open that never send their bodies: honest ones pass all the same."""
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(connections)]
    start = time.monotonic()
    try:
        for connection in held:
            connection.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 1000\r\n\r\nASK")
        time.sleep(0.5)
        try:
            honest = _status_within(server, 5)
        except OSError:
            honest = 0
    finally:
        for connection in held:
            connection.close()
    outcome = Outcome(f"{connections}-bodies-that-never-come", honest, time.monotonic() - start)
    if honest != 200:
        outcome.faults.append("honest requests wait behind them")
    time.sleep(1)
    return outcome


def _talk(server: RunningServer, data: bytes, patience_s: float) -> tuple[bytes, str, float]:
    """What came back, how it ended, and the seconds until the last byte of it (until the end where nothing came)."""
    received, start, last = b"", time.monotonic(), 0.0
    end = "closed"
    with socket.create_connection(("127.0.0.1", server.port), timeout=patience_s) as connection:
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                received += part
                last = time.monotonic() - start
        except TimeoutError:
            end = f"open after {patience_s} s"
        except (ConnectionResetError, BrokenPipeError):
            end = "reset"
    return received, end, last or time.monotonic() - start


def _status_within(server: RunningServer, patience_s: float) -> int:
    with urllib.request.urlopen(server.url + "/sparql?query=ASK%7B%7D", timeout=patience_s) as response:
        return response.status


def _inputs_of(folder: Path) -> Iterator[Input]:
    if not (folder / "INDEX.tsv").is_file():
        return
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        wanted = {row["file"]: row["must"] for row in csv.DictReader(file, delimiter="\t")}
    for path in sorted(folder.glob("q-*.rq")):
        yield Input(path.stem, path.read_bytes(), _statuses(wanted[path.name]), 1.0 if "in < 1 s" in wanted[path.name] else None)


def _statuses(must: str) -> frozenset[int]:
    """The statuses that a sentence of INDEX.tsv names; 413 or 406 where it says "refused"; 200 where it speaks of an answer."""
    named = {int(code) for code in re.findall(r"\b[245]\d\d\b", must)}
    if re.search(r"answered|right|survives|valid|escaped|text/csv", must):
        named |= {200, 400}
    return frozenset(named or EITHER)


def _title(body: bytes) -> str:
    found = re.search(rb'"title@en": "((?:[^"\\]|\\.){0,70})', body)
    return found[1].decode() if found else repr(body[:60])


def _said(outcome: Outcome) -> Outcome:
    remarks = "; ".join([*(f"! {fault}" for fault in outcome.faults), outcome.note])
    print(f"{outcome.name:<34} {outcome.status or 'none':>6} {outcome.seconds:8.2f} {outcome.honest_s * 1000:7.1f} {outcome.peak_bytes >> 20:6}  {remarks}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
