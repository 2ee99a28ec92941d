"""Plans read and completed one by one, in processes of their own, each written to files as a part of the whole.

What a plan says is completed from itself: brackets, passages, all entailments with one premise. Two things look further:
a passage of another plan, whose record stands there, and a property chain of which each plan has a link. Plans of the
first kind are read together; chains are followed once all parts are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from pathlib import Path

import rdflib

from cpbm_kg import canonical, coverage, derivation, graphs, validation
from cpbm_kg import dataset as datasets
from cpbm_kg.beside import each
from cpbm_kg.coverage import Extent
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import UnreadableError
from cpbm_kg.findings import Finding
from cpbm_kg.graphs import Graphs
from cpbm_kg.source import SourceText
from cpbm_kg.turtle import Triple
from cpbm_kg.validation import JUDGED_LAYERS, Alone, suspects
from cpbm_kg.validation.suspects import Suspects
from cpbm_kg.vocabulary import ONTOLOGY_LAYERS, PROFILE_LAYERS, SCHEMA

_PREMISES = ("source", "translation", "external", "entailed")


@dataclass(frozen=True)
class Part:
    """Profiles that were read together, and the folder where their layers stand.

    `findings` are those of the completion, `alone` what shows without rules, `literals` the suspects that only the
    literals as written show, `extent` how far the texts are covered.
    `pinned` are the digests of the texts, `recorded` and `wanting` the plans whose passages they record, and lack."""

    profiles: tuple[Path, ...]
    folder: Path
    findings: tuple[Finding, ...]
    alone: Alone
    literals: Suspects
    extent: Extent
    pinned: frozenset[str]
    recorded: frozenset[str]
    wanting: frozenset[str]


@dataclass(frozen=True)
class Unread:
    """Profiles with files that cannot be read."""

    profiles: tuple[Path, ...]
    faults: tuple[UnreadableError, ...]


def take(ontology: Dataset, profiles: Iterable[Path], room: Path, text: SourceText | None = None) -> tuple[list[Part], list[UnreadableError]]:
    """Read, complete and write each profile into the folder `room`, and hold quotes to the text; the parts, and the
    faults of files that cannot be read. Raises UnreadableError for a profile that is none."""
    taken = each(partial(_taken, ontology, (profile,), room / f"plan-{number}", text) for number, profile in enumerate(profiles))
    faults = [fault for unread in taken if isinstance(unread, Unread) for fault in unread.faults]
    parts = {part.profiles: part for part in taken if isinstance(part, Part)}
    groups = _groups(parts.values())
    parts |= {part.profiles: part for part in each(partial(_taken, ontology, group, room / f"plans-{number}", text)
                                                   for number, group in enumerate(groups) if group not in parts)}
    return [parts[group] for group in groups], faults


def of(dataset: Dataset, findings: Iterable[Finding], folder: Path, text: SourceText | None = None) -> Part:
    """The part that a derived dataset makes, written into a new folder."""
    alone = validation.look(dataset, text)
    literals = reduce(or_, (suspects.of_literals(dataset.layers[layer], dataset.layers["shapes"]) for layer in JUDGED_LAYERS))
    layers = {name: graph for name, graph in dataset.layers.items() if name not in ONTOLOGY_LAYERS}
    recorded = frozenset(map(_plan, dataset.passages.subjects()))
    return Part(
        dataset.profiles, graphs.write_part(folder, layers), tuple(findings), alone, literals, coverage.measure(dataset).extent,
        frozenset(map(str, dataset.layers["source"].objects(None, SCHEMA.sha256))), recorded, frozenset(map(_plan, dataset.unrecorded)) - recorded)


def across(ontology: Dataset, parts: Iterable[Part], folder: Path) -> Path:
    """What parts entail together that none entails alone, written as one more part into a new folder."""
    paths = graphs.files([part.folder for part in parts], _PREMISES)

    def triples(properties: frozenset) -> Iterator[Triple]:
        return (triple for path in paths for triple in canonical.triples_of(path, set(map(str, properties))))

    entailed = rdflib.Graph()
    for triple in derivation.entailed_across(ontology.layers["vocabulary"], triples):
        entailed.add(triple)
    return graphs.write_part(folder, {"entailed": entailed})


def together(whole: Graphs) -> Dataset:
    """What the graphs say but for evidence and examples, which are most of it, as a dataset without places."""
    dataset = Dataset()
    for layer in (*ONTOLOGY_LAYERS, *PROFILE_LAYERS, "entailed"):
        for triple in canonical.triples_of(whole.files[layer]):
            dataset.layers[layer].add(triple)
    return dataset


def _taken(ontology: Dataset, profiles: tuple[Path, ...], folder: Path, text: SourceText | None) -> Part | Unread:
    faults: list[UnreadableError] = []
    dataset = datasets.read_profiles(ontology, profiles, faults=faults)
    if faults:
        return Unread(profiles, tuple(faults))
    return of(dataset, derivation.derive(dataset), folder, text)


def _plan(iri: str) -> str:
    """The plan of a passage or sentence, whose IRI begins with that of the plan."""
    return str(iri).rpartition("/")[0].rpartition("/")[0]


def _groups(parts: Iterable[Part]) -> list[tuple[Path, ...]]:
    """The profiles of parts, those joined of which one lacks a passage that another records."""
    groups: list[list[Part]] = []
    for part in parts:
        joined = [group for group in groups if any(other.wanting & part.recorded or part.wanting & other.recorded for other in group)]
        groups = [group for group in groups if group not in joined] + [[*(other for group in joined for other in group), part]]
    return [tuple(profile for part in group for profile in part.profiles) for group in groups]
