"""The first to see a request: an RSGI application in one event loop, before Flask and before the engine.

It answers what it has answered before from the cache of the release, takes bodies in without holding a thread (so
that slow senders cost nothing), asks the engine for `/sparql` itself, gives the rest to Flask in threads, ends the query
of a client that has gone, and compresses. A new release takes over between two requests.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import perf_counter

from cpbm_kg.engine import Answer, Query
from cpbm_kg.errors import CpbmError, Message, OverloadedError, QueryError
from cpbm_kg.web import wsgi
from cpbm_kg.web.app import LONGEST_BODY
from cpbm_kg.web.cache import Packed, takes_gzip
from cpbm_kg.web.clients import Proxies
from cpbm_kg.web.exchange import Call, Reply
from cpbm_kg.web.pages import LANGUAGES
from cpbm_kg.web.problems import body_too_large, body_too_slow, method_refused, our_fault, problem
from cpbm_kg.web.site import Site
from cpbm_kg.web.sparql import Formats, cut_short
from cpbm_kg.web.telemetry import Telemetry

_THREADS = 16  # for Flask, whose pages ask short queries of our own
_BODY_S = 10.0
_BODIES_BYTES = 64 * 1024 * 1024  # that are on their way in at a time, all together
_DRAINED = 16 * 1024 * 1024  # a longer body is not waited for: its sender may not hear why it is refused
_DRAIN_S = 2.0
_LOOK_S = 0.05  # a query that runs this long is worth watching whether its client is still there
_LARGE = 512 * 1024  # bytes from which digests and compression leave the event loop
_KEPT_TEXT = 64 * 1024
_ROUTES = {
    "sparql", "export", "release", "id", "source", "data", "ontology", "graph", "q", "page", "dataset", "things", "text", "lacunes", "query", "map", "timeline", "network", "charts", "picture", "r", "cite",
    "validate", "rules", "diagnose", "catalog", "harvest", "dataset.jsonld", "releases.atom", "robots.txt", "sitemap.xml", "health", "openapi.json", "static", ".well-known"}
_FEEDS = ("/catalog", "/harvest/")  # never kept: each time, the release must be found whole (catalogue.py)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # the others are no application's affair
_NOT_SENT_AGAIN = {"content-type", "content-length", "content-encoding"}


class Front:
    """`site` answers; `replace` gives it a successor. `failed` is why the last reload was refused, if it was."""

    def __init__(self, site: Site, proxies: Proxies, telemetry: Telemetry, health: Callable[[], Awaitable[dict]]):
        self.site = site
        self._health = health
        self.failed: CpbmError | None = None
        self._proxies = proxies
        self._telemetry = telemetry
        self._threads = ThreadPoolExecutor(_THREADS, "flask")
        self._incoming = 0

    async def __rsgi__(self, scope, protocol) -> None:
        started = perf_counter()
        site, headers = self.site, scope.headers
        key = (scope.path, scope.query_string, _list(headers, "accept"), headers.get("accept-language"))
        reads = scope.method in ("GET", "HEAD")
        packed = site.cache.get(key) if reads and "range" not in headers else None
        if packed is not None:
            size = await self._send(scope, protocol, packed)
            self._telemetry.record(_route(scope.path), scope.method, packed.reply.status, "cached", perf_counter() - started, size, packed.reply.rows)
            return
        query = None
        try:
            with site.in_use():
                packed, query = await self._answered(site, scope, protocol, key)
                size = await self._send(scope, protocol, packed)
        except asyncio.CancelledError:  # its client is gone
            packed, size = Packed(Reply(499, outcome="gone"), []), 0
            with suppress(Exception):
                protocol.response_empty(499, [])
        except Exception:  # a fault of ours: the reader gets a problem document, the operator the trace
            traceback.print_exc()
            packed = Packed(our_fault(), site.common)
            size = await self._send(scope, protocol, packed)
        self._telemetry.record(_route(scope.path), scope.method, packed.reply.status, packed.reply.outcome, perf_counter() - started, size,
                               packed.reply.rows, query)

    async def replace(self, site: Site) -> None:
        """Answer from `site` from now on; its predecessor ends when the last of its requests has been answered."""
        old, self.site, self.failed = self.site, site, None
        await old.retire()

    async def close(self) -> None:
        """End the site; no request may be running."""
        await self.site.retire()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _answered(self, site: Site, scope, protocol, key: tuple) -> tuple[Packed, str | None]:
        """The reply, kept where it may be given again, and the text of its query if it had one."""
        headers = scope.headers
        if scope.method not in _METHODS:
            return Packed(method_refused(_METHODS), site.common), None
        try:
            body = b"" if scope.method in ("GET", "HEAD", "OPTIONS") else await self._body(headers, protocol)
        except QueryError as error:
            return Packed(problem(error), site.common), None
        except _RefusedError as refused:
            return Packed(refused.reply, site.common), None
        if scope.path == "/health" and scope.method in ("GET", "HEAD"):
            return Packed(_document(await self._health()), site.common), None
        if scope.path == "/sparql" and scope.method in ("GET", "HEAD", "POST"):
            return await self._sparql(site, scope, protocol, key, body)
        reply = await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(wsgi.run, site.app, scope, body, self._client(scope)))
        packed = Packed(reply, [])
        if scope.method in ("GET", "HEAD") and "range" not in headers and not reply.file and not scope.path.startswith(_FEEDS):
            site.cache.keep(key, packed)
        return packed, None

    async def _sparql(self, site: Site, scope, protocol, key: tuple, body: bytes) -> tuple[Packed, str | None]:
        headers = scope.headers
        content_type = (headers.get("content-type") or "").partition(";")[0].strip().lower()
        if scope.method == "POST":
            key = (*key, content_type, body)
            if (packed := site.cache.get(key) if len(body) <= _KEPT_TEXT else None) is not None:
                return packed, None
        call = Call(scope.method, scope.query_string, content_type, key[2], body, self._client(scope))
        text = None
        try:
            query, formats = site.endpoint.read(call)
            if query is None:
                reply = site.endpoint.describe(formats)
            else:
                text = query.text
                answer = await _while_there(protocol, site.pool.answer(query, formats, call.client))
                reply = await self._reply(site, query, formats, answer)
        except QueryError as error:
            reply = problem(error)
        packed = Packed(reply, site.common)
        if len(body) + len(scope.query_string) <= _KEPT_TEXT:
            site.cache.keep(key, packed)
        return packed, text

    async def _reply(self, site: Site, query: Query, formats: Formats, answer: Answer) -> Reply:
        if len(answer.body) < _LARGE:
            return site.endpoint.reply(query, formats, answer)
        return await asyncio.get_running_loop().run_in_executor(self._threads, site.endpoint.reply, query, formats, answer)

    async def _body(self, headers, protocol) -> bytes:
        """The body, whole, or an error: longer than LONGEST_BODY, slower than _BODY_S, shorter than announced, or one
        of so many that they would fill the memory (decisions.md, 16)."""
        announced = headers.get("content-length")
        if announced is not None and int(announced) > LONGEST_BODY:
            if int(announced) <= _DRAINED:
                await _drain(protocol)
            raise _RefusedError(body_too_large())
        body = bytearray()
        try:
            async with asyncio.timeout(_BODY_S):
                async for chunk in protocol:
                    body += chunk
                    self._incoming += len(chunk)
                    if len(body) > LONGEST_BODY:
                        raise _RefusedError(body_too_large())
                    if self._incoming > _BODIES_BYTES:
                        raise OverloadedError(Message("trop de corps arrivent à la fois", "too many bodies arrive at a time"),
                                              Message("réessayez dans un instant", "try again in a moment"))
        except TimeoutError:
            raise _RefusedError(body_too_slow()) from None
        except RuntimeError:  # granian's protocol error: a garbled chunk, a connection that broke
            raise cut_short() from None
        finally:
            self._incoming -= len(body)
        if announced is not None and len(body) != int(announced):
            raise cut_short()
        return bytes(body)

    async def _send(self, scope, protocol, packed: Packed) -> int:
        """Send it as this client wants it; the bytes of its body."""
        headers, status = scope.headers, packed.reply.status
        reads = scope.method in ("GET", "HEAD")
        if reads and status == 200 and packed.held_by(headers.get("if-none-match"), headers.get("if-modified-since")):
            protocol.response_empty(304, [pair for pair in packed.headers if pair[0] not in _NOT_SENT_AGAIN])
            return 0
        if packed.reply.file:
            return _send_file(protocol, packed, scope.method)
        sent, body = packed.headers, packed.reply.body
        if packed.compressible and takes_gzip(_list(headers, "accept-encoding")):
            if len(body) >= _LARGE:
                sent, body = await asyncio.get_running_loop().run_in_executor(self._threads, packed.compressed)
            else:
                sent, body = packed.compressed()
        if scope.method == "HEAD":
            protocol.response_empty(status, [*sent, ("content-length", str(len(body)))])
            return 0
        protocol.response_bytes(status, sent, body)
        return len(body)

    def _client(self, scope) -> str:
        return self._proxies.client(scope.client, _list(scope.headers, "x-forwarded-for"))


class _RefusedError(Exception):
    """A request that went no further; `reply` says why."""

    def __init__(self, reply: Reply):
        super().__init__(reply.outcome)
        self.reply = reply


async def _while_there(protocol, answering: Awaitable[Answer]) -> Answer:
    """The answer, or this task's cancellation when the client goes away; looked at only where a query takes its time."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    watchers: list[asyncio.Task] = []
    timer = loop.call_later(_LOOK_S, lambda: watchers.append(loop.create_task(_cancel_when_gone(protocol, task))))
    try:
        return await answering
    finally:
        timer.cancel()
        for watcher in watchers:
            watcher.cancel()


