"""The engine of the service: queries run in workers that are killed at the deadline and replaced.

The store lives in a zygote process (`worker`); this side, in one event loop, holds a channel to each worker, a
deadline for each query, and the lanes (`fairness`). A query that nobody waits for any more is cancelled like any task
of the loop, and its worker killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial

from cpbm_kg.engine import Answer, Query, messages
from cpbm_kg.engine.fairness import OF_PROCESSOR, OF_WALL, Lanes, Run
from cpbm_kg.engine.source import REMOTE, Source
from cpbm_kg.errors import CpbmError, EngineFailureError, Message, OverloadedError, QueryError, QueryTimeoutError, UpstreamTimeoutError
from cpbm_kg.settings import ROOT

_PATIENCE_S = 5.0  # a zygote that has not forked after this long is started again
_PAUSE_S = 0.5
_AWAKE_S = 500e-6  # how long the loop does not sleep while one query runs alone: to be woken costs more than most queries


@dataclass(frozen=True)
class Limits:
    """What bounds the queries of a pool: `workers` at a time and as many slow ones beside them, `slow_per_client` of
    one address among those; each at most `timeout_s` seconds from its arrival, waiting included; bytes of an answer,
    and bytes that a worker may take beyond what it inherited."""

    workers: int
    timeout_s: float
    answer_bytes: int
    worker_bytes: int
    slow_per_client: int = 1


class _DeadWorkerError(Exception):
    """The worker was gone before it took the query: another may have it."""


class _Worker(asyncio.Protocol):
    """A forked child and our end of its channel. Its process is named by a descriptor, so a kill never meets another
    process with its number."""

    def __init__(self, pid: int, process: int, longest: int):
        self.pid = pid
        self._process = process
        self._longest = longest
        self._buffer = bytearray()
        self._reply: asyncio.Future | None = None
        self._transport: asyncio.Transport | None = None
        self.alive = True

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) < messages.LENGTH.size:
            return
        (size,) = messages.LENGTH.unpack_from(self._buffer)
        if size > self._longest:
            self.fail(_died())
        elif len(self._buffer) >= messages.LENGTH.size + size and self._reply and not self._reply.done():
            self._reply.set_result(memoryview(self._buffer)[messages.LENGTH.size:])
            self._buffer = bytearray()

    def connection_lost(self, error: Exception | None) -> None:
        self.alive = False
        if self._reply and not self._reply.done():
            self._reply.set_exception(_died())

    async def ask(self, request: bytes, lonely: Callable[[], bool]) -> Answer | CpbmError:
        """Send a request and wait for its reply, for a moment without sleep while it is `lonely`; raises the error that
        `fail` was given, or EngineFailureError."""
        if not self.alive:
            raise _DeadWorkerError
        loop = asyncio.get_running_loop()
        self._reply = loop.create_future()
        self._transport.write(request)
        until = loop.time() + _AWAKE_S
        while lonely() and not self._reply.done() and loop.time() < until:
            await asyncio.sleep(0)
        try:
            return messages.read_reply(*messages.unframe(await self._reply))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _died() from None

    def fail(self, error: QueryError) -> None:
        """End the query with `error`, and the process with it."""
        self.kill()
        if self._reply and not self._reply.done():
            self._reply.set_exception(error)

    def kill(self) -> None:
        try:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        except (ProcessLookupError, OSError):
            pass

    def close(self) -> None:
        self.kill()
        self._transport.abort()
        os.close(self._process)


class WorkerPool:
    """Open it with `await WorkerPool.open(…)`; everything but the zygote's own work happens in that event loop."""

    def __init__(self, source: Source, limits: Limits):
        self.source = source
        self.limits = limits
        self.lanes = Lanes(limits.workers, limits.workers, limits.slow_per_client, OF_WALL if source.kind == REMOTE else OF_PROCESSOR)
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._missing = asyncio.Semaphore(2 * limits.workers)
        self._forker = ThreadPoolExecutor(1, "forker")
        self._control: socket.socket | None = None
        self._zygote: subprocess.Popen | None = None
        self._refiller: asyncio.Task | None = None
        self._closing = False

    @classmethod
    async def open(cls, source: Source, limits: Limits) -> WorkerPool:
        """Start the zygote on `source`; raises its error where it cannot be opened."""
        pool = cls(source, limits)
        try:
            await pool._in_forker(pool._start_zygote)
        except BaseException:
            pool._forker.shutdown()
            raise
        pool._refiller = asyncio.create_task(pool._refill())
        return pool

    @property
    def zygote_pid(self) -> int:
        return self._zygote.pid

    async def answer(self, query: Query, formats: messages.Formats, client: str = "") -> Answer:
        """As `Engine.answer`; also raises QueryTimeoutError, TooManyError and OverloadedError (no place for it), and
        EngineFailureError (its worker died). `client` is the address that asks; empty for our own queries."""
        limit = min(self.limits.timeout_s, query.timeout_s or self.limits.timeout_s)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        key = hash((query, limit))
        self.lanes.refuse_remembered(key)
        run = Run(client, query.text)
        await self.lanes.enter(run, deadline)
        request = messages.request(query, formats, deadline - loop.time(), self.lanes.lonely)
        try:
            reply = await self._ask(run, request, deadline, limit)
        except QueryTimeoutError:
            self.lanes.remember_timeout(key, run)
            raise
        finally:
            self.lanes.leave(run)
        if isinstance(reply, Answer):
            return reply
        raise reply

    async def close(self) -> None:
        """End the zygote and all workers; no query may be running."""
        self._closing = True
        self._missing.release()
        await self._refiller
        await self._in_forker(self._stop_zygote)
        self._forker.shutdown()
        while not self._idle.empty():
            self._idle.get_nowait().close()
        await asyncio.sleep(0)  # the loop lets go of their channels

    async def _ask(self, run: Run, request: bytes, deadline: float, limit: float) -> Answer | CpbmError:
        """The reply of a worker, which goes back to its place or is ended and replaced."""
        while True:
            worker = await self._take(deadline)
            self.lanes.watch(run, worker.pid, worker.fail, partial(self._expire, run, worker, limit), deadline)
            reply = None
            try:
                reply = await worker.ask(request, lambda: self.lanes.lonely)
                run.spend()
                return reply
            except _DeadWorkerError:
                continue
            finally:
                run.stop_watching()
                if reply is None or run.slow:
                    worker.close()
                    self._missing.release()
                else:
                    self._idle.put_nowait(worker)

    def _expire(self, run: Run, worker: _Worker, limit: float) -> None:
        run.spend()
        kind = UpstreamTimeoutError if self.source.kind == REMOTE else QueryTimeoutError
        worker.fail(kind(
            Message(f"la requête a dépassé {limit:g} s", f"the query took more than {limit:g} s"),
            Message("restreignez-la (un type, un graphe, LIMIT), ou téléchargez les exports", "narrow it (a type, a graph, LIMIT), or download the exports")))

    async def _take(self, deadline: float) -> _Worker:
        try:
            return self._idle.get_nowait()
        except asyncio.QueueEmpty:
            pass
        try:
            async with asyncio.timeout_at(deadline):
                return await self._idle.get()
        except TimeoutError:
            raise OverloadedError(Message("aucun processus n'est prêt", "no process is ready"),
                                  Message("réessayez dans un instant", "try again in a moment")) from None

    async def _refill(self) -> None:
        """Fork a worker for every place that lacks one; a zygote that does not answer is started again."""
        loop = asyncio.get_running_loop()
        longest = self.limits.answer_bytes + messages.LARGEST_HEAD
        while True:
            await self._missing.acquire()
            if self._closing:
                return
            try:
                ours, pid, process = await self._in_forker(self._fork)
            except (OSError, EOFError):
                self._missing.release()
                await self._in_forker(self._restart_zygote)
                continue
            _, worker = await loop.create_connection(lambda: _Worker(pid, process, longest), sock=ours)
            self._idle.put_nowait(worker)

    async def _in_forker(self, work):
        """The zygote is spoken to in one thread, so that the loop never waits for it."""
        return await asyncio.get_running_loop().run_in_executor(self._forker, work)

    def _fork(self) -> tuple[socket.socket, int, int]:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [messages.FORK], [theirs.fileno()])
            pid, _ = messages.receive(self._control)
            ours.setblocking(False)
            return ours, pid, os.pidfd_open(pid)
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
                [sys.executable, "-m", "cpbm_kg.engine.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": path})
        self._control.sendall(messages.frame([asdict(self.source), self.limits.answer_bytes, self.limits.worker_bytes]))
        failure, _ = messages.receive(self._control)
        if failure is not None:
            self._stop_zygote()
            raise messages.read_reply(failure, b"")
        self._control.settimeout(_PATIENCE_S)

    def _stop_zygote(self) -> None:
        self._control.close()
        self._zygote.kill()
        self._zygote.wait()


