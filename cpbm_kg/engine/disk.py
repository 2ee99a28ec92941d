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

from cpbm_kg.engine.memory import load_release
from cpbm_kg.engine.oxigraph import OxigraphEngine
from cpbm_kg.errors import EngineFailureError, Message

_MARK, _STORE = "release", "store"


class DiskEngine(OxigraphEngine):
    """Over a store that `prepare` has written; raises EngineFailureError where it cannot be opened."""

    def __init__(self, store: Path, answer_bytes: int):
        try:
            super().__init__(ox.Store.read_only(str(store / _STORE)), answer_bytes)
        except (OSError, ValueError) as error:
            raise EngineFailureError(
                Message(f"la base sur disque ne s'ouvre pas ({error}) : {store}", f"the store on disk cannot be opened ({error}): {store}"),
                Message("effacez ce dossier et relancez : il sera refait", "delete this folder and start again: it will be made anew")) from None


def prepare(release: Path, id: str) -> Path:
    """The store of the release in a folder, written if it is not there yet; `id` is the release's identifier.

    Stores beside it whose release is gone are cleared away. Raises EngineFailureError where the disk does not bear it.
    """
    place = _place(release)
    for other in release.parent.glob(".*.store"):
        if not release.with_name(other.name[1:].removesuffix(".store")).exists():
            shutil.rmtree(other, ignore_errors=True)
    if not is_prepared(release, id):
        try:
            _write(release, place, id)
        except OSError as error:
            raise EngineFailureError(
                Message(f"la base sur disque ne peut être écrite ({error.strerror or error}) : {place}", f"the store on disk cannot be written ({error.strerror or error}): {place}"),
                Message("rendez ce dossier inscriptible, ou servez de la mémoire : CPBM_STORE=memory", "make this folder writable, or serve from memory: CPBM_STORE=memory")) from None
    return place


def is_prepared(release: Path, id: str) -> bool:
    """Whether the store of the release in a folder is there: `prepare` will then read no file of the release."""
    return _is_of(_place(release), id)


def _place(release: Path) -> Path:
    return release.with_name(f".{release.name}.store")


def _is_of(place: Path, id: str) -> bool:
    mark = place / _MARK
    return mark.is_file() and mark.read_text(encoding="utf-8") == _mark(id)


def _mark(id: str) -> str:
    """What a store was made of, and by what: another Oxigraph may write it otherwise."""
    return f"{id} oxigraph {ox.__version__}\n"


def _write(release: Path, place: Path, id: str) -> None:
    new = Path(tempfile.mkdtemp(prefix=".store-", dir=release.parent))
    try:
        store = ox.Store(str(new / _STORE))
        load_release(store.bulk_load, release)
        store.optimize()
        store.flush()
        (new / _MARK).write_text(_mark(id), encoding="utf-8")
        if not _is_of(place, id):  # else another process was as quick, and may have it open
            shutil.rmtree(place, ignore_errors=True)
            new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
