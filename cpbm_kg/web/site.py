"""Everything that answers from one release, or from one file: engine, endpoint, Flask application, cache.

A site never changes; a new release is a new site. One that has been replaced ends when its last request has been
answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask

from cpbm_kg import description
from cpbm_kg.engine.pool import PooledEngine, WorkerPool
from cpbm_kg.release import Release
from cpbm_kg.settings import Settings
from cpbm_kg.web.app import common_headers, create_app
from cpbm_kg.web.cache import Cache, Headers
from cpbm_kg.web.sparql import Endpoint


@dataclass
class Site:
    """`common` are the headers of every reply. `release` is None where any RDF file is served."""

    release: Release | None
    pool: WorkerPool
    endpoint: Endpoint
    app: Flask
    cache: Cache
    common: Headers
    _requests: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def open(cls, settings: Settings, release: Release | None, opening: Awaitable[WorkerPool]) -> Site:
        """The site of a release, or else of the file of `settings.data`, when its workers are there; raises what `opening` does,
        and SourceTextError."""
        pool = await opening
        endpoint = endpoint_of(settings, release)
        engine = PooledEngine(pool, asyncio.get_running_loop())
        app = create_app(engine, endpoint, release, settings)
        return cls(release, pool, endpoint, app, Cache(settings.cache_bytes), [(name.lower(), value) for name, value in common_headers(release, settings.public_url).items()])

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While a request is being answered, the site stays."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._idle.set()

    async def retire(self) -> None:
        """End it, once nobody uses it."""
        while self._requests:
            self._idle.clear()
            await self._idle.wait()
        await self.pool.close()
        if self.release:
            await asyncio.to_thread(self.app.extensions["archive"].close)
            self.release.let_go()


def endpoint_of(settings: Settings, release: Release | None) -> Endpoint:
    """The endpoint with its description."""
    return Endpoint(description.describe(settings.public_url + "/sparql", release and release.manifest["triples"]))
