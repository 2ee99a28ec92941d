"""The network: actions, axes, workshops and actors with the links that the text states and, if wished, those that we infer.

At most MOST_NODES are shown at a time; a network around chosen things grows by choosing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cpbm_kg.contracts import Contract
from cpbm_kg.drawing import network as drawing
from cpbm_kg.drawing.network import Link, Node, Words
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message
from cpbm_kg.pictures.picture import Picture, Row, ask, labels, local, numbered, table
from cpbm_kg.vocabulary import BM, CV, MODALITY, SCHEMA

MOST_NODES = 150
# Those of the questions links and links-of.
RELATIONS = (BM.inAxis, BM.inTier, BM.namesAgent, BM.echoes, BM.relatedAction, BM.suggestedTheme, SCHEMA.about, SCHEMA.organizer, CV.hasParticipation)
STATED, INFERRED = ("stated", "normalised"), ("inferred", "conjectured")
COLUMNS: dict[str, tuple[Message, float]] = {
    "tier": (Message("Niveaux", "Tiers"), 120), "axis": (Message("Axes", "Axes"), 170), "action": (Message("Actions", "Actions"), 265),
    "actor": (Message("Acteurs", "Actors"), 165), "workshop": (Message("Ateliers", "Workshops"), 140), "committee": (Message("Comités", "Committees"), 150),
    "theme": (Message("Thèmes", "Themes"), 120),
}
_SAID = {False: Message("énoncé par le texte", "stated by the text"), True: Message("déduit par nous", "inferred by us")}
_ABOUT = Message("Ce que le texte relie : un trait plein est un lien qu’il énonce ; un trait interrompu, montré sur demande, est déduit par nous.",
                 "What the text links: a solid line is a link that it states; a dashed one, shown on demand, is inferred by us.")
_LEFT = Message("{} liens au-delà de {} nœuds ne sont pas montrés : choisissez une chose.", "{} links beyond {} nodes are not shown: choose a thing.")


def network(engine: Engine, contracts: Mapping[str, Contract], things: Sequence[str], inferred: bool, language: str) -> Picture:
    """The network around `things` (IRIs), the whole where there are none; raises RequestError for what is no IRI, and the
    engine's errors."""
    modalities = [str(MODALITY[name]) for name in (STATED + INFERRED if inferred else STATED)]
    if things:
        found = ask(engine, contracts["links-of"], language, thing=things, modality=modalities)
    else:
        found = ask(engine, contracts["links"], language, modality=modalities)
    shown, left = _first(found.rows)
    title, about = found.contract.title.within(language), _ABOUT.within(language)
    if things:
        title = f"{title} : {', '.join(names(found.rows, language).get(thing, thing) for thing in things)}" if len(things) < 4 else title
    relations = labels(engine, map(str, RELATIONS), language)
    nodes, links = _graph(shown, relations, language)
    columns = {kind: (heading.within(language), width) for kind, (heading, width) in COLUMNS.items()}
    words = Words(title, about, columns, _SAID[False].within(language), _SAID[True].within(language), language)
    notes = (_LEFT.within(language).format(left, MOST_NODES),) if left or found.cut else ()
    layout = drawing.lay_out(words, nodes, links)
    live = {"most": MOST_NODES, "nodes": [{"id": node.id, "words": node.words, "kind": node.column, "box": layout.boxes[node.id]} for node in nodes],
            "links": [vars(link) for link in links], "kinds": [{"kind": kind, "words": heading, "width": width} for kind, (heading, width) in columns.items()],
            "relations": relations, "expand": f"/q/links-of?language={language}" + "".join(f"&modality={modality}" for modality in modalities)}
    return Picture("network", title, about, drawing.draw("network", words, nodes, links),
                   table(engine, found, language, {"fromName": "from", "toName": "to"}, hidden=("fromKind", "toKind")), found.data, found.address, notes, live)


def names(rows: Sequence[Row], language: str) -> dict[str, str]:
    """What each end of the links is called, by IRI."""
    return {str(row[end]): _words(row, end, language) for row in rows for end in ("from", "to")}


def _first(rows: list[Row]) -> tuple[list[Row], int]:
    """The links between the first MOST_NODES things, and how many are left."""
    seen: set[str] = set()
    shown = []
    for row in rows:
        new = {str(row["from"]), str(row["to"])} - seen
        if len(seen) + len(new) <= MOST_NODES:
            seen |= new
            shown.append(row)
    return shown, len(rows) - len(shown)


def _graph(rows: list[Row], relations: Mapping[str, str], language: str) -> tuple[list[Node], list[Link]]:
    kinds = {str(row[end]): (str(row[f"{end}Kind"]), _words(row, end, language), row[f"{end}Number"]) for row in rows for end in ("from", "to")}
    ordered = sorted(kinds.items(), key=lambda item: (item[1][2] is None, item[1][2] or 0, item[0]))
    nodes = [Node(iri, kind, words) for iri, (kind, words, _) in ordered]
    links = [Link(str(row["from"]), str(row["to"]), relations.get(str(row["relation"])) or local(str(row["relation"])),
                  str(row["modality"]) in {str(MODALITY[name]) for name in INFERRED}) for row in rows]
    return nodes, links


def _words(row: Row, end: str, language: str) -> str:
    return numbered(row[f"{end}Number"], str(row[f"{end}Name"]), language)
