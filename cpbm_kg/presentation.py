"""What a release says of itself to those who have not opened it: titles, descriptions, keywords, coverage, rights.

It is read off the graphs when the release is built and kept in its manifest: the catalogue, pages and feeds of that
release, old or new, say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rdflib import Graph
from rdflib.term import Node

from cpbm_kg import wkt
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message
from cpbm_kg.vocabulary import AGENT, BM, DCTERMS, FOAF, GEO, ONTOLOGY, RDF, SCHEMA, SKOS, TIME

_GRAPH_KEYWORDS = ("action publique", "données liées", "graphe de connaissances", "plan d’actions", "SPARQL", "territoire")
_ONTOLOGY_KEYWORDS = ("données liées", "ontologie", "OWL", "plan d’actions", "SHACL", "vocabulaire")

_MOST_TITLES = 3  # plans that are named one by one


def describe(dataset: Dataset, statements: int) -> dict:
    """The presentation, as plain values: `graph` and `ontology` are the two datasets; `rights` those of our own work and
    those of what holds outside facts; `spatial` and `temporal` are None where the data name none. `statements` is the
    number of sourced ones."""
    things, vocabulary = dataset.union(("source", "translation", "external")), dataset.layers["vocabulary"]
    place, rights = _place(things), _rights(vocabulary, dataset.layers["external"])
    return {
        "issued": str(vocabulary.value(ONTOLOGY, DCTERMS.issued)),
        "licence": str(vocabulary.value(ONTOLOGY, DCTERMS.license)),
        "rights": rights,
        "publisher": {"iri": str(AGENT.editors), "name": str(vocabulary.value(AGENT.editors, FOAF.name)),
                      "label": _texts(vocabulary, AGENT.editors, SKOS.prefLabel)},
        "spatial": place and _coverage(things, place),
        "temporal": _period(things),
        "graph": _graph(things, place, statements),
        "ontology": {"title": _texts(vocabulary, ONTOLOGY, DCTERMS.title), "description": _texts(vocabulary, ONTOLOGY, DCTERMS.description),
                     "keywords": sorted(_ONTOLOGY_KEYWORDS),
                     "provenance": vars(Message("Écrite à la main pour décrire ce qu’impriment les textes ; tenue dans OWL 2 RL, "
                                                "chaque règle SHACL essayée sur un cas valide et un cas fautif.",
                                                "Written by hand to describe what the texts print; kept within OWL 2 RL, "
                                                "each SHACL rule tried on a valid and a faulty case."))},
    }


def _graph(things: Graph, place: Node | None, statements: int) -> dict:
    plans = sorted(things.subjects(RDF.type, BM.ActionPlan))
    actions = len(set(things.subjects(RDF.type, BM.Action)))
    named = {language: _titles(things, plans, language) for language in ("fr", "en")}
    quoted = {language: _quoted(things, plans, language) for language in ("fr", "en")}
    themes = {theme for workshop in things.subjects(RDF.type, BM.Workshop) for theme in things.objects(workshop, SCHEMA.about)}
    return {
        "title": vars(Message(f"{named['fr']} : graphe de connaissances", f"{named['en']}: knowledge graph")),
        "description": vars(Message(
            f"{quoted['fr']} comme graphe de connaissances ouvert : {actions} actions proposées, leurs axes, les ateliers, lieux, "
            f"organisations et personnes {'qu’ils nomment' if len(plans) > 1 else 'qu’il nomme'}. Chacun des {statements} énoncés sourcés ouvre le passage dont il vient ; ce que dit le texte, "
            "nos normalisations, nos déductions, nos traductions et les faits d’autres sources ne se mêlent pas : une couche, un graphe nommé chacun.",
            f"{quoted['en']} as an open knowledge graph: {actions} proposed actions, their axes, the workshops, places, organisations and "
            f"people that {'they name' if len(plans) > 1 else 'it names'}. Each of the {statements} sourced statements opens the passage it comes from; what the text says, our "
            "normalisations, inferences and translations and the facts of other sources never mix: a layer, a named graph each.")),
        "keywords": sorted({*_GRAPH_KEYWORDS, *filter(None, (_name(things, thing, "fr", strict=True) for thing in (*themes, *([place] if place else []))))}),
        "provenance": vars(Message(
            f"Saisi et annoté à la main d’après le texte (sha256 {_digests(things)}), passage par passage ; "
            "vérifié par des contraintes SHACL et par relecture de chaque citation ; couches calculées par `cpbm-kg build`.",
            f"Entered and annotated by hand from the text (sha256 {_digests(things)}), passage by passage; "
            "checked by SHACL constraints and by reading every quote again; computed layers by `cpbm-kg build`.")),
    }


def _titles(things: Graph, plans: list[Node], language: str) -> str:
    """The titles of a few plans, the number of many: a title is read at a glance."""
    if len(plans) > _MOST_TITLES:
        return f"{len(plans)} {'action plans' if language == 'en' else 'plans d’actions'}"
    return " ; ".join(filter(None, (_name(things, plan, language) for plan in plans)))


def _quoted(things: Graph, plans: list[Node], language: str) -> str:
    """The text or texts, as the subject of a sentence."""
    titles = [_name(things, plan, language) for plan in plans]
    if len(titles) > _MOST_TITLES:
        return f"The texts of {_titles(things, plans, language)}" if language == "en" else f"Les textes de {_titles(things, plans, language)}"
    if language == "en":
        return f"The text{'s' if len(titles) > 1 else ''} " + ", ".join(f"“{title}”" for title in titles)
    return f"Le{'s textes' if len(titles) > 1 else ' texte'} " + ", ".join(f"« {title} »" for title in titles)


def _rights(vocabulary: Graph, external: Graph) -> dict:
    ours = _texts(vocabulary, ONTOLOGY, DCTERMS.rights)
    sources = sorted(set(external.subjects(DCTERMS.rights, None)))
    named = {language: " ; ".join(sorted({_texts(external, source, DCTERMS.rights)[language] for source in sources})) for language in ("fr", "en")}
    if not sources:
        return {"ours": ours, "external": ours}
    return {"ours": ours, "external": vars(Message(f"{ours['fr']} Contient des faits d’autres sources, sous leurs propres conditions : {named['fr']}.",
                                                   f"{ours['en']} Contains facts of other sources, on their own terms: {named['en']}."))}


def _place(things: Graph) -> Node | None:
    """The place that most actions name as theirs and whose outline is known."""
    actions = set(things.subjects(RDF.type, BM.Action))
    named = Counter(place for action, place in things.subject_objects(DCTERMS.spatial) if action in actions and _outline(things, place))
    return max(sorted(named), key=lambda place: named[place], default=None)


def _outline(things: Graph, place: Node) -> str | None:
    texts = (str(text) for geometry in things.objects(place, GEO.hasGeometry) for text in things.objects(geometry, GEO.asWKT))
    return next((text for text in sorted(texts) if (drawn := wkt.geometry(text)) and drawn["type"] in wkt.OUTLINES), None)


def _coverage(things: Graph, place: Node) -> dict:
    return {"iri": str(place), "label": _texts(things, place, SKOS.prefLabel), "wkt": wkt.rectangle(*wkt.bounds(_outline(things, place)))}


def _period(things: Graph) -> dict | None:
    """The days from the first to the last that the plans' own periods span."""
    periods = [period for plan in things.subjects(RDF.type, BM.ActionPlan) for period in things.objects(plan, DCTERMS.temporal)]
    starts, ends = ([str(day) for period in periods for instant in things.objects(period, bound) for day in things.objects(instant, TIME.inXSDDate)]
                    for bound in (TIME.hasBeginning, TIME.hasEnd))
    return {"start": min(starts), "end": max(ends)} if starts and ends else None


def _digests(things: Graph) -> str:
    digests = sorted(map(str, things.objects(None, SCHEMA.sha256)))
    return ", ".join(digests[:_MOST_TITLES]) + (" …" if len(digests) > _MOST_TITLES else "")


def _texts(graph: Graph, thing: Node, predicate: Node) -> dict[str, str]:
    """The text in French and English, each in place of the other where one is missing."""
    found = {text.language: str(text) for text in sorted(graph.objects(thing, predicate)) if getattr(text, "language", None)}
    either: Iterable[str] = found.values()
    return {language: found.get(language) or next(iter(either), "") for language in ("fr", "en")}


def _name(graph: Graph, thing: Node, language: str, strict: bool = False) -> str:
    found = {label.language: str(label) for label in sorted(graph.objects(thing, SKOS.prefLabel))}
    return found.get(language, "" if strict else found.get("fr", ""))
