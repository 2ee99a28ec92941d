"""Turtle files to one graph per layer, with the place of every triple.

A profile is the folder of one plan (`data/`): a sub-folder per layer that people write, and `evidence/` with the
generated record of passages. `ontology/` gives the vocabulary and the shapes. Several profiles make one dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import rdflib
from rdflib.term import Node

from cpbm_kg import turtle
from cpbm_kg.errors import Message, Place, UnreadableError
from cpbm_kg.vocabulary import LAYERS, PREFIXES, PROFILE_LAYERS

# Generated from the source text: quotes and digests of the passages cited, and the sentences of the whole.
PASSAGES = Path("evidence/passages.ttl")
SENTENCES = Path("evidence/sentences.ttl")


@dataclass
class Dataset:
    """`places` knows handwritten triples and, once derived, the computed ones by the triple they come from;
    `profiles` the folders read; `passages` the generated records of passages and sentences, not yet in any layer."""

    layers: dict[str, rdflib.Graph] = field(default_factory=lambda: {layer.name: _graph() for layer in LAYERS})
    places: dict[turtle.Triple, Place] = field(default_factory=dict)
    subjects: dict[Node, Place] = field(default_factory=dict)
    passages: rdflib.Graph = field(default_factory=rdflib.Graph)
    profiles: tuple[Path, ...] = ()

    def union(self, names: Iterable[str]) -> rdflib.Graph:
        """A new graph with the triples of the layers named."""
        union = _graph()
        for name in names:
            for triple in self.layers[name]:
                union.add(triple)
        return union

    def add(self, layer: str, triple: turtle.Triple, place: Place | None) -> None:
        """Put a computed triple into a layer, with the place of what it was computed from."""
        self.layers[layer].add(triple)
        if place is not None:
            self.places.setdefault(triple, place)
            self.subjects.setdefault(triple[0], place)


def read(ontology: Path, profiles: Iterable[Path]) -> Dataset:
    """Read an ontology folder and the profiles of any number of plans.

    Raises UnreadableError for a missing folder or one without Turtle, TurtleSyntaxError for the first bad file.
    """
    dataset = Dataset(profiles=tuple(profiles))
    for path in turtle_files(ontology):
        layer = "shapes" if path.is_relative_to(ontology / "shapes") else "vocabulary"
        _include(dataset, dataset.layers[layer], path)
    if not dataset.layers["shapes"]:
        raise _nothing(ontology / "shapes")  # without rules everything would look right
    for profile in dataset.profiles:
        if not (profile / "source").is_dir():
            raise _nothing(profile / "source")
        for layer in PROFILE_LAYERS:
            if (profile / layer).is_dir():
                for path in turtle_files(profile / layer, may_be_empty=True):
                    _include(dataset, dataset.layers[layer], path)
        for record in (PASSAGES, SENTENCES):
            if (profile / record).is_file():
                _include(dataset, dataset.passages, profile / record)
    return dataset


def turtle_files(folder: Path, may_be_empty: bool = False) -> Iterator[Path]:
    """The Turtle files below a folder in a fixed order; raises UnreadableError where there is none."""
    files = sorted(folder.rglob("*.ttl"), key=lambda path: path.as_posix())
    if not files and not may_be_empty:
        raise _nothing(folder)
    return iter(files)


def _include(dataset: Dataset, graph: rdflib.Graph, path: Path) -> None:
    located = turtle.read(path, _shown(path))
    for triple in located.graph:
        graph.add(triple)
    for triple, place in located.places.items():
        dataset.places.setdefault(triple, place)
    for subject, place in located.subjects.items():
        dataset.subjects.setdefault(subject, place)


def _shown(path: Path) -> str:
    """A path as people see it: relative to where they stand, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def _graph() -> rdflib.Graph:
    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, override=True, replace=True)
    return graph


def _nothing(folder: Path) -> UnreadableError:
    return UnreadableError(
        Message("aucun fichier Turtle ici", "no Turtle file here"),
        Message("donnez le dossier d'un plan (il contient source/) ou de l'ontologie", "give the folder of a plan (it holds source/) or of the ontology"),
        folder)
