"""`cpbm-kg new`: a block with the fields that the shapes ask for, ready to fill in. What is left to fill in is itself a
fault that `check` names at its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib.term import BNode, Node, URIRef

from cpbm_kg import turtle
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message, Place, UsageError, shown
from cpbm_kg.layout import lay_out
from cpbm_kg.layout.order import natural
from cpbm_kg.names import Names
from cpbm_kg.rules import of_shape
from cpbm_kg.vocabulary import BM, DCTERMS, RDF, SH, SKOS

TO_FILL = "A-REMPLIR"
_WORDS_TO_FILL = "À REMPLIR"
# The order of a block (docs/contributing.md); what the shapes ask for beside these comes before the evidence.
_ORDER = (SKOS.prefLabel, BM.number, BM.ordinal, BM.asWritten, BM.formulationOf, DCTERMS.isPartOf)


@dataclass(frozen=True)
class Draft:
    """A block for one thing: `file` is where the things of its kind stand."""

    thing: URIRef
    text: str
    file: Path
    demands: tuple[Message, ...]


def action(dataset: Dataset, number: int | None) -> list[Draft]:
    """The blocks of a new action of the (one) plan of `dataset`, as read, and of its printed wording.

    Raises UsageError where the number is taken, where it is no number of the plan, or where there is no plan to add to.
    """
    source = dataset.layers["source"]
    plans = sorted(source.subjects(RDF.type, BM.ActionPlan))
    if len(plans) != 1:
        raise UsageError(Message(f"{len(plans)} plans ici : il en faut un", f"{len(plans)} plans here: one is needed"),
                         Message("donnez le dossier d’un plan : --plan DIR", "give the folder of one plan: --plan DIR"))
    plan = plans[0]
    taken = {int(value) for thing in source.subjects(DCTERMS.isPartOf, plan) for value in source.objects(thing, BM.number) if str(value).isdecimal()}
    number = _number(number, taken)
    thing = URIRef(f"{plan}/action/{number}")
    wording = URIRef(f"{plan}/formulation/{number}-1")
    words = {BM.number: str(number), BM.ordinal: "1", BM.asWritten: f'"Action n°{number} {_WORDS_TO_FILL}"@fr', SKOS.prefLabel: f'"{_WORDS_TO_FILL}"@fr'}
    drafts = [_Drafter(dataset, plan, BM.Action, {}).draft(thing, words)]
    if any(inverse == BM.formulationOf for inverse in _inverses(dataset.layers["shapes"], BM.Action)):
        drafter = _Drafter(dataset, plan, BM.Formulation, {BM.formulationOf: thing})
        drafts.append(drafter.draft(wording, words | {SKOS.prefLabel: f'"Action n°{number}"@fr'}))
    return drafts


def insert(draft: Draft) -> str:
    """The text of the draft's file with its block in the natural order of IRIs; raises UsageError where that would not
    be Turtle."""
    text = turtle.read_text(draft.file, shown(draft.file))
    located = turtle.parse(text, shown(draft.file))
    kind = draft.thing.rpartition("/")[0]
    of_kind = sorted(((natural(str(subject)), place) for subject, place in located.subjects.items()
                      if isinstance(subject, URIRef) and subject.rpartition("/")[0] == kind), key=lambda pair: pair[0])
    later = next((place for order, place in of_kind if order > natural(str(draft.thing))), None)
    lines = text.split("\n")
    at = later.line - 1 if later else len(lines)
    while later and at and lines[at - 1].startswith("#"):
        at -= 1
    inserted = "\n".join([*lines[:at], draft.text, *lines[at:]])
    turtle.parse(inserted, shown(draft.file))
    return lay_out(inserted, ".ttl")


def _number(asked: int | None, taken: set[int]) -> int:
    if asked is None:
        return next(number for number in range(1, len(taken) + 2) if number not in taken)
    if asked < 1 or asked in taken:
        raise UsageError(Message(f"le numéro {asked} est déjà pris, ou n’en est pas un", f"the number {asked} is taken, or is none"),
                         Message("donnez un numéro libre, ou aucun", "give a free number, or none"))
    return asked


def _inverses(shapes: rdflib.Graph, kind: URIRef) -> Iterator[Node]:
    """The properties that must lead to a thing of a kind."""
    for shape in shapes.subjects(SH.targetClass, kind):
        if (shape, SH.minCount, None) in shapes:
            yield from shapes.objects(shapes.value(shape, SH.path), SH.inversePath)


class _Drafter:
    """Writes one block as the file writes its own. `known` are values that are clear from the start."""

    def __init__(self, dataset: Dataset, plan: URIRef, kind: URIRef, known: dict[Node, Node]):
        self._dataset = dataset
        self._plan = plan
        self._kind = kind
        self._known = known
        places = [dataset.subjects[thing] for thing in dataset.layers["source"].subjects(RDF.type, kind) if thing in dataset.subjects]
        if not places:
            raise UsageError(Message(f"aucune chose de ce genre ici : {kind}", f"no thing of this kind here: {kind}"),
                             Message("écrivez la première à la main (docs/contributing.md)", "write the first by hand (docs/contributing.md)"))
        self._place: Place = min(places)
        self._names: Names = dataset.names(self._place)

    def draft(self, thing: URIRef, words: dict[Node, str]) -> Draft:
        shapes, stated, plain = self._dataset.layers["shapes"], [], []
        demands = []
        passage = self._names.term(URIRef(f"{self._plan}/passage/{TO_FILL}"))
        for path, shape in self._demanded(shapes):
            if isinstance(shape, URIRef):
                demands.append(of_shape(shape, shapes, {}).remedy)
            line = f"{self._names.term(path)} {words.get(path) or self._names.term(self._value(path, shapes.value(shape, SH['class'])))}"
            needs_statement = (path, BM.requiresStatement, None) in self._dataset.layers["vocabulary"]
            (stated if needs_statement else plain).append(f"[ {line} ; bm:evidence {passage} ]" if needs_statement else line)
        lines = [self._names.term(thing), f"    a {self._names.term(self._kind)} ;", *(f"    {line} ;" for line in plain), f"    bm:evidence {passage} ;"]
        lines += ["    bm:statement", *(f"        {bracket} ," for bracket in stated[:-1]), f"        {stated[-1]} ;"] if stated else []
        return Draft(thing, "\n".join([*lines, ".", ""]), Path(self._place.path).resolve(), tuple(demands))

    def _demanded(self, shapes: rdflib.Graph) -> list[tuple[URIRef, Node]]:
        """The properties that a thing of the kind must have, in the order of a block, each with a shape that says so."""
        found: dict[URIRef, Node] = {}
        for shape in sorted(shapes.subjects(SH.targetClass, self._kind)):
            path = shapes.value(shape, SH.path)
            if isinstance(path, URIRef) and any((shape, count, None) in shapes for count in (SH.minCount, SH.qualifiedMinCount)):
                found.setdefault(path, shape)
        for path in self._known:
            found.setdefault(path, BNode())
        if (SKOS.prefLabel not in found) and self._labelled():
            found[SKOS.prefLabel] = BNode()
        return sorted(found.items(), key=lambda pair: (_ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER), pair[0]))

    def _labelled(self) -> bool:
        source = self._dataset.layers["source"]
        return all((thing, SKOS.prefLabel, None) in source for thing in source.subjects(RDF.type, self._kind))

    def _value(self, path: Node, kind: Node | None) -> Node:
        """The one thing of the class asked for, or a place to fill in in the namespace of such things."""
        if path in self._known:
            return self._known[path]
        things = sorted(thing for thing in self._dataset.layers["source"].subjects(RDF.type, kind)) if kind else []
        if len(things) == 1:
            return things[0]
        of_plan = next((thing for thing in things if str(thing).startswith(f"{self._plan}/")), None)
        return URIRef(f"{of_plan.rpartition('/')[0] if of_plan else self._plan}/{TO_FILL}")
