"""VoID: what a release holds, for machines that look before they ask (https://www.w3.org/TR/void/).

Everything is read from the release's manifest, so the counts are those that the service itself gives.
"""

from __future__ import annotations

import re

import rdflib
from rdflib.namespace import DCTERMS, FOAF
from rdflib.term import Literal, URIRef

from cpbm_kg.exports import GRAPH_SET
from cpbm_kg.statistics import DEFAULT
from cpbm_kg.vocabulary import BASE, LAYERS, ONTOLOGY, RDF, VOID, XSD

_LICENCE = URIRef("https://www.etalab.gouv.fr/licence-ouverte-open-licence")
_FEATURES = ("Turtle", "N-Triples", "JSON-LD", "RDF_XML")
_VOCABULARIES = ("http://www.w3.org/2004/02/skos/core#", "http://schema.org/", "http://www.w3.org/ns/org#", "http://www.w3.org/ns/oa#",
                 "http://www.w3.org/ns/prov#", "http://www.w3.org/2006/time#", "http://www.opengis.net/ont/geosparql#", "http://purl.org/dc/terms/")


def describe(manifest: dict, url: str) -> rdflib.Graph:
    """The description of a release at the service's public address `url`: the default graph as a dataset, each layer
    as a subset, with dumps, counts, and how often each class and property occurs."""
    graph = rdflib.Graph()
    document, whole = URIRef(f"{url}/.well-known/void"), URIRef(f"{url}/.well-known/void#dataset")
    graph.add((document, RDF.type, VOID.DatasetDescription))
    graph.add((document, FOAF.primaryTopic, whole))
    counts = manifest["statistics"]
    _dataset(graph, whole, counts[DEFAULT], f"{url}/export/default.ttl")
    for language, title in manifest["about"][GRAPH_SET]["title"].items():
        graph.add((whole, DCTERMS.title, Literal(title, lang=language)))
    graph.add((whole, DCTERMS.license, _LICENCE))
    graph.add((whole, DCTERMS.modified, Literal(manifest["date"], datatype=XSD.date)))
    graph.add((whole, VOID.sparqlEndpoint, URIRef(f"{url}/sparql")))
    graph.add((whole, VOID.uriSpace, Literal(BASE)))
    graph.add((whole, FOAF.homepage, URIRef(f"{url}/")))
    for vocabulary in (str(ONTOLOGY) + "#", *_VOCABULARIES):
        graph.add((whole, VOID.vocabulary, URIRef(vocabulary)))
    for feature in _FEATURES:
        graph.add((whole, VOID.feature, URIRef(f"http://www.w3.org/ns/formats/{feature}")))
    for layer in LAYERS:
        if layer.name in counts:
            part = URIRef(f"{whole}-{layer.name}")
            _dataset(graph, part, counts[layer.name], f"{url}/export/{layer.name}.ttl")
            graph.add((part, DCTERMS.identifier, Literal(str(layer.iri))))
            for language in ("fr", "en"):
                graph.add((part, DCTERMS.title, Literal(layer.title.within(language), lang=language)))
            if layer.default:
                graph.add((whole, VOID.subset, part))
    for links in counts[DEFAULT].get("linksets", ()):  # a release of before has none
        _linkset(graph, whole, links)
    return graph


def _linkset(graph: rdflib.Graph, whole: URIRef, links: dict) -> None:
    """Links to what another site names (VoID, 5): it is a dataset by its space of names alone."""
    predicate, site = links["predicate"], links["target"]
    name = f"{re.split('[#/]', predicate)[-1]}-{site.partition('//')[2].rstrip('/')}"
    linkset, target = URIRef(f"{whole}-links-{name}"), URIRef(f"{whole}-target-{site.partition('//')[2].rstrip('/')}")
    graph.add((whole, VOID.subset, linkset))
    graph.add((linkset, RDF.type, VOID.Linkset))
    graph.add((linkset, VOID.linkPredicate, URIRef(predicate)))
    graph.add((linkset, VOID.subjectsTarget, whole))
    graph.add((linkset, VOID.objectsTarget, target))
    graph.add((linkset, VOID.triples, Literal(links["triples"])))
    graph.add((target, RDF.type, VOID.Dataset))
    graph.add((target, VOID.uriSpace, Literal(site)))


def _dataset(graph: rdflib.Graph, dataset: URIRef, counts: dict, dump: str) -> None:
    graph.add((dataset, RDF.type, VOID.Dataset))
    graph.add((dataset, VOID.dataDump, URIRef(dump)))
    for name in ("triples", "distinctSubjects", "distinctObjects", "properties"):
        graph.add((dataset, VOID[name], Literal(counts[name])))
    graph.add((dataset, VOID.entities, Literal(counts["distinctSubjects"])))
    graph.add((dataset, VOID.classes, Literal(len(counts["classes"]))))
    partitions = (("classes", VOID.classPartition, VOID["class"], VOID.entities), ("byProperty", VOID.propertyPartition, VOID.property, VOID.triples))
    for kind, link, by, of in partitions:
        for i, (iri, number) in enumerate(counts[kind].items()):
            part = URIRef(f"{dataset}-{kind}-{i}")
            graph.add((dataset, link, part))
            graph.add((part, by, URIRef(iri)))
            graph.add((part, of, Literal(number)))
