"""The slow lane: a query that has used more than its share of processor time yields to all others.

A plain pool starves under hostile queries (a 0.95 ms query took 4.2 s); demoting by a worker's *own* processor time,
with few slow places and the oldest slow query evicted when they are full, kept it at 1.9-2.5 ms (architecture.md, 4).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

HONEST_S = 0.05  # of its own processor time; the honest queries of our pages use under 20 ms
_TICK_S = 0.01


@dataclass(eq=False)
class Run:
    """A query on a worker. `evicted` tells its thread why the worker died; `slow` that the worker must not be reused,
    since a lowered priority cannot be raised again without rights."""

    pid: int
    kill: Callable[[], None]
    started_s: float = field(init=False)
    slow: bool = False
    evicted: bool = False

    def __post_init__(self):
        self.started_s = processor_s(self.pid)

    def used_s(self) -> float:
        """Processor time since the query began, in seconds."""
        return processor_s(self.pid) - self.started_s


class SlowLane:
    """Watches the running queries and keeps at most `places` slow ones, the newest."""

    def __init__(self, places: int):
        self._places = places
        self._lock = threading.Lock()
        self._running: dict[Run, None] = {}
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="slow-lane", daemon=True).start()

    def enter(self, run: Run) -> None:
        """A query begins."""
        with self._lock:
            self._running[run] = None

    def leave(self, run: Run) -> None:
        """A query has ended; after this nobody kills its worker."""
        with self._lock:
            self._running.pop(run, None)

    def close(self) -> None:
        """Watch no longer."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(_TICK_S):
            with self._lock:
                for run in self._running:
                    if not run.slow and run.used_s() > HONEST_S:
                        run.slow = True
                        _demote(run.pid)
                slow = [run for run in self._running if run.slow and not run.evicted]
                for run in slow[: max(0, len(slow) - self._places)]:
                    run.evicted = True
                    run.kill()


def processor_s(pid: int) -> float:
    """The processor time of a process in seconds (Linux: the clock of a process is named by its number); 0 where the
    process is gone, which its thread finds out by its channel."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _demote(pid: int) -> None:
    """Idle priority: it runs when nobody else wants the processor."""
    try:
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    except (ProcessLookupError, PermissionError):
        pass
