"""Runs the service: a site over a release (built first if there is none) behind the front, under granian.

One process and one event loop hold the front; queries run in processes of their own. SIGHUP brings in a new release,
SIGTERM and SIGINT end the service after the requests that are under way. Why granian, with its raw-HTTP behaviour
measured: docs/security.md. Any WSGI server can run `server:app` instead, without cache, reload and metrics.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import prometheus_client
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from cpbm_kg.engine import Query
from cpbm_kg.engine.pool import PooledEngine
from cpbm_kg.errors import CpbmError, EngineFailureError, Message, ReleaseError, UpstreamError, UpstreamTimeoutError, UsageError
from cpbm_kg.media import JSON, Form
from cpbm_kg.release import MANIFEST, Release, open_release
from cpbm_kg.settings import Settings
from cpbm_kg.web import create_app
from cpbm_kg.web.app import health_of
from cpbm_kg.web.clients import Proxies
from cpbm_kg.web.engines import limits, source
from cpbm_kg.web.front import Front
from cpbm_kg.web.site import Site, endpoint_of
from cpbm_kg.web.telemetry import Telemetry

_CONNECTIONS = 2048  # at a time; slow ones cost memory alone
_RELOAD_S = 120  # a large release takes a while to be checked and loaded
_HEALTH_S = 2.0  # an engine that takes longer for the simplest query does not answer
_HEAD_MS = 15_000  # a request's head must have arrived by then


def application(settings: Settings | None = None):
    """The WSGI application that the settings ask for: a release, or any RDF file (`CPBM_DATA`).

    Builds the release first where there is none. Raises ReleaseError, UnreadableError, ViolationError.
    """
    settings = settings or Settings.read()
    release = _release(settings)
    engine = PooledEngine.on_own_loop(source(settings, release), limits(settings))
    return create_app(engine, endpoint_of(settings, release), release, settings)


def run(settings: Settings) -> int:
    """Serve until stopped; the exit code. Says first what to open. Raises UsageError where the port is taken, and
    what `Site.open` raises."""
    _claim_port(settings)
    return asyncio.run(_serve(settings))


def reload(settings: Settings) -> str:
    """Ask the service of these settings, on this machine, to bring in the release that stands at `settings.release`
    now; the release that serves afterwards. Raises ReleaseError (the release is damaged, or the service refused it)
    and UsageError (no service answers there, or it does not take it in time)."""
    wanted = open_release(settings.release).id
    os.kill(_ask_health(settings)["process"], signal.SIGHUP)
    deadline = time.monotonic() + _RELOAD_S
    while time.monotonic() < deadline:
        health = _ask_health(settings)
        if health["releaseId"] == wanted:
            return wanted
        if "reload" in health:
            raise ReleaseError(Message(f"le service a refusé cette version : {health['reload']['fr']}", f"the service refused this release: {health['reload']['en']}"),
                               Message("la précédente sert toujours", "the previous one serves on"))
        time.sleep(0.1)
    raise UsageError(Message(f"le service n'a pas pris la version {wanted} en {_RELOAD_S} s", f"the service did not take release {wanted} within {_RELOAD_S} s"),
                     Message("voyez son journal ; sert-il ce dossier ?", "see its log; does it serve this folder?"))


def _ask_health(settings: Settings) -> dict:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/health"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:  # it is there, and says that its engine does not answer
        with error:
            return json.load(error)
    except (OSError, ValueError):
        raise UsageError(Message(f"aucun service ne répond à {url}", f"no service answers at {url}"),
                         Message("donnez CPBM_HOST et CPBM_PORT comme au service", "give CPBM_HOST and CPBM_PORT as to the service")) from None


async def _serve(settings: Settings) -> int:
    loop = asyncio.get_running_loop()
    proxies = Proxies(settings.trusted_proxies)
    telemetry = Telemetry(settings.access_log, [
        ("cpbm_slow_queries", "Queries in the slow lane.", lambda: front.site.pool.lanes.slow_runs),
        ("cpbm_waiting_queries", "Queries that wait for a place.", lambda: front.site.pool.lanes.waiting),
        ("cpbm_cache_bytes", "Bytes of kept replies.", lambda: front.site.cache.currsize),
    ])
    front = Front(await Site.open(settings, _release(settings)), proxies, telemetry, lambda: _health(front, settings))
    _publish(telemetry, settings)
    server = Server(front, address=settings.host, port=settings.port, interface=Interfaces.RSGI, http=HTTPModes.http1, websockets=False,
                    backlog=_CONNECTIONS, backpressure=_CONNECTIONS, http1_settings=HTTP1Settings(header_read_timeout=_HEAD_MS),
                    log_level=LogLevels.error)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    reloader = Reloader(front, settings)
    loop.add_signal_handler(signal.SIGHUP, reloader.ask)
    gc.freeze()  # what is loaded now stays: no collection has to look at it again
    print(_welcome(settings, front.site), flush=True)
    await server.serve()
    await front.close()
    return 0


class Reloader:
    """Brings in the release that stands at `settings.release` now; a damaged one is refused and the old one serves on."""

    def __init__(self, front: Front, settings: Settings):
        self._front = front
        self._settings = settings
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
                release = await loop.run_in_executor(self._thread, _release, self._settings)
                await self._front.replace(await Site.open(self._settings, release))
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


def _release(settings: Settings) -> Release | None:
    """The release to serve, held against builds; None where a file is served in its place."""
    if settings.data is not None:
        return None
    if not (settings.release / MANIFEST).exists():
        from cpbm_kg import pipeline  # the validator is needed for this alone

        pipeline.build(pipeline.DEFAULT_PROFILES, settings.release, settings.source_text)
    release = open_release(settings.release)
    release.hold()
    return release


def _claim_port(settings: Settings) -> None:
    """Fail now and clearly rather than in the server."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.create_server((settings.host, settings.port), family=family, reuse_port=False):
            pass
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise UsageError(
            Message(f"le port {settings.port} de {settings.host} est {'déjà pris' if taken else 'inaccessible'} ({error.strerror})",
                    f"port {settings.port} of {settings.host} {'is taken' if taken else 'cannot be used'} ({error.strerror})"),
            Message("arrêtez l'autre service, ou choisissez un port : CPBM_PORT=8001", "stop the other service, or choose a port: CPBM_PORT=8001"),
        ) from None


def _welcome(settings: Settings, site: Site) -> str:
    url = settings.public_url
    served = f"version {site.release.version}" if site.release else str(settings.data)
    example = "SELECT (COUNT(?a) AS ?actions) { ?a a <https://w3id.org/bassin-minier/ontology#Action> }"
    return "\n".join([
        Message(f"CPBM-KG sert {served}. Ouvrez {url}/ ou essayez :", f"CPBM-KG serves {served}. Open {url}/ or try:").within(settings.language),
        "", f"  curl {url}/sparql -H 'Accept: text/csv' --data-urlencode 'query={example}'", "",
        Message("Ctrl-C pour arrêter.", "Ctrl-C to stop.").within(settings.language),
    ])
