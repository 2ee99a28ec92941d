"""Two lanes: honest queries pass, heavy ones share what is left.

A plain pool starves under hostile queries (a 0.95 ms query took 4.2 s; architecture.md, 4). So a query that has used
some 30 ms of its *own* processor time moves to the slow lane: idle priority, few places, one for each client, and none
for long while others wait. A query of a shape that was slow lately begins there, so a repeated attack costs nothing.
Who waits for a fast place is served client by client. Everything here runs in one event loop: no locks.

Where another server evaluates, our processes only wait: there a query is slow by the time that passes.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from cachetools import TTLCache

from cpbm_kg.errors import Message, OverloadedError, QueryError, TooManyError

_WARY = 1 / 4  # the share of it for a client whose slow queries have just been refused
WARY_FOR_S = 5.0
CROWDED_FOR_S = 0.05
FAIR_SHARE_S = 1.0  # a slow query keeps its place at least this long
REMEMBERED_S = 60.0
_REMEMBERED = 4096
# What changes between two queries of one shape: comments, strings, names of variables, numbers, white space.
_ACCIDENTAL = re.compile(r"""#[^\n]*+|"[^"\n]*+"|'[^'\n]*+'|[?$](\w++)|\d++|\s++""")
_LONGEST_SHAPE = 8192


@dataclass(frozen=True)
class Pace:
    """By what a query is weighed: `clock`, of the process that has it, in seconds, and how much of it is honest."""

    clock: Callable[[int], float]
    honest_s: float


def shape(text: str) -> int:
    """The same for queries that differ in constants and in the names of their variables alone; a long text is its own
    shape, so that this stays cheap."""
    if len(text) > _LONGEST_SHAPE:
        return hash(text)
    names: dict[str, str] = {}
    return hash(_ACCIDENTAL.sub(lambda found: names.setdefault(found[1], f"?{len(names)}") if found[1] else " ", text))


@dataclass(eq=False)
class Run:
    """A query on its way: who asked (empty: ourselves), its text, and, once a worker has it, how to end it with an
    error and which process's time it uses."""

    client: str
    text: str = field(repr=False)
    end: Callable[[QueryError], None] | None = None
    expire: Callable[[], None] | None = None
    deadline: float = 0.0
    pid: int = 0
    clock: Callable[[int], float] | None = None
    allowance_s: float = 0.0
    used_before_s: float = 0.0
    spent_s: float | None = None  # once it has ended by itself or by its deadline
    slow_since_s: float | None = None
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    @cached_property
    def shape(self) -> int:
        """Asked for only while some shape is known to be slow."""
        return shape(self.text)

    @property
    def slow(self) -> bool:
        return self.slow_since_s is not None

    def used_s(self) -> float:
        """What the query has used since it began, by its clock, in seconds."""
        return self.clock(self.pid) - self.used_before_s

    def stop_watching(self) -> None:
        """Its timer will not come."""
        if self.timer:
            self.timer.cancel()
            self.timer = None

    def spend(self) -> None:
        """Note what it has used, while its process still stands."""
        self.spent_s = self.used_s()


