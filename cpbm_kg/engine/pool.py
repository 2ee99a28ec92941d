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
from cpbm_kg.engine import worker as messages
from cpbm_kg.engine.fairness import Run, SlowLane
from cpbm_kg.engine.screening import screen
from cpbm_kg.errors import CpbmError, EngineFailureError, Message, OverloadedError, QueryError, QueryTimeoutError
from cpbm_kg.media import Form, Format
from cpbm_kg.settings import ROOT

_PATIENCE_S = 5.0  # a zygote that has not forked after this long is started again
_PAUSE_S = 0.5


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


class _DeadWorkerError(Exception):
    """The worker was gone before it took the query: another may have it."""


class PooledEngine:
    """`workers` queries at a time, at most half of them slow, each at most `timeout_s` seconds from its arrival,
    waiting included."""

    def __init__(self, source: Path, *, workers: int, timeout_s: float, answer_bytes: int, worker_bytes: int):
        """Start the zygote on `source`, a release's folder or an RDF file; raises its error where it cannot be read."""
        self._arguments = [str(source), str(answer_bytes), str(worker_bytes)]
        self._timeout_s = timeout_s
        self._change = threading.Condition()
        self._idle: list[_Worker] = []
        self._missing = workers
        self._closed = False
        self._lane = SlowLane(max(1, workers // 2))
        self._start_zygote()
        self._refiller = threading.Thread(target=self._refill, name="refill", daemon=True)
        self._refiller.start()

    def answer(self, query: Query, formats: Mapping[Form, Format | None]) -> Answer:
        """As `Engine.answer`; also raises QueryTimeoutError, OverloadedError (no worker came free in time) and
        EngineFailureError (the query's worker died)."""
        screen(query.text)
        limit = min(self._timeout_s, query.timeout_s or self._timeout_s)
        deadline = time.monotonic() + limit
        while True:
            try:
                reply = self._run(self._take(deadline), query, formats, deadline, limit)
            except _DeadWorkerError:
                continue
            if isinstance(reply, Answer):
                return reply
            raise messages.unpacked(*reply)

    def close(self) -> None:
        """End the zygote and all workers; no query may be running."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._refiller.join()
        self._lane.close()
        self._stop_zygote()
        while self._idle:
            self._idle.pop().close()

    def _run(self, worker: _Worker, query: Query, formats: Mapping[Form, Format | None], deadline: float, limit: float):
        """The worker's reply; the worker goes back to its place, or is ended and replaced."""
        run = Run(worker.pid, worker.kill)
        reply = None
        self._lane.enter(run)
        try:
            worker.channel.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                messages.send(worker.channel, (query, dict(formats)))
            except (BrokenPipeError, ConnectionResetError):
                raise _DeadWorkerError from None
            reply = messages.receive(worker.channel)
        except (OSError, EOFError) as error:
            raise _reason(error, run, limit) from None
        finally:
            self._lane.leave(run)
            if reply is None or run.slow:
                worker.close()
                worker = None
            self._give(worker)
        return reply

    def _take(self, deadline: float) -> _Worker:
        with self._change:
            if not self._change.wait_for(lambda: self._idle, max(0.0, deadline - time.monotonic())):
                raise OverloadedError(
                    Message("toutes les places sont prises", "all places are taken"),
                    Message("réessayez dans un instant", "try again in a moment"))
            return self._idle.pop()

    def _give(self, worker: _Worker | None) -> None:
        """A place is free again; without a worker it must be filled first."""
        with self._change:
            if worker is None:
                self._missing += 1
            else:
                self._idle.append(worker)
            self._change.notify_all()

    def _refill(self) -> None:
        """Fork a worker for every place that lacks one; a zygote that does not answer is started again."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self._missing or self._closed)
                if self._closed:
                    return
            try:
                worker = self._fork()
            except (OSError, EOFError):
                self._restart_zygote()
                continue
            with self._change:
                self._missing -= 1
                self._idle.append(worker)
                self._change.notify()

    def _fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [messages.FORK], [theirs.fileno()])
            pid = messages.receive(self._control)
            return _Worker(ours, pid, os.pidfd_open(pid))
        except BaseException:
            ours.close()
            raise

    def _restart_zygote(self) -> None:
        """Its workers end with it (`worker.confine`) and are replaced as they are met."""
        self._stop_zygote()
        try:
            self._start_zygote()
        except (OSError, EOFError, CpbmError):
            time.sleep(_PAUSE_S)  # nothing to serve from at the moment; queries wait and are told "overloaded"

    def _start_zygote(self) -> None:
        self._control, theirs = socket.socketpair()
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        with theirs:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "cpbm_kg.engine.worker", str(theirs.fileno()), *self._arguments],
                pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": path})
        if (failure := messages.receive(self._control)) is not None:
            self._stop_zygote()
            raise messages.unpacked(*failure)
        self._control.settimeout(_PATIENCE_S)

    def _stop_zygote(self) -> None:
        self._control.close()
        self._zygote.kill()
        self._zygote.wait()


def _reason(error: Exception, run: Run, limit: float) -> QueryError:
    """Why a query has no answer, in the words of its error."""
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
