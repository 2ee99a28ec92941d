"""Runs the service: a site over a release (built first if there is none) behind the front (`web.service`).

One process and one event loop hold the front; queries run in processes of their own, whose store opens while this
process imports the web. Any WSGI server can run `server:app` instead, without cache, reload and metrics.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from functools import partial

from cpbm_kg.engine.pool import PooledEngine
from cpbm_kg.engine.source import MEMORY
from cpbm_kg.errors import Message, ReleaseError, UsageError
from cpbm_kg.release import MANIFEST, Release, described_release, open_release
from cpbm_kg.settings import Settings
from cpbm_kg.web.engines import limits, pool, source

_RELOAD_S = 120  # a large release takes a while to be checked and loaded


def application(settings: Settings | None = None):
    """The WSGI application that the settings ask for: a release, or any RDF file (`CPBM_DATA`).

    Builds the release first where there is none. Raises ReleaseError, UnreadableError, ViolationError.
    """
    from cpbm_kg.web.app import create_app
    from cpbm_kg.web.site import endpoint_of

    settings = settings or Settings.read()
    release = _whole_release(settings)
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
    """The workers' store is opened, and the release held to its manifest, while the web is imported: half of a start."""
    loop = asyncio.get_running_loop()
    release = _release(settings)
    opening = asyncio.create_task(pool(settings, release))
    verifying = loop.run_in_executor(None, release.verify if release else bool)
    try:
        service = await asyncio.to_thread(_imported)
        if settings.store == MEMORY:
            await verifying  # what answers is read from these files
        return await service.serve(settings, release, opening, verifying, partial(_whole_release, settings))
    finally:
        await asyncio.gather(opening, verifying, return_exceptions=True)  # one fault may have made both fail, and is told once


def _imported():
    from cpbm_kg.web import service

    return service


def _whole_release(settings: Settings) -> Release | None:
    """As `_release`, every file held to the manifest."""
    release = _release(settings)
    if release:
        release.verify()
    return release


def _release(settings: Settings) -> Release | None:
    """The release to serve, held against builds, its large files not yet held to the manifest; None where a file is served in its
    place."""
    if settings.data is not None:
        return None
    if not (settings.release / MANIFEST).exists():
        from cpbm_kg import pipeline  # the validator is needed for this alone

        pipeline.build(pipeline.DEFAULT_PROFILES, settings.release, settings.source_text)
    release = described_release(settings.release)
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