async def _drain(protocol) -> None:
    """Let a refused body come in, so that its sender gets to read the refusal."""
    with suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in protocol:
                pass


async def _cancel_when_gone(protocol, task: asyncio.Task) -> None:
    await protocol.client_disconnect()
    task.cancel()


def _list(headers, name: str) -> str | None:
    """A header that may come in several lines, as one list (RFC 9110, 5.3)."""
    values = headers.get_all(name)
    return values[0] if len(values) == 1 else ", ".join(values) or None


def _document(value: dict) -> Reply:
    return Reply(503 if value["status"] == "down" else 200, {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"},
                 (json.dumps(value, ensure_ascii=False) + "\n").encode())


def _send_file(protocol, packed: Packed, method: str) -> int:
    """A large file, from the disk; the bytes of its body."""
    size = packed.reply.file.stat().st_size
    if method == "HEAD":
        protocol.response_empty(packed.reply.status, [*packed.headers, ("content-length", str(size))])
        return 0
    protocol.response_file(packed.reply.status, packed.headers, str(packed.reply.file))
    return size


def _route(path: str) -> str:
    """The first segment of a path, where it is one of ours: a stranger's paths must not fill the metrics."""
    parts = path.split("/")[1:]
    first = parts[parts[0] in LANGUAGES and len(parts) > 1] if parts else ""
    first = "catalog" if first.startswith("catalog.") else first
    return first if first in _ROUTES else "start" if not first else "other"
