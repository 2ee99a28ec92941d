"""The engine of the service: queries run in workers that are killed at the deadline and replaced.

The store lives in a zygote process (`worker`); this side holds one channel to each worker and a deadline for each
query. Measured on a prototype: +40-50 µs a query, a fork 1.2 ms at 4 thousand triples (architecture.md, 3).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg.engine import Answer, Query
from cpbm_kg.engine import worker as protocol
from cpbm_kg.engine.fairness import Run, SlowLane
from cpbm_kg.engine.screening import screen
from cpbm_kg.errors import EngineFailureError, Message, OverloadedError, QueryError, QueryTimeoutError
from cpbm_kg.media import Form, Format
from cpbm_kg.settings import ROOT


@dataclass
class _Worker:
    """A forked child. Its process is named by a descriptor, so a kill never meets another process with its number."""

    channel: socket.socket
    pid: int
    process: int

    def kill(self) -> None:
        try:
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        self.kill()
        self.channel.close()
        os.close(self.process)


class PooledEngine:
    """`workers` queries at a time, at most half of them slow, each at most `timeout_s` seconds from its arrival,
    waiting included."""

    def __init__(self, source: Path, *, workers: int, timeout_s: float, answer_bytes: int, worker_bytes: int):
        """Start the zygote on `source`, a release's folder or an RDF file; raises its error where it cannot be read."""
        self._arguments = [str(source), str(answer_bytes), str(worker_bytes)]
        self._timeout_s = timeout_s
        self._control_lock = threading.Lock()
        self._change = threading.Condition()
        self._idle: list[_Worker] = []
        self._lane = SlowLane(max(1, workers // 2))
        self._start_zygote()
        for _ in range(workers):
            self._idle.append(self._fork())

    def answer(self, query: Query, formats: Mapping[Form, Format | None]) -> Answer:
        """As `Engine.answer`; also raises QueryTimeoutError, OverloadedError (no worker came free in time) and
        EngineFailureError (the query's worker died)."""
        screen(query.text)
        limit = min(self._timeout_s, query.timeout_s or self._timeout_s)
        deadline = time.monotonic() + limit
        worker = self._take(deadline)
        run = Run(worker.pid, worker.kill)
        self._lane.enter(run)
        reply = None
        try:
            worker.channel.settimeout(max(0.001, deadline - time.monotonic()))
            protocol.send(worker.channel, (query, dict(formats)))
            reply = protocol.receive(worker.channel)
        except (OSError, EOFError) as error:
            raise self._reason(error, run, limit) from None
        finally:
            self._lane.leave(run)
            if run.slow or reply is None:
                worker.close()
                worker = self._fork()
            self._give(worker)
        if isinstance(reply, Answer):
            return reply
        raise protocol.unpacked(*reply)

    def close(self) -> None:
        """End the zygote and all workers; no query may be running."""
        self._lane.close()
        self._stop_zygote()
        while self._idle:
            self._idle.pop().close()

    @staticmethod
    def _reason(error: Exception, run: Run, limit: float) -> QueryError:
        if run.evicted:
            return OverloadedError(
                Message("trop de requêtes lentes à la fois : celle-ci, la plus ancienne, a cédé sa place",
                        "too many slow queries at a time: this one, the oldest, gave up its place"),
                Message("réessayez plus tard, ou restreignez-la", "try again later, or narrow it"))
        if isinstance(error, TimeoutError):
            return QueryTimeoutError(
                Message(f"la requête a dépassé {limit:g} s", f"the query took more than {limit:g} s"),
                Message("restreignez-la (un type, un graphe, LIMIT), ou téléchargez les exports", "narrow it (a type, a graph, LIMIT), or download the exports"))
        return EngineFailureError(
            Message("le processus de cette requête s'est arrêté (mémoire ou profondeur)", "this query's process ended (memory or depth)"),
            Message("simplifiez la requête", "simplify the query"))

    def _take(self, deadline: float) -> _Worker:
        with self._change:
            if not self._change.wait_for(lambda: self._idle, deadline - time.monotonic()):
                raise OverloadedError(
                    Message("toutes les places sont prises", "all places are taken"),
                    Message("réessayez dans un instant", "try again in a moment"))
            return self._idle.pop()

    def _give(self, worker: _Worker) -> None:
        with self._change:
            self._idle.append(worker)
            self._change.notify()

    def _start_zygote(self) -> None:
        self._control, theirs = socket.socketpair()
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        with theirs:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "cpbm_kg.engine.worker", str(theirs.fileno()), *self._arguments],
                pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": path})
        if (failure := protocol.receive(self._control)) is not None:
            self._stop_zygote()
            raise protocol.unpacked(*failure)

    def _stop_zygote(self) -> None:
        self._control.close()
        self._zygote.kill()
        self._zygote.wait()

    def _fork(self) -> _Worker:
        """A new worker; a zygote that died is started again first."""
        ours, theirs = socket.socketpair()
        with theirs, self._control_lock:
            try:
                return self._ask(ours, theirs)
            except (OSError, EOFError):
                self._stop_zygote()
                self._start_zygote()
                return self._ask(ours, theirs)

    def _ask(self, ours: socket.socket, theirs: socket.socket) -> _Worker:
        socket.send_fds(self._control, [protocol.FORK], [theirs.fileno()])
        pid = protocol.receive(self._control)
        return _Worker(ours, pid, os.pidfd_open(pid))
