"""Runs the service: the application over a release (built first if there is none) under granian.

Why granian, with its raw-HTTP behaviour measured: architecture.md, 7. Any WSGI server can run `server:app` instead.
"""

from __future__ import annotations

import errno
import socket

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from cpbm_kg import pipeline
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.engine.pool import PooledEngine
from cpbm_kg.errors import Message, ReleaseError, UsageError
from cpbm_kg.release import MANIFEST, Release, open_release
from cpbm_kg.settings import Settings
from cpbm_kg.web import create_app


# Requests that the web process holds at a time; most of them wait for a query's worker.
THREADS = 64


def application(settings: Settings | None = None):
    """The WSGI application that the settings ask for: a release, or any RDF file (`CPBM_DATA`).

    Builds the release first where there is none. Raises ReleaseError, UnreadableError, ViolationError.
    """
    settings = settings or Settings.read()
    release = _release(settings) if settings.data is None else None
    engine = PooledEngine(
        settings.data if release is None else release.folder, workers=settings.workers, timeout_s=settings.timeout_s,
        answer_bytes=settings.answer_bytes, worker_bytes=settings.worker_bytes)
    return create_app(engine, release, settings)


def run(settings: Settings) -> int:
    """Serve until stopped; the exit code. Says first what to open. Raises UsageError where the port is taken."""
    _claim_port(settings)
    served = _served(settings)
    print(_welcome(settings, served), flush=True)
    # The worker reads the same environment and makes its own application.
    Granian("cpbm_kg.serving:application", factory=True, interface=Interfaces.WSGI, address=settings.host, port=settings.port,
            http=HTTPModes.http1, workers=1, blocking_threads=THREADS, log_level=LogLevels.error, websockets=False).serve()
    return 0


def _served(settings: Settings) -> str:
    """What will be served; a file that cannot be read fails here, with its message, not in a worker."""
    if settings.data is None:
        return f"version {_release(settings).version}"
    MemoryEngine.of_file(settings.data, settings.answer_bytes)
    return str(settings.data)


def _release(settings: Settings) -> Release:
    if not (settings.release / MANIFEST).exists():
        pipeline.build(pipeline.DEFAULT_PROFILES, settings.release, settings.source_text)
    return open_release(settings.release)


def _claim_port(settings: Settings) -> None:
    """Fail now and clearly rather than in a worker."""
    try:
        with socket.create_server((settings.host, settings.port), reuse_port=False):
            pass
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise UsageError(
            Message(f"le port {settings.port} de {settings.host} est {'déjà pris' if taken else 'inaccessible'} ({error.strerror})",
                    f"port {settings.port} of {settings.host} {'is taken' if taken else 'cannot be used'} ({error.strerror})"),
            Message("arrêtez l'autre service, ou choisissez un port : CPBM_PORT=8001", "stop the other service, or choose a port: CPBM_PORT=8001"),
        ) from None


def _welcome(settings: Settings, served: str) -> str:
    url = settings.public_url
    example = "SELECT (COUNT(?a) AS ?actions) { ?a a <https://w3id.org/bassin-minier/ontology#Action> }"
    return "\n".join([
        Message(f"CPBM-KG sert {served}. Ouvrez {url}/ ou essayez :", f"CPBM-KG serves {served}. Open {url}/ or try:").within(settings.language),
        "", f"  curl {url}/sparql -H 'Accept: text/csv' --data-urlencode 'query={example}'", "",
        Message("Ctrl-C pour arrêter.", "Ctrl-C to stop.").within(settings.language),
    ])
