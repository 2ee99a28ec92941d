"""Turtle files to one graph per layer, with the place of every triple.

A profile is the folder of one plan (`data/`): a sub-folder per layer that people write, and `evidence/` with the
generated record of passages. `ontology/` gives the vocabulary and the shapes. Several profiles make one dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import rdflib
from rdflib.term import BNode, Node, URIRef

from cpbm_kg import turtle
from cpbm_kg.errors import Message, Place, UnreadableError, shown
from cpbm_kg.names import Names
from cpbm_kg.vocabulary import LAYERS, ONTOLOGY_LAYERS, PREFIXES, PROFILE_LAYERS

# Generated from the source text: quotes and digests of the passages cited, and the sentences of the whole.
PASSAGES = Path("evidence/passages.ttl")
SENTENCES = Path("evidence/sentences.ttl")


@dataclass(frozen=True)
class Draft:
    """Text that stands in no file yet. What it describes replaces what `layer` holds of the same things."""

    name: str
    text: str
    layer: str = "source"


@dataclass(frozen=True)
class Edits:
    """What is to be judged in place of the files: `texts` by absolute path, and drafts beside them."""

    texts: Mapping[Path, str] = field(default_factory=dict)
    drafts: tuple[Draft, ...] = ()


@dataclass
class Dataset:
    """`places` knows handwritten triples and, once derived, the computed ones by the triple they come from;
    `prefixes` those of each file; `profiles` the folders read; `passages` the generated records of passages and
    sentences, not yet in any layer; `unrecorded` the passages cited without a record."""

    layers: dict[str, rdflib.Graph] = field(default_factory=lambda: {layer.name: _graph() for layer in LAYERS})
    places: dict[turtle.Triple, Place] = field(default_factory=dict)
    subjects: dict[Node, Place] = field(default_factory=dict)
    passages: rdflib.Graph = field(default_factory=lambda: _graph())
    profiles: tuple[Path, ...] = ()
    prefixes: dict[str, dict[str, str]] = field(default_factory=dict)
    unrecorded: set[Node] = field(default_factory=set)
    _names: dict[str, Names] = field(default_factory=dict)

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

    def names(self, place: Place) -> Names:
        """How the file of `place` writes terms."""
        if place.path not in self._names:
            self._names[place.path] = Names(self.prefixes.get(place.path))
        return self._names[place.path]

    def include(self, graph: rdflib.Graph, located: turtle.LocatedGraph, name: str) -> None:
        """Put what a text says into a graph, with its places and prefixes."""
        for triple in located.graph:
            graph.add(triple)
        for triple, place in located.places.items():
            self.places.setdefault(triple, place)
        for subject, place in located.subjects.items():
            self.subjects.setdefault(subject, place)
        self.prefixes[name] = located.prefixes

    def replace(self, draft: Draft) -> None:
        """Put a draft into its layer in place of the blocks of the same things; raises TurtleSyntaxError."""
        located, graph = turtle.parse(draft.text, draft.name), self.layers[draft.layer]
        for subject in located.subjects:
            if isinstance(subject, URIRef):
                self._forget(graph, subject)
        self.include(graph, located, draft.name)

    def _forget(self, graph: rdflib.Graph, subject: Node) -> None:
        waiting = [subject]
        while waiting:
            node = waiting.pop()
            for triple in list(graph.triples((node, None, None))):
                graph.remove(triple)
                self.places.pop(triple, None)
                waiting += [triple[2]] if isinstance(triple[2], BNode) else []
            self.subjects.pop(node, None)


def read(ontology: Path, profiles: Iterable[Path], edits: Edits = Edits(), faults: list[UnreadableError] | None = None) -> Dataset:
    """Read an ontology folder and the profiles of any number of plans, with `edits` in place of what stands on disk.

    Raises UnreadableError for a missing folder or one without Turtle. The first bad file raises TurtleSyntaxError; with
    a list of `faults` it goes there, and reading goes on.
    """
    dataset = read_profiles(read_ontology(ontology, edits, faults), profiles, edits, faults)
    for draft in edits.drafts:
        with collected(faults):
            dataset.replace(draft)
    return dataset


def read_ontology(ontology: Path, edits: Edits = Edits(), faults: list[UnreadableError] | None = None) -> Dataset:
    """The vocabulary and the shapes alone; raises as `read`."""
    dataset = Dataset()
    reader = _Reader(dataset, edits, faults)
    for path in turtle_files(ontology):
        layer = "shapes" if path.is_relative_to(ontology / "shapes") else "vocabulary"
        reader.include(dataset.layers[layer], path)
    if not dataset.layers["shapes"] and not faults:
        raise _nothing(ontology / "shapes")  # without rules everything would look right
    return dataset


def read_profiles(ontology: Dataset, profiles: Iterable[Path], edits: Edits = Edits(), faults: list[UnreadableError] | None = None) -> Dataset:
    """A dataset of an ontology as read, whose graphs it shares, and of profiles; raises as `read`."""
    dataset = Dataset(places=dict(ontology.places), subjects=dict(ontology.subjects), prefixes=dict(ontology.prefixes), profiles=tuple(profiles))
    dataset.layers |= {layer: ontology.layers[layer] for layer in ONTOLOGY_LAYERS}
    reader = _Reader(dataset, edits, faults)
    for profile in dataset.profiles:
        if not (profile / "source").is_dir():
            raise _nothing(profile / "source")
        for layer in PROFILE_LAYERS:
            if (profile / layer).is_dir():
                for path in turtle_files(profile / layer, may_be_empty=True):
                    reader.include(dataset.layers[layer], path)
        for record in (PASSAGES, SENTENCES):
            if (profile / record).is_file():
                reader.include(dataset.passages, profile / record)
    return dataset


@dataclass
class _Reader:
    """Reads files into a dataset, and notes or raises what cannot be read."""

    dataset: Dataset
    edits: Edits
    faults: list[UnreadableError] | None

    def include(self, graph: rdflib.Graph, path: Path) -> None:
        name = shown(path)
        with collected(self.faults):
            text = self.edits.texts.get(path)
            located = turtle.read(path, name) if text is None else turtle.parse(text, name)
            self.dataset.include(graph, located, name)


@contextmanager
def collected(faults: list[UnreadableError] | None) -> Iterator[None]:
    """What cannot be read inside goes to `faults`; without a list it is raised."""
    try:
        yield
    except UnreadableError as error:
        if faults is None:
            raise
        faults.append(error)


def turtle_files(folder: Path, may_be_empty: bool = False) -> Iterator[Path]:
    """The Turtle files below a folder in a fixed order; raises UnreadableError where there is none."""
    files = sorted(folder.rglob("*.ttl"), key=lambda path: path.as_posix())
    if not files and not may_be_empty:
        raise _nothing(folder)
    return iter(files)


def _graph() -> rdflib.Graph:
    graph = rdflib.Graph("SimpleMemory", bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, override=True, replace=True)
    return graph


def _nothing(folder: Path) -> UnreadableError:
    return UnreadableError(
        Message("aucun fichier Turtle ici", "no Turtle file here"),
        Message("donnez le dossier d'un plan (il contient source/) ou de l'ontologie", "give the folder of a plan (it holds source/) or of the ontology"),
        folder)