class Lanes:
    """`fast` and `slow` are numbers of places, `per_client` the slow places that one address may hold."""

    def __init__(self, fast: int, slow: int, per_client: int, pace: Pace):
        self._pace = pace
        self._fast_places = self._fast_free = fast
        self._crowded_at_s = 0.0
        self._slow_places = slow
        self._per_client = per_client
        self._slow: dict[Run, None] = {}
        self._waiting: OrderedDict[str, deque[asyncio.Future]] = OrderedDict()
        self._slow_shapes: TTLCache[int, bool] = TTLCache(_REMEMBERED, REMEMBERED_S)
        self._timed_out: TTLCache[int, float] = TTLCache(_REMEMBERED, REMEMBERED_S)
        self._refused: TTLCache[str, bool] = TTLCache(_REMEMBERED, WARY_FOR_S)

    @property
    def slow_runs(self) -> int:
        return len(self._slow)

    @property
    def lonely(self) -> bool:
        """Whether queries come one at a time, and did so for a while."""
        return not self._crowded and time.monotonic() - self._crowded_at_s > CROWDED_FOR_S

    @property
    def _crowded(self) -> bool:
        return self._fast_free < self._fast_places - 1 or bool(self._slow)

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    async def enter(self, run: Run, deadline: float) -> None:
        """A place for `run`, in the loop's time at the latest at `deadline`; raises TooManyError (this client has its
        slow places already) and OverloadedError (no place came free)."""
        if self._slow_shapes.currsize and run.shape in self._slow_shapes:
            self._make_room(run)
            self._slow[run] = None
            run.slow_since_s = time.monotonic()
        elif self._fast_free:
            self._fast_free -= 1
        else:
            await self._wait(run.client, deadline)
        if self._crowded:
            self._crowded_at_s = time.monotonic()

    def watch(self, run: Run, pid: int, end: Callable[[QueryError], None], expire: Callable[[], None], deadline: float) -> None:
        """`run` begins on the process `pid`; at `deadline`, in the loop's time, `expire` ends it."""
        loop = asyncio.get_running_loop()
        run.pid, run.end, run.expire, run.deadline = pid, end, expire, deadline
        run.clock, run.used_before_s = self._pace.clock, self._pace.clock(pid)
        run.stop_watching()
        if run.slow:
            _demote(pid)
            run.timer = loop.call_at(deadline, expire)
        else:  # one timer for both: what is honest, nearly all, never meets it
            run.allowance_s = self._pace.honest_s * (_WARY if run.client in self._refused else 1)
            run.timer = loop.call_at(min(loop.time() + run.allowance_s, deadline), self._weigh, run)

    def leave(self, run: Run) -> None:
        """`run` has ended; its place is free, and its shape is known for what it was."""
        run.stop_watching()
        if not run.slow:
            self._release()
            return
        self._slow.pop(run, None)
        if run.spent_s is not None and run.spent_s < self._pace.honest_s:
            self._slow_shapes.pop(run.shape, None)

    def remember_timeout(self, key: int, run: Run) -> None:
        """The text `key` went beyond its limit, and not for want of a place: it had its honest share and more."""
        if run.slow:
            self._timed_out[key] = time.monotonic()

    def refuse_remembered(self, key: int) -> None:
        """Raises OverloadedError for a text that timed out lately: it would again."""
        since = self._timed_out.get(key) if self._timed_out.currsize else None
        if since is not None:
            left = max(1, round(REMEMBERED_S - (time.monotonic() - since)))
            raise OverloadedError(
                Message("cette même requête vient de dépasser sa durée maximale", "this very query has just gone beyond its limit"),
                Message(f"restreignez-la (un type, un graphe, LIMIT), ou réessayez dans {left} s",
                        f"narrow it (a type, a graph, LIMIT), or try again in {left} s"), left)

    def _weigh(self, run: Run) -> None:
        """Is it slow by now? A process uses no more time than passes, so this is asked rarely."""
        loop, used = asyncio.get_running_loop(), run.used_s()
        if loop.time() >= run.deadline:
            run.expire()
            return
        if used < run.allowance_s:
            run.timer = loop.call_at(min(loop.time() + max(0.002, run.allowance_s - used), run.deadline), self._weigh, run)
            return
        run.timer = loop.call_at(run.deadline, run.expire)
        self._slow_shapes[run.shape] = True
        try:
            self._make_room(run)
        except QueryError as refusal:
            if run.client:
                self._refused[run.client] = True
            run.end(refusal)
            return
        self._slow[run] = None
        run.slow_since_s = time.monotonic()
        _demote(run.pid)
        self._release()

    def _make_room(self, run: Run) -> None:
        """A slow place is free afterwards, or this raises why there is none."""
        if run.client and sum(other.client == run.client for other in self._slow) >= self._per_client:
            raise TooManyError(
                Message("une autre requête lente de votre adresse est en cours", "another slow query of your address is running"),
                Message("attendez sa fin, ou restreignez celle-ci", "wait for its end, or narrow this one"))
        if len(self._slow) < self._slow_places:
            return
        oldest = next(iter(self._slow))
        if time.monotonic() - oldest.slow_since_s < FAIR_SHARE_S or oldest.end is None:
            raise OverloadedError(
                Message("toutes les places des requêtes lentes sont prises", "all places for slow queries are taken"),
                Message("réessayez dans un instant, ou restreignez la requête", "try again in a moment, or narrow the query"))
        del self._slow[oldest]
        oldest.end(OverloadedError(
            Message("trop de requêtes lentes à la fois : celle-ci, la plus ancienne, a cédé sa place",
                    "too many slow queries at a time: this one, the oldest, gave up its place"),
            Message("réessayez plus tard, ou restreignez-la", "try again later, or narrow it")))

    async def _wait(self, client: str, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        timer = loop.call_at(deadline, lambda: turn.done() or turn.set_exception(OverloadedError(
            Message("toutes les places sont prises", "all places are taken"), Message("réessayez dans un instant", "try again in a moment"))))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._release()  # the place came and nobody is there to take it
            raise
        finally:
            timer.cancel()

    def _release(self) -> None:
        """Give a fast place to the next client in turn, or keep it free."""
        while self._waiting:
            client, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[client] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._fast_free += 1


def processor_s(pid: int) -> float:
    """The processor time of a process in seconds (Linux: the clock of a process is named by its number); 0 where the
    process is gone, which its channel tells."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


# The honest queries of our pages use under 20 ms of processor time; over a network they wait for much longer than that.
OF_PROCESSOR = Pace(processor_s, 0.03)
OF_WALL = Pace(lambda pid: time.monotonic(), 0.25)


def _demote(pid: int) -> None:
    """Idle priority: it runs when nobody else wants the processor. It cannot be raised again without rights, so the
    worker is replaced afterwards."""
    try:
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    except (ProcessLookupError, PermissionError):
        pass
