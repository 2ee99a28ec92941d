"""The service description that a GET of `/sparql` without a query answers, computed from what the service is.

https://www.w3.org/TR/sparql11-service-description/; the graphs and their sizes are those of the release.
"""

from __future__ import annotations

import rdflib
from rdflib import Namespace
from rdflib.term import Literal, URIRef

from cpbm_kg import canonical
from cpbm_kg.media import OFFERED, Format
from cpbm_kg.vocabulary import LAYERS, RDF, VOID

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = Namespace("http://www.w3.org/ns/formats/")

# https://www.w3.org/ns/formats/: the registered IRI of each format that we offer.
_FORMAT_IRIS = {
    "json": FORMATS.SPARQL_Results_JSON, "xml": FORMATS.SPARQL_Results_XML, "csv": FORMATS.SPARQL_Results_CSV, "tsv": FORMATS.SPARQL_Results_TSV,
    "ttl": FORMATS.Turtle, "nt": FORMATS["N-Triples"], "jsonld": FORMATS["JSON-LD"], "rdf": FORMATS.RDF_XML,
}


def describe(endpoint: str, triples: dict[str, int] | None) -> rdflib.Graph:
    """The description of the service at `endpoint` (an absolute URL). `triples` counts each layer of the release;
    None where any RDF file is served, whose graphs are then not listed."""
    graph = rdflib.Graph()
    service, dataset = URIRef(endpoint + "#service"), URIRef(endpoint + "#dataset")
    graph.add((service, RDF.type, SD.Service))
    graph.add((service, SD.endpoint, URIRef(endpoint)))
    graph.add((service, SD.supportedLanguage, SD.SPARQL11Query))
    for format in {format for offered in OFFERED.values() for format in offered}:
        graph.add((service, SD.resultFormat, _FORMAT_IRIS[format.name]))
    if triples is None:
        return graph
    default = URIRef(endpoint + "#default-graph")
    graph.add((service, SD.defaultDataset, dataset))
    graph.add((dataset, RDF.type, SD.Dataset))
    graph.add((dataset, SD.defaultGraph, default))
    _describe_graph(graph, default, sum(triples[layer.name] for layer in LAYERS if layer.default))
    for layer in LAYERS:
        if not triples[layer.name]:
            continue  # a graph without triples is none (SPARQL 1.1 Query 13.1)
        named, content = URIRef(f"{endpoint}#{layer.name}"), URIRef(f"{endpoint}#{layer.name}-graph")
        graph.add((dataset, SD.namedGraph, named))
        graph.add((named, RDF.type, SD.NamedGraph))
        graph.add((named, SD.name, layer.iri))
        graph.add((named, SD.graph, content))
        _describe_graph(graph, content, triples[layer.name])
    return graph


def write(graph: rdflib.Graph, format: Format) -> bytes:
    """The description's bytes in one of the formats offered for graphs."""
    # In one order: a client's copy stays good when the server starts again.
    return canonical.serialise(canonical.lines_of(graph), format.name)


def _describe_graph(graph: rdflib.Graph, iri: URIRef, triples: int) -> None:
    graph.add((iri, RDF.type, SD.Graph))
    graph.add((iri, VOID.triples, Literal(triples)))
