"""A dataset as files of lines: its parts (the ontology, a plan) each write their layers, and the whole is their merge.

Parts are read and completed one by one, and what is then done with the whole goes through files from the first line to
the last: the memory of a build is that of its largest part. A file holds one layer in reading order (`canonical`).
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import rdflib

from cpbm_kg import canonical
from cpbm_kg.beside import each
from cpbm_kg.vocabulary import DEFAULT_LAYERS, LAYER_NAMES

_NAMESPACES = "namespaces.json"
_LARGEST = "evidence"  # two triples of three (measured)
_AT_ONCE = 256  # files open at a time: a process may often have 1,024
_ASSERTED = ("source", "translation", "external")


@dataclass(frozen=True)
class Graphs:
    """A file of lines for each layer, `default` for those of the default graph together; `namespaces` and the number of
    triples (`counts`) of each layer."""

    files: Mapping[str, Path]
    default: Path
    namespaces: Mapping[str, frozenset[str]]
    counts: Mapping[str, int]

    def lines(self, layer: str) -> Iterator[str]:
        """The lines of a layer."""
        return read(self.files[layer])

    def prefixes(self, layers: Iterable[str]) -> dict[str, str]:
        """The prefixes that occur in some layers."""
        return canonical.prefixes(set().union(*(self.namespaces[layer] for layer in layers)))


def write_part(folder: Path, layers: Mapping[str, rdflib.Graph]) -> Path:
    """Write the layers of one part into a new folder, which is given back. Blank nodes get the labels that they have
    in the whole where only one part has any."""
    folder.mkdir(parents=True)
    lines = canonical.canonical_lines({name: graph for name, graph in layers.items() if graph})
    for name, of_layer in lines.items():
        _write(folder / f"{name}.nt", of_layer)
    (folder / _NAMESPACES).write_text(json.dumps({name: sorted(canonical.namespaces(of_layer)) for name, of_layer in lines.items()}))
    return folder


def files(parts: Iterable[Path], layers: Iterable[str]) -> list[Path]:
    """The files that some parts have of some layers."""
    return [path for part in parts for layer in layers if (path := part / f"{layer}.nt").is_file()]


def join(parts: list[Path], room: Path) -> Graphs:
    """Merge parts into whole layers, as files in the new folder `room`. What is asserted in one part is not entailed in another."""
    room.mkdir(parents=True)
    counts = {layer: count for counted in each([lambda: _join([_LARGEST], parts, room), lambda: _join([name for name in LAYER_NAMES if name != _LARGEST], parts, room)])
              for layer, count in counted.items()}
    counts["entailed"] = _write(room / "entailed.nt.new", _not_asserted(room))
    (room / "entailed.nt.new").rename(room / "entailed.nt")
    whole = {layer: room / f"{layer}.nt" for layer in LAYER_NAMES}
    _write(room / "default.nt", merge([whole[layer] for layer in DEFAULT_LAYERS]))
    return Graphs(whole, room / "default.nt", _namespaces(parts) | {"entailed": frozenset(canonical.namespaces(read(whole["entailed"])))}, counts)


def subjects(paths: Iterable[Path], nodes: Container[str]) -> set[str]:
    """Which of some nodes, as N-Triples writes them, are subjects in files."""
    return {subject for path in paths for line in read(path) if (subject := line[:line.index(" ")]) in nodes}


def touching(paths: Iterable[Path], subjects: Container[str], objects: Container[str] = ()) -> Iterator[str]:
    """The lines of files with one of some subjects or one of some objects."""
    for path in paths:
        for line in read(path):
            subject, _, value = line[:-3].split(" ", 2)
            if subject in subjects or value in objects:
                yield line


def name(paths: Iterable[Path], nodes: set[str]) -> bool:
    """Whether files name one of some nodes, in whatever place."""
    return any(not nodes.isdisjoint(line[:-3].split(" ", 2)) for path in paths for line in read(path))


def read(path: Path) -> Iterator[str]:
    """The lines of a file."""
    with open(path, encoding="utf-8", newline="\n") as lines:
        yield from lines


def merge(paths: Iterable[Path]) -> Iterator[str]:
    """The lines of files that are in reading order, each once and in that order; no file is held in memory."""
    blocks = heapq.merge(*map(_blocks, paths), key=itemgetter(0))
    for _, same in groupby(blocks, key=itemgetter(0)):
        first, *others = (block for _, block in same)
        yield from canonical.in_reading_order(set(first).union(*others)) if others else first


def _blocks(path: Path) -> Iterator[tuple[tuple, list[str]]]:
    """The lines of each subject, after what puts it in order."""
    for subject, lines in groupby(read(path), key=lambda line: line[:line.index(" ")]):
        yield (canonical.natural(subject), subject), list(lines)


def _join(layers: list[str], parts: list[Path], room: Path) -> dict[str, int]:
    return {layer: _write(room / f"{layer}.nt", merge(_few(files(parts, [layer]), room / layer))) for layer in layers}


def _few(paths: list[Path], room: Path) -> list[Path]:
    """Files as many as may be open at a time, the rest merged before."""
    for level in itertools.count():
        if len(paths) <= _AT_ONCE:
            return paths
        groups = [paths[first:first + _AT_ONCE] for first in range(0, len(paths), _AT_ONCE)]
        paths = [room.with_name(f"{room.name}-{level}-{number}.nt") for number in range(len(groups))]
        for path, group in zip(paths, groups):
            _write(path, merge(group))


def _not_asserted(room: Path) -> Iterator[str]:
    entailed = dict.fromkeys(read(room / "entailed.nt"))
    for layer in _ASSERTED:
        for line in read(room / f"{layer}.nt"):
            entailed.pop(line, None)
    return iter(entailed)


def _write(path: Path, lines: Iterable[str]) -> int:
    """Write lines; how many they were."""
    count = 0
    with open(path, "w", encoding="utf-8", newline="\n") as sink:
        for count, line in enumerate(lines, 1):
            sink.write(line)
    return count


def _namespaces(parts: Iterable[Path]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = dict.fromkeys(LAYER_NAMES, frozenset())
    for part in parts:
        for layer, seen in json.loads((part / _NAMESPACES).read_text()).items():
            found[layer] |= set(seen)
    return found
