"""Where the data lie: one value that says which engine answers, and travels to the process which opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cpbm_kg.engine import Engine

MEMORY, DISK, REMOTE = "memory", "disk", "remote"


@dataclass(frozen=True)
class Source:
    """`kind` names the engine; `place` is an RDF file or the folder of a release, a store on disk, or the URL of a server;
    `release` is what a server must hold, `login` its `user:password`; "" for none."""

    kind: str
    place: str
    release: str = ""
    login: str = ""

    @classmethod
    def in_memory(cls, path: Path) -> Source:
        """A release's folder or an RDF file."""
        return cls(MEMORY, str(path))

    def open(self, answer_bytes: int) -> Engine:
        """The engine, ready to answer; raises UnreadableError, EngineFailureError, ReleaseError, UpstreamError. Each imports
        what it needs: the start of the one must not pay for the others."""
        if self.kind == REMOTE:
            from cpbm_kg.engine.remote import RemoteEngine

            return RemoteEngine.opened(self.place, self.release, self.login, answer_bytes)
        path = Path(self.place)
        if self.kind == DISK:
            from cpbm_kg.engine.disk import DiskEngine

            return DiskEngine(path, answer_bytes)
        from cpbm_kg.engine.memory import MemoryEngine

        return (MemoryEngine.of_release if path.is_dir() else MemoryEngine.of_file)(path, answer_bytes)

    @property
    def is_shared(self) -> bool:
        """Whether a fork may go on with what its parent opened; the threads and file positions of a store on disk do
        not survive one."""
        return self.kind != DISK

    @property
    def descriptors(self) -> int:
        """From which number on a worker may have no descriptor: it opens none where it has all that it needs when it is
        forked; a store on disk opens its tables as they are asked for."""
        return {MEMORY: 0, DISK: 1024, REMOTE: 64}[self.kind]

    @property
    def network(self) -> str:
        """How far a worker is from the network, for those who look after the service."""
        return {MEMORY: "closed: a worker can open no descriptor", DISK: "refused in the query: a worker opens the files of its store",
                REMOTE: "refused in the query: a worker asks the server of CPBM_STORE"}[self.kind]
