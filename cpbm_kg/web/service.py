"""The service in its event loop: a site over a release behind the front, under granian, until it is stopped.

SIGHUP brings in a new release, SIGTERM and SIGINT end the service after the requests that are under way. Why granian,
with its raw-HTTP behaviour measured: docs/security.md.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import prometheus_client
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from cpbm_kg.engine import Query
from cpbm_kg.engine.pool import WorkerPool
from cpbm_kg.errors import CpbmError, EngineFailureError, Message, UpstreamError, UpstreamTimeoutError, UsageError
from cpbm_kg.media import JSON, Form
from cpbm_kg.release import Release
from cpbm_kg.settings import Settings
from cpbm_kg.web import engines
from cpbm_kg.web.app import health_of
from cpbm_kg.web.clients import Proxies
from cpbm_kg.web.front import Front
from cpbm_kg.web.site import Site
from cpbm_kg.web.telemetry import Telemetry

_CONNECTIONS = 2048  # at a time; slow ones cost memory alone
_HEALTH_S = 2.0  # an engine that takes longer for the simplest query does not answer
_HEAD_MS = 15_000  # a request's head must have arrived by then


async def serve(settings: Settings, release: Release | None, opening: Awaitable[WorkerPool], verifying: asyncio.Future[None],
                newest: Callable[[], Release | None]) -> int:
    """Serve `release` with the workers of `opening` until stopped; the exit code. `verifying` may go on beside it: where it
    fails, the service ends with its error. `newest` gives the release to bring in when that is asked for. Raises what
    `opening` and `verifying` do, and UsageError."""
    loop = asyncio.get_running_loop()
    proxies = Proxies(settings.trusted_proxies)
    telemetry = Telemetry(settings.access_log, [
        ("cpbm_slow_queries", "Queries in the slow lane.", lambda: front.site.pool.lanes.slow_runs),
        ("cpbm_waiting_queries", "Queries that wait for a place.", lambda: front.site.pool.lanes.waiting),
        ("cpbm_cache_bytes", "Bytes of kept replies.", lambda: front.site.cache.currsize),
    ])
    front = Front(await Site.open(settings, release, opening), proxies, telemetry, lambda: _health(front, settings))
    _publish(telemetry, settings)
    server = Server(front, address=settings.host, port=settings.port, interface=Interfaces.RSGI, http=HTTPModes.http1, websockets=False,
                    backlog=_CONNECTIONS, backpressure=_CONNECTIONS, http1_settings=HTTP1Settings(header_read_timeout=_HEAD_MS),
                    log_level=LogLevels.error)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    verifying.add_done_callback(lambda done: done.exception() and server.stop())
    reloader = Reloader(front, settings, newest)
    loop.add_signal_handler(signal.SIGHUP, reloader.ask)
    gc.freeze()  # what is loaded now stays: no collection has to look at it again
    print(_welcome(settings, front.site), flush=True)
    await server.serve()
    await front.close()
    if verifying.done():
        verifying.result()
    return 0


class Reloader:
    """Brings in the release that `newest` gives; a damaged one is refused and the old one serves on."""

    def __init__(self, front: Front, settings: Settings, newest: Callable[[], Release | None]):
        self._front = front
        self._settings = settings
        self._newest = newest
        self._asked = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._work())
        self._thread = ThreadPoolExecutor(1, "reload")

    def ask(self) -> None:
        """Reload as soon as the present reload, if any, is done."""
        self._asked.set()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                release = await loop.run_in_executor(self._thread, self._newest)
                await self._front.replace(await Site.open(self._settings, release, engines.pool(self._settings, release)))
            except CpbmError as error:
                self._front.failed = error
                print(error.explain(self._settings.language), file=sys.stderr, flush=True)


def _publish(telemetry: Telemetry, settings: Settings) -> None:
    """The metrics, on an address of their own."""
    if settings.metrics is None:
        return
    registry = prometheus_client.CollectorRegistry()
    registry.register(telemetry)
    prometheus_client.ProcessCollector(registry=registry)
    host, port = settings.metrics
    try:
        prometheus_client.start_http_server(port, host, registry)
    except OSError as error:
        raise UsageError(Message(f"CPBM_METRICS={host}:{port} ne peut servir ({error.strerror})", f"CPBM_METRICS={host}:{port} cannot be used ({error.strerror})"),
                         Message("choisissez une autre adresse", "choose another address")) from None


async def _health(front: Front, settings: Settings) -> dict:
    """What serves and whether it answers, by what it is protected, and why the last reload was refused, if it was."""
    pool = front.site.pool
    health = health_of(front.site.release) | {
        "process": os.getpid(),
        "engine": {"kind": pool.source.kind, "answers": True},
        "limits": {"timeoutSeconds": settings.timeout_s, "workerBytes": settings.worker_bytes, "answerBytes": settings.answer_bytes,
                   "network": pool.source.network},
    }
    if front.failed:
        health |= {"status": "stale", "reload": {"fr": front.failed.explain("fr"), "en": front.failed.explain("en")}}
    try:
        await pool.answer(Query(f"ASK {{}} # {time.monotonic()}", timeout_s=_HEALTH_S), {form: JSON for form in Form})
    except (UpstreamError, UpstreamTimeoutError, EngineFailureError) as error:
        health |= {"status": "down", "engine": {"kind": pool.source.kind, "answers": False, "fr": error.fault.fr, "en": error.fault.en}}
    return health


def _welcome(settings: Settings, site: Site) -> str:
    url = settings.public_url
    served = f"version {site.release.version}" if site.release else str(settings.data)
    example = "SELECT (COUNT(?a) AS ?actions) { ?a a <https://w3id.org/bassin-minier/ontology#Action> }"
    return "\n".join([
        Message(f"CPBM-KG sert {served}. Ouvrez {url}/ ou essayez :", f"CPBM-KG serves {served}. Open {url}/ or try:").within(settings.language),
        "", f"  curl {url}/sparql -H 'Accept: text/csv' --data-urlencode 'query={example}'", "",
        Message("Ctrl-C pour arrêter.", "Ctrl-C to stop.").within(settings.language),
    ])
