"""Old releases stay answerable: an engine for each that is asked for, a few at a time, beside that of the newest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cpbm_kg.engine import Engine
from cpbm_kg.engine.pool import Limits, PooledEngine
from cpbm_kg.errors import Message, OverloadedError
from cpbm_kg.release import Release, kept_release
from cpbm_kg.settings import Settings
from cpbm_kg.web.engines import kept_source

MOST_OPEN = 2
MOST_AT_A_TIME = 2  # citations answered at once: each may take as long as a query may


@dataclass
class _Opened:
    release: Release
    engine: PooledEngine
    users: int = 0


class Archive:
    """`newest` and its `engine` are the site's own, and outlive the archive."""

    def __init__(self, newest: Release, engine: Engine, settings: Settings):
        self._newest, self.newest_engine = newest, engine
        self._settings = settings
        self._limits = Limits(1, settings.timeout_s, settings.answer_bytes, settings.worker_bytes)
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._changing = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_AT_A_TIME)

    @contextmanager
    def asked(self, id: str) -> Iterator[tuple[Release, Engine]]:
        """A release and an engine that answers from it. Raises ReleaseError where it is not kept here or is damaged,
        and OverloadedError where too many citations are asked for at a time."""
        if not self._places.acquire(blocking=False):
            raise OverloadedError(Message("trop de citations sont demandées à la fois", "too many citations are asked for at a time"),
                                  Message("réessayez dans un instant", "try again in a moment"))
        try:
            if id == self._newest.id:
                yield self._newest, self.newest_engine
                return
            opened = self._take(id)
            try:
                yield opened.release, opened.engine
            finally:
                with self._changing:
                    opened.users -= 1
        finally:
            self._places.release()

    def close(self) -> None:
        """End the engines that it opened; nobody may be using them."""
        with self._changing:
            while self._opened:
                self._end(self._opened.popitem()[1])

    def _take(self, id: str) -> _Opened:
        with self._changing:
            opened = self._opened.get(id)
            if opened is None:
                release = kept_release(self._newest, id)
                self._make_room()
                opened = _Opened(release, PooledEngine.on_own_loop(kept_source(self._settings, release), self._limits))
                release.hold()
                self._opened[id] = opened
            self._opened.move_to_end(id)
            opened.users += 1
            return opened

    def _make_room(self) -> None:
        """End the engine that was not asked for longest; there is one that nobody uses, since MOST_AT_A_TIME are used at most."""
        while len(self._opened) >= MOST_OPEN:
            id = next(id for id, opened in self._opened.items() if not opened.users)
            self._end(self._opened.pop(id))

    @staticmethod
    def _end(opened: _Opened) -> None:
        opened.engine.close()
        opened.release.let_go()
