"""Oxigraph's store on disk: written once for a release, opened for reading by each worker.

What is on disk is nobody's memory: a start costs the same at any size, and workers share the pages that the kernel holds.
A store lies beside the folder of its release; it is written under another name and renamed, so one that was left
half-written, or belongs to another release, is never opened.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pyoxigraph as ox

from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import EngineFailureError, Message

_MARK, _STORE = "release", "store"
_QUADS, _DEFAULT = ("all.nq", ox.RdfFormat.N_QUADS), ("default.ttl", ox.RdfFormat.TURTLE)


class DiskEngine(MemoryEngine):
    """As MemoryEngine, over a store that `prepare` has written; raises EngineFailureError where it cannot be opened."""

    def __init__(self, store: Path, answer_bytes: int):
        try:
            self._store = ox.Store.read_only(str(store / _STORE))
        except (OSError, ValueError) as error:
            raise EngineFailureError(
                Message(f"la base sur disque ne s'ouvre pas ({error}) : {store}", f"the store on disk cannot be opened ({error}): {store}"),
                Message("effacez ce dossier et relancez : il sera refait", "delete this folder and start again: it will be made anew")) from None
        self._answer_bytes = answer_bytes


def is_store(path: Path) -> bool:
    """Whether `prepare` has written it."""
    return (path / _MARK).is_file()


def prepare(release: Path, id: str) -> Path:
    """The store of the release in a folder, written if it is not there yet; `id` is the release's identifier.

    Stores beside it whose release is gone are cleared away. Raises OSError where the disk does not bear it.
    """
    place = release.with_name(f".{release.name}.store")
    for other in release.parent.glob(".*.store"):
        if not release.with_name(other.name[1:].removesuffix(".store")).exists():
            shutil.rmtree(other, ignore_errors=True)
    if is_store(place) and (place / _MARK).read_text(encoding="utf-8") == id:
        return place
    new = Path(tempfile.mkdtemp(prefix=".store-", dir=release.parent))
    try:
        _write(release, new / _STORE)
        (new / _MARK).write_text(id, encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return place


def _write(release: Path, folder: Path) -> None:
    """Every layer in its graph and the default graph merged beside them, as in memory."""
    store = ox.Store(str(folder))
    for name, format in (_QUADS, _DEFAULT):
        store.bulk_load(path=str(release / name), format=format)
    store.optimize()
    store.flush()
