"""The servers under comparison: each started by its script in `servers/`, asked over HTTP, ended with the bench."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent / "servers"
OURS = "cpbm-kg"


@dataclass(frozen=True)
class Peer:
    """A running server: `url` takes a query (or is the static file), `pid` is the process of its script."""

    name: str
    url: str
    pid: int

    @property
    def query_prefix(self) -> str:
        """What precedes an encoded query in a GET."""
        return self.url + ("&" if "?" in self.url else "?") + "query="

    def processor_s(self) -> float:
        """Processor time of all its processes that live, in seconds."""
        return sum(map(_processor_s, _tree(self.pid)))

    def memory_bytes(self) -> int:
        """As `memory_bytes` of its process."""
        return memory_bytes(self.pid)

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def memory_bytes(pid: int) -> int:
    """Memory of a process and all its children, what they share counted once (proportional shares, proc(5)); 0 when it is gone."""
    return sum(map(_share_bytes, _tree(pid)))


@dataclass(frozen=True)
class Behind:
    """Below the address of a server: where it is asked, takes graphs and takes updates; and who may change it."""

    query: str
    graphs: str
    update: str
    login: str = ""


BEHIND = {
    "virtuoso": Behind("/sparql?timeout={ms}", "/sparql-graph-crud-auth", "/sparql-auth", "dba:dba"),
    "oxigraph": Behind("/query", "/store", "/update"),
}


@contextlib.contextmanager
def started(wanted: dict[str, Path], port: int, environment: Mapping[str, str] | None = None) -> Iterator[dict[str, Peer]]:
    """Start each script on its data, at `port` and every second one after it; who cannot start is said and absent. What
    `environment` holds comes on top of our own."""
    processes: dict[str, subprocess.Popen] = {}
    peers: dict[str, Peer] = {}
    try:
        for number, (name, data) in enumerate(wanted.items()):
            processes[name] = process = subprocess.Popen(
                [SCRIPTS / f"{name}.sh", str(port + 2 * number), str(data)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, encoding="utf-8", errors="replace", start_new_session=True,
                env=os.environ | dict(environment or {}))
            word, _, url = process.stdout.readline().strip().partition(" ")
            if word == "ready":
                peers[name] = Peer(name, url, process.pid)
            else:
                print(f"{name} is absent: {(process.stderr.read().strip() or 'it did not start').splitlines()[-1]}", file=sys.stderr)
        yield peers
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            _ended(process)


def _ended(process: subprocess.Popen) -> None:
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                yield from _tree(int(child))


def _processor_s(pid: int) -> float:
    try:
        return time.clock_gettime((~pid << 3) | 2)  # Linux: the clock of a process is named by its number
    except OSError:
        return 0.0


def _share_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
