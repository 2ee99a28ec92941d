"""Judges plans that were read apart: rules look at the files of all parts in the engine, and where something is wrong the
profiles that it concerns are read once more, with the place of every triple.

The findings are those of the plans read together (`validation.validate`), without their graph ever being in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from pathlib import Path

import rdflib
from rdflib.term import Node, URIRef

from cpbm_kg import canonical, changes, derivation, graphs, validation
from cpbm_kg import dataset as datasets
from cpbm_kg.apart.parts import Part
from cpbm_kg.beside import Beside
from cpbm_kg.dataset import Dataset
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.findings import Finding
from cpbm_kg.validation import JUDGED_LAYERS, Alone, core, queries, suspects
from cpbm_kg.validation.results import Result
from cpbm_kg.validation.suspects import Suspects

_DESCRIBING = (*JUDGED_LAYERS, "entailed")


def judge(ontology: Dataset, vocabulary: Path, parts: Sequence[Part]) -> list[Finding]:
    """All that is wrong with parts: what each shows by itself, and what rules find in the whole. `vocabulary` is the
    folder of the ontology's layers."""
    folders = [vocabulary, *(part.folder for part in parts)]
    shapes, unsound = validation.sound(ontology)
    alone = _joined([part.alone for part in parts], folders)
    found = _results(ontology, shapes, reduce(or_, (part.literals for part in parts), Suspects()), folders)
    findings = [*unsound, *alone.findings, *(finding for part in parts for finding in part.findings)]
    if found or alone.undescribed:
        profiles = _concerned(parts, found, alone.undescribed)
        dataset = datasets.read_profiles(ontology, profiles)
        derivation.derive(dataset)
        validation.look(dataset)
        findings += validation.findings(dataset, dataset.union(JUDGED_LAYERS), found, alone)
    return sorted(findings, key=lambda finding: finding.order)


def _results(ontology: Dataset, shapes: rdflib.Graph, literals: Suspects, folders: Sequence[Path]) -> set[Result]:
    """The results of all shapes on the whole. pySHACL sees what its suspects are looked at by, and no more of the graph."""
    paths, cores = graphs.files(folders, JUDGED_LAYERS), queries.without_queries(shapes)
    engine = MemoryEngine.of_files(paths, queries.LARGEST_TABLE)
    of_queries = Beside(lambda: queries.results(engine, shapes))
    suspected = suspects.find(engine, cores, literals)
    found = core.results(_around(ontology, suspected, cores, paths), suspects.aimed(cores, suspected)) if suspected else set()
    return found | of_queries.result()


def _around(ontology: Dataset, suspected: Suspects, shapes: rdflib.Graph, paths: Sequence[Path]) -> rdflib.Graph:
    """The vocabulary, and all that the shapes see of suspects: as far as their paths lead, and the kinds of what is there."""
    around = ontology.union(["vocabulary"])
    steps = [changes.reach(shapes, shape) for shape in {*suspected.nodes, *suspected.whole}]
    if suspected.whole or None in steps:
        lines: Iterable[str] = (line for path in paths for line in graphs.read(path))
        for triple in canonical.triples_in(lines):
            around.add(triple)
        return around
    known: set[str] = set()
    nodes = {node.n3() for nodes in suspected.nodes.values() for node in nodes}
    for step in range(max(steps) + 1):
        fresh = list(graphs.touching(paths, nodes - known, nodes - known if step < max(steps) else ()))
        known |= nodes
        for triple in canonical.triples_in(fresh):
            around.add(triple)
            nodes |= {term.n3() for term in (triple[0], triple[2]) if isinstance(term, URIRef)}
    return around


def _joined(alone: Sequence[Alone], folders: Iterable[Path]) -> Alone:
    """What shows in parts by themselves; what one does not describe another may."""
    undescribed = frozenset().union(*(one.undescribed for one in alone))
    described = graphs.subjects(graphs.files(folders, _DESCRIBING), {thing.n3() for thing in undescribed})
    return Alone(
        tuple(finding for one in alone for finding in one.findings), frozenset().union(*(one.ill_typed for one in alone)),
        frozenset(thing for thing in undescribed if thing.n3() not in described), frozenset().union(*(one.unrecorded for one in alone)))


def _concerned(parts: Sequence[Part], found: Iterable[Result], undescribed: frozenset[Node]) -> tuple[Path, ...]:
    """The profiles in which results stand, one for each, and all that name what nothing describes."""
    results = list(found)
    nodes = {node.n3() for result in results for node in (result.focus, result.value) if isinstance(node, URIRef)}
    said = [[tuple(line[:-3].split(" ", 2)) for line in graphs.touching(graphs.files([part.folder], JUDGED_LAYERS), nodes)] for part in parts]
    chosen = {number for number, part in enumerate(parts) if part.alone.undescribed & undescribed}
    for result in results:
        place = _standing(result, said)
        chosen |= {place} if place is not None else _naming(result, parts)
    return tuple(profile for number in sorted(chosen) for profile in parts[number].profiles)


def _standing(result: Result, said: Sequence[list[tuple[str, ...]]]) -> int | None:
    """The first part that says what a result is about, or else describes its focus; in the order in which a place is
    looked for (`validation.places`). `said` are the triples of each part about such nodes, as N-Triples writes them."""
    focus, path, value = (node and canonical.ntriples_term(node) for node in (result.focus, result.path, result.value))
    looks: list[Callable[..., bool]] = [
        lambda *triple: triple == (focus, path, value), lambda *triple: triple[:2] == (focus, path), lambda *triple: {triple[0], triple[2]} == {focus, value},
        lambda *triple: path is None and triple[0] == value, lambda *triple: triple[0] == focus,
    ]
    return next((number for looked in looks for number, triples in enumerate(said) if any(looked(*triple) for triple in triples)), None)


def _naming(result: Result, parts: Sequence[Part]) -> set[int]:
    """The parts that name the focus of a result or its value, be it as a property."""
    nodes = {node.n3() for node in (result.focus, result.value) if isinstance(node, URIRef)}
    return {number for number, part in enumerate(parts) if graphs.name(graphs.files([part.folder], JUDGED_LAYERS), nodes)}