class PooledEngine:
    """A pool as an `Engine` for threads: each call waits for the pool's loop."""

    def __init__(self, pool: WorkerPool, loop: asyncio.AbstractEventLoop, thread: threading.Thread | None = None):
        self.pool = pool
        self._loop = loop
        self._thread = thread

    @classmethod
    def on_own_loop(cls, source: Source, limits: Limits) -> PooledEngine:
        """A pool on an event loop in a thread of its own, for servers that have none; raises as `WorkerPool.open`."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run, args=(loop,), name="pool", daemon=True)
        thread.start()
        try:
            return cls(asyncio.run_coroutine_threadsafe(WorkerPool.open(source, limits), loop).result(), loop, thread)
        except BaseException:
            _stop(loop, thread)
            raise

    def answer(self, query: Query, formats: messages.Formats, client: str = "") -> Answer:
        """As `WorkerPool.answer`."""
        return asyncio.run_coroutine_threadsafe(self.pool.answer(query, formats, client), self._loop).result()

    def close(self) -> None:
        """End the pool and its loop; for an engine on its own loop."""
        asyncio.run_coroutine_threadsafe(self.pool.close(), self._loop).result()
        _stop(self._loop, self._thread)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def _died() -> EngineFailureError:
    return EngineFailureError(
        Message("le processus de cette requête s'est arrêté (mémoire ou profondeur)", "this query's process ended (memory or depth)"),
        Message("simplifiez la requête", "simplify the query"))
