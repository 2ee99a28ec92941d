"""The files that a release offers to others: each layer, the whole in each syntax, a table of each kind of thing, a map.

They are written once, when the release is, from the graphs as they were read; what each file is called in French and
English is said here, and from here goes into the manifest, so that pages, catalogue and feeds say the same.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rdflib import Graph
from rdflib.term import URIRef

from cpbm_kg import canonical, spreadsheet, wkt
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message
from cpbm_kg.graphs import Graphs
from cpbm_kg.vocabulary import BM, DCTERMS, DEFAULT_LAYERS, FOAF, GEO, LAYER_NAMES, LAYERS, ONTOLOGY_LAYERS, ORG, RDF, SCHEMA, SKOS

GRAPH_SET, ONTOLOGY_SET = "graph", "ontology"  # the two datasets of the catalogue
LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
_TABLED = ("source", "translation", "external", "entailed")
_GZIP, _GZIP_LEVEL, _BLOCK = 31, 9, 2**20  # 31: with the head and tail of a gzip file


@dataclass(frozen=True)
class Export:
    """A file, which `write` puts at a path; `layers` are those whose triples are in it; `dataset` is the one of the
    catalogue that it distributes, "" for a file that only accompanies another."""

    name: str
    write: Callable[[Path], object]
    dataset: str
    layers: tuple[str, ...]
    title: Message
    description: Message


@dataclass(frozen=True)
class Kind:
    """A class whose things have a table, under a plural name."""

    name: str
    iri: URIRef
    title: Message


KINDS = (
    Kind("actions", BM.Action, Message("actions proposées", "proposed actions")),
    Kind("wordings", BM.Formulation, Message("formulations imprimées des actions", "printed wordings of the actions")),
    Kind("axes", BM.Axis, Message("axes du plan", "axes of the plan")),
    Kind("tiers", BM.Tier, Message("niveaux du plan", "tiers of the plan")),
    Kind("plans", BM.ActionPlan, Message("plans d’actions", "action plans")),
    Kind("phases", BM.Phase, Message("phases de la démarche", "phases of the process")),
    Kind("workshops", BM.Workshop, Message("ateliers", "workshops")),
    Kind("committee-meetings", BM.CommitteeMeeting, Message("réunions de comité", "committee meetings")),
    Kind("events", SCHEMA.Event, Message("événements, ateliers et réunions compris", "events, workshops and meetings included")),
    Kind("findings", BM.Finding, Message("constats", "findings")),
    Kind("questions-raised", SCHEMA.Question, Message("questions posées par le texte", "questions that the text raises")),
    Kind("initiatives", BM.Initiative, Message("initiatives présentées", "initiatives presented")),
    Kind("instruments", BM.PolicyInstrument, Message("instruments d’action publique", "policy instruments")),
    Kind("measures", BM.Measure, Message("mesures", "measures")),
    Kind("places", SCHEMA.Place, Message("lieux", "places")),
    Kind("people", FOAF.Person, Message("personnes", "people")),
    Kind("organisations", ORG.Organization, Message("organisations", "organisations")),
    Kind("documents", SCHEMA.CreativeWork, Message("documents et sources", "documents and sources")),
    Kind("concepts", SKOS.Concept, Message("thèmes, objets, verbes et autres notions", "themes, objects, verbs and other concepts")),
)
_SHOWN = Message("Ce que montre le graphe par défaut en contient les triplets.", "What the default graph shows includes its triples.")
_HIDDEN = Message("À demander par son nom : le graphe par défaut ne le montre pas.", "To be asked for by name: the default graph does not show it.")
_SYNTAXES = {"ttl": "Turtle", "nt": "N-Triples", "jsonld": "JSON-LD", "rdf": "RDF/XML"}


def groups(graphs: Graphs, dataset: Dataset) -> list[Callable[[], Iterable[Export]]]:
    """Every file, in groups that are made side by side, the longest first; tables and the map are made of the layers in `dataset`."""
    layers = {export.layers[0]: export for export in _layers(graphs)}
    evidence = layers.pop("evidence")
    alone = [*_wholes(graphs), *_default_graph(graphs), evidence]
    return [lambda: _of_things(dataset.union(_TABLED)), *(partial(tuple, (export,)) for export in alone), layers.values]


def compress(path: Path) -> Path:
    """Write a file once more as gzip, without name or time: its bytes depend on nothing but the compressor (RFC 1952)."""
    compressed = path.with_name(path.name + ".gz")
    squeeze = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)
    with open(path, "rb") as source, open(compressed, "wb") as sink:
        while block := source.read(_BLOCK):
            sink.write(squeeze.compress(block))
        sink.write(squeeze.flush())
    return compressed


def _default_graph(graphs: Graphs) -> Iterator[Export]:
    named = graphs.prefixes(DEFAULT_LAYERS)
    for extension, syntax in _SYNTAXES.items():
        yield Export(
            f"default.{extension}", partial(canonical.serialise_file, graphs.default, syntax=extension, named=named), GRAPH_SET, DEFAULT_LAYERS,
            Message(f"Graphe par défaut en {syntax}", f"Default graph in {syntax}"),
            Message(f"Ce que le service répond sans qu’on nomme de graphe : {', '.join(DEFAULT_LAYERS)}, en un seul graphe.",
                    f"What the service answers from when no graph is named: {', '.join(DEFAULT_LAYERS)}, in one graph."))


def _layers(graphs: Graphs) -> Iterator[Export]:
    for layer in LAYERS:
        write = partial(canonical.serialise_file, graphs.files[layer.name], syntax="ttl", named=graphs.prefixes([layer.name]))
        shown = _SHOWN if layer.default else _HIDDEN
        yield Export(
            f"{layer.name}.ttl", write, ONTOLOGY_SET if layer.name in ONTOLOGY_LAYERS else GRAPH_SET, (layer.name,),
            Message(f"Couche « {layer.name} » en Turtle : {layer.title.fr}", f"Layer “{layer.name}” in Turtle: {layer.title.en}"),
            Message(f"Le graphe nommé {layer.iri} : {layer.title.fr}. {shown.fr}", f"The named graph {layer.iri}: {layer.title.en}. {shown.en}"))


def _wholes(graphs: Graphs) -> Iterator[Export]:
    every = {str(layer.iri): graphs.files[layer.name] for layer in LAYERS}
    for extension, syntax, write in (("nq", "N-Quads", partial(canonical.write_nquads, every)),
                                     ("trig", "TriG", partial(canonical.write_trig, every, named=graphs.prefixes(LAYER_NAMES)))):
        yield Export(
            f"all.{extension}", write, GRAPH_SET, LAYER_NAMES,
            Message(f"Toutes les couches en {syntax}", f"All layers in {syntax}"),
            Message("Chaque couche dans son graphe nommé, liens déduits et notes compris" + (" ; forme canonique, une ligne par quadruplet." if extension == "nq" else "."),
                    "Each layer in its named graph, inferred links and notes included" + ("; canonical form, one line a quad." if extension == "nq" else ".")))


def _of_things(things: Graph) -> Iterator[Export]:
    yield from _tables(things)
    yield _map(things)


def _tables(things: Graph) -> Iterator[Export]:
    for kind in KINDS:
        sheet = spreadsheet.of_class(things, kind.iri)
        if not sheet.rows:
            continue
        title = Message(f"Tableau CSV : {kind.title.fr}", f"CSV table: {kind.title.en}")
        yield Export(
            f"{kind.name}.csv", _writer(sheet.csv()), GRAPH_SET, _TABLED, title,
            Message(f"Une ligne par chose de la classe {kind.iri}, ses propriétés en colonnes ({len(sheet.rows)} lignes) ; "
                    f"« {spreadsheet.SEPARATOR} » sépare plusieurs valeurs. Colonnes décrites par {kind.name}.csv-metadata.json (CSVW).",
                    f"One row for each thing of class {kind.iri}, its properties as columns ({len(sheet.rows)} rows); "
                    f"“{spreadsheet.SEPARATOR}” separates several values. Columns described by {kind.name}.csv-metadata.json (CSVW)."))
        described = _json(sheet.metadata(f"{kind.name}.csv", title, LICENCE))
        yield Export(f"{kind.name}.csv-metadata.json", _writer(described), "", (),
                     Message(f"Colonnes de {kind.name}.csv (CSVW)", f"Columns of {kind.name}.csv (CSVW)"), title)


def _map(things: Graph) -> Export:
    """Each geometry of each place as a feature (RFC 7946, 3.2)."""
    drawn = [(place, geometry) for place, geometry in things.subject_objects(GEO.hasGeometry) if (place, RDF.type, SCHEMA.Place) in things]
    features = [_feature(things, place, geometry) for place, geometry in sorted(drawn, key=lambda pair: canonical.natural(pair[1]))]
    return Export(
        "places.geojson", _writer(_json({"type": "FeatureCollection", "features": features})), GRAPH_SET, _TABLED,
        Message("Carte des lieux en GeoJSON", "Map of the places in GeoJSON"),
        Message(f"Points et contours des lieux ({len(features)} géométries), longitude puis latitude (CRS84), chacun avec sa source.",
                f"Points and outlines of the places ({len(features)} geometries), longitude before latitude (CRS84), each with its source."))


def _feature(things: Graph, place: URIRef, geometry: URIRef) -> dict:
    labels = {f"label_{label.language}": str(label) for label in sorted(things.objects(place, SKOS.prefLabel))}
    return {"type": "Feature", "id": str(geometry), "geometry": wkt.geometry(str(things.value(geometry, GEO.asWKT))),
            "properties": {"place": str(place), **labels, "source": "|".join(map(str, sorted(things.objects(geometry, DCTERMS.source))))}}


def _json(value: dict) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _writer(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)
