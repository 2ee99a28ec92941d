"""Which engine answers a site, from its settings and its release."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from cpbm_kg.engine import disk
from cpbm_kg.engine.pool import Limits, WorkerPool
from cpbm_kg.engine.source import DISK, MEMORY, REMOTE, Source
from cpbm_kg.errors import Message, UsageError
from cpbm_kg.release import Release
from cpbm_kg.settings import Settings


def source(settings: Settings, release: Release | None) -> Source:
    """What the engine opens; a store on disk is written first where there is none yet. Raises UsageError for a file that is
    to be served from elsewhere than memory, EngineFailureError where the store cannot be written, ReleaseError where it
    would be written from a damaged file."""
    if release is None:
        if settings.store != MEMORY:
            raise UsageError(Message("CPBM_DATA ne se sert que de la mémoire", "CPBM_DATA is served from memory alone"),
                             Message("laissez CPBM_STORE=memory, ou servez une version publiée", "leave CPBM_STORE=memory, or serve a release"), settings.data)
        return Source.in_memory(settings.data)
    if settings.store == MEMORY:
        return Source.in_memory(release.folder)
    if settings.store == DISK:
        if not disk.is_prepared(release.folder, release.id):
            release.verify()
        return Source(DISK, str(disk.prepare(release.folder, release.id)))
    return Source(REMOTE, settings.store, release.id, settings.store_login)


def kept_source(settings: Settings, release: Release) -> Source:
    """The same for a release that is not the newest: from this machine's disk where another server answers, since it
    may hold the newest alone."""
    return source(settings if settings.store == MEMORY else replace(settings, store=DISK), release)


async def pool(settings: Settings, release: Release | None) -> WorkerPool:
    """The workers that answer from the release, or else the file of `settings.data`; raises as `source` and `WorkerPool.open`."""
    return await WorkerPool.open(await asyncio.to_thread(source, settings, release), limits(settings))


def limits(settings: Settings) -> Limits:
    """What bounds the queries."""
    return Limits(settings.workers, settings.timeout_s, settings.answer_bytes, settings.worker_bytes, settings.slow_per_client)
