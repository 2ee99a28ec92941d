"""The shipped server as a process of its own, for programs and tests that treat it badly.

Its output goes to a file, since nobody reads a pipe while ten thousand requests are logged; its memory and the
number of its processes can be read from outside.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import ROOT, Service

ACTIONS = "SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a a <https://w3id.org/bassin-minier/ontology#Action> }"


class RunningServer(Service):
    """A started server: also its port, its process and what it has written so far."""

    def __init__(self, port: int, process: subprocess.Popen, log: Path):
        super().__init__(f"http://127.0.0.1:{port}")
        self.port = port
        self.process = process
        self.log = log

    def memory_bytes(self) -> int:
        """Resident memory of the whole process tree; a page that forks share counts once (PSS)."""
        return sum(_proportional_bytes(pid) for pid in _tree(self.process.pid))

    def slow_workers(self) -> int:
        """How many workers run at idle priority: those with a slow query, since none is used again afterwards (engine/fairness.py)."""
        return sum(_scheduler(pid) == os.SCHED_IDLE for pid in _tree(self.process.pid))

    def lasting_pids(self) -> set[int]:
        """The processes that must outlive every query: all but the workers, which the process that holds the data forks."""
        return set(_tree(self.process.pid, below=lambda pid: b"cpbm_kg.engine.worker" not in Path(f"/proc/{pid}/cmdline").read_bytes()))


@contextmanager
def serving(*arguments: str | Path, environment: dict[str, str] | None = None) -> Iterator[RunningServer]:
    """Start `cpbm-kg serve` with `arguments` on a free port, wait until it answers, end it afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cpbm_kg", "serve", "--port", str(port), *map(str, arguments)], cwd=ROOT, stdout=log, stderr=log,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(environment or {})})
        server = RunningServer(port, process, Path(log.name))
        try:
            _await_answer(server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_answer(server: RunningServer) -> None:
    for _ in range(600):
        if server.process.poll() is not None:
            raise AssertionError("the server stopped: " + server.log.read_text(encoding="utf-8"))
        try:
            server.get("/health")
            return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer within 30 s")


def _tree(pid: int, below: Callable[[int], bool] = lambda _: True) -> list[int]:
    """`pid` and what descends from it, but nothing from a process of which `below` is false; [] if it has just ended."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir()) if below(pid) else []
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(descendant for child in children for descendant in _tree(child, below))]


def _scheduler(pid: int) -> int | None:
    try:
        return os.sched_getscheduler(pid)
    except ProcessLookupError:  # it has just ended
        return None


def _proportional_bytes(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError:  # smaps belongs to the same user alone; statm to everybody
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
