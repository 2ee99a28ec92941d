"""Oxigraph's store in this process's memory: the default engine.

Literals are rewritten when they enter the store (`"01"^^xsd:integer` becomes 1): exports are files of the release,
never a dump of it (architecture.md, 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyoxigraph as ox

from cpbm_kg.engine.oxigraph import OxigraphEngine
from cpbm_kg.errors import Message, UnreadableError

_FILE_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML, ".jsonld": ox.RdfFormat.JSON_LD,
}


class MemoryEngine(OxigraphEngine):
    """`answer_bytes` bounds one answer. Loading is done once, at construction; afterwards the store is only read."""

    def __init__(self, answer_bytes: int):
        super().__init__(ox.Store(), answer_bytes)

    @classmethod
    def of_release(cls, folder: Path, answer_bytes: int) -> MemoryEngine:
        """As `load_release`."""
        engine = cls(answer_bytes)
        load_release(engine._store.load, folder)
        return engine

    @classmethod
    def of_file(cls, path: Path, answer_bytes: int) -> MemoryEngine:
        """Any RDF file as it is, its default graph not the union; raises UnreadableError with the parser's line."""
        engine = cls(answer_bytes)
        load(engine._store, path)
        return engine

    @classmethod
    def of_triples(cls, ntriples: bytes, answer_bytes: int) -> MemoryEngine:
        """One graph of N-Triples, as the default graph."""
        engine = cls(answer_bytes)
        engine._store.bulk_load(ntriples, format=ox.RdfFormat.N_TRIPLES)
        return engine

    @classmethod
    def of_files(cls, paths: Iterable[Path], answer_bytes: int) -> MemoryEngine:
        """Files of lines (`canonical`) as one graph, the default one."""
        engine = cls(answer_bytes)
        for path in paths:
            engine._store.load(path=str(path), format=ox.RdfFormat.N_TRIPLES, lenient=True)
        return engine

    @classmethod
    def of_graphs(cls, graphs: Mapping[str, bytes], default: Iterable[str], answer_bytes: int) -> MemoryEngine:
        """Named graphs of N-Triples by IRI; those of `default`, merged, are the default graph too."""
        engine = cls(answer_bytes)
        for name, ntriples in graphs.items():
            engine._store.bulk_load(ntriples, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(name))
        for name in default:
            engine._store.bulk_load(graphs[name], format=ox.RdfFormat.N_TRIPLES)
        return engine


def load_release(load: Callable[..., None], folder: Path) -> None:
    """Every layer in its named graph, and the default graph merged beside them: pyoxigraph counts a triple that
    stands in two default graphs twice (oxigraph#1919, measured). `load` is the store's `load`, which is quicker in memory,
    or its `bulk_load`, for a store on disk.

    These files are ours and held to their digests, so their IRIs are not checked again: a fifth of the time. Raises
    UnreadableError."""
    for name, format in (("all.nq", ox.RdfFormat.N_QUADS), ("default.nt", ox.RdfFormat.N_TRIPLES)):
        try:
            load(path=str(folder / name), format=format, lenient=True)
        except (OSError, SyntaxError) as error:
            raise _unreadable(folder / name, error) from None


def load(store: ox.Store, path: Path) -> None:
    """Raises UnreadableError with the parser's line."""
    format = _FILE_FORMATS.get(path.suffix)
    if format is None:
        extensions = " ".join(_FILE_FORMATS)
        raise UnreadableError(
            Message("extension inconnue", "unknown extension"),
            Message(f"donnez un fichier {extensions}", f"give a file {extensions}"), path)
    try:
        store.bulk_load(path=str(path), format=format)
    except (OSError, SyntaxError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> UnreadableError:
    return UnreadableError(
        Message(f"ce fichier ne se lit pas : {error}", f"this file cannot be read: {error}"),
        Message("vérifiez le chemin et la syntaxe", "check the path and the syntax"), path)
