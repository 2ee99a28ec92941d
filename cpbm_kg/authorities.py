"""The controlled IRIs that a catalogue uses: of the EU Publications Office, IANA and SPDX, each with its labels.

Harvesters show these labels and look nothing up: data.gouv.fr knows the licence by its label alone, formats are readable
only with theirs, and the DCAT-AP shapes want the class of each IRI in the same graph.
"""

from __future__ import annotations

from rdflib import Graph, Namespace
from rdflib.term import Literal, URIRef

from cpbm_kg.media import CSV, GEOJSON, JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from cpbm_kg.vocabulary import DCTERMS, FOAF, RDF, RDFS, SKOS

_EU = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
SPDX = Namespace("http://spdx.org/rdf/terms#")

THEMES = URIRef(_EU + "data-theme")
PUBLIC = URIRef(_EU + "access-right/PUBLIC")
STABLE = URIRef(_EU + "planned-availability/STABLE")
IRREGULAR = URIRef(_EU + "frequency/IRREG")
LICENCE = URIRef(_EU + "licence/ETALAB_2_0")
FRENCH, ENGLISH = URIRef(_EU + "language/FRA"), URIRef(_EU + "language/ENG")
REGIONS, GOVERNMENT = URIRef(_EU + "data-theme/REGI"), URIRef(_EU + "data-theme/GOVE")
SHA256 = SPDX.checksumAlgorithm_sha256
GZIP = "application/gzip"
SPARQL_PROTOCOL = URIRef("https://www.w3.org/TR/sparql11-protocol/")
_LICENCE_TYPES = URIRef("http://purl.org/adms/licencetype/1.0")
_ATTRIBUTION = URIRef("http://purl.org/adms/licencetype/Attribution")

_CONCEPTS: dict[URIRef, tuple[URIRef | None, str, str]] = {
    PUBLIC: (DCTERMS.RightsStatement, "public", "public"),
    STABLE: (None, "stable", "stable"),
    IRREGULAR: (DCTERMS.Frequency, "irrégulier", "irregular"),
    FRENCH: (DCTERMS.LinguisticSystem, "français", "French"),
    ENGLISH: (DCTERMS.LinguisticSystem, "anglais", "English"),
    REGIONS: (None, "Régions et villes", "Regions and cities"),
    GOVERNMENT: (None, "Gouvernement et secteur public", "Government and public sector"),
}
_FILE_TYPES = {
    TURTLE: "RDF_TURTLE", NTRIPLES: "RDF_N_TRIPLES", JSONLD: "JSON_LD", RDFXML: "RDF_XML", TRIG: "RDF_TRIG", NQUADS: "RDF_N_QUADS",
    CSV: "CSV", GEOJSON: "GEOJSON",
}


def file_type(format: Format) -> URIRef:
    """The EU file type of a format."""
    return URIRef(f"{_EU}file-type/{_FILE_TYPES[format]}")


def media_type(name: str) -> URIRef:
    """The IRI of a media type: https, as the assessment of data.europa.eu wants it."""
    return URIRef(IANA + name)


def describe(graph: Graph) -> None:
    """Add to `graph` what it needs to know of the controlled IRIs that it uses."""
    used = set(graph.objects())
    for iri, (kind, french, english) in _CONCEPTS.items():
        if iri in used:
            _concept(graph, iri, kind, french, english)
    for format in _FILE_TYPES:
        if (iri := file_type(format)) in used:
            _concept(graph, iri, DCTERMS.MediaTypeOrExtent, format.name, format.name)
    for iri in sorted(used, key=str):  # in one order, so that a feed has the same bytes in every process
        if str(iri).startswith(IANA):
            graph.add((iri, RDF.type, DCTERMS.MediaType))
            graph.add((iri, RDFS.label, Literal(str(iri).removeprefix(IANA))))
    _others(graph, used)


def _concept(graph: Graph, iri: URIRef, kind: URIRef | None, french: str, english: str) -> None:
    graph.add((iri, RDF.type, SKOS.Concept))
    graph.add((iri, SKOS.inScheme, URIRef(iri.rpartition("/")[0]) if iri != _ATTRIBUTION else _LICENCE_TYPES))
    for label in (Literal(french, lang="fr"), Literal(english, lang="en")):
        graph.add((iri, SKOS.prefLabel, label))
    graph.add((iri, RDFS.label, Literal(french)))
    if kind is not None:
        graph.add((iri, RDF.type, kind))


def _others(graph: Graph, used: set) -> None:
    if THEMES in used:
        graph.add((THEMES, RDF.type, SKOS.ConceptScheme))
        graph.add((THEMES, DCTERMS.title, Literal("Thèmes de données", lang="fr")))
        graph.add((THEMES, DCTERMS.title, Literal("Data themes", lang="en")))
    if LICENCE in used:
        graph.add((LICENCE, RDF.type, DCTERMS.LicenseDocument))
        graph.add((LICENCE, RDFS.label, Literal("Licence Ouverte / Open Licence version 2.0")))
        graph.add((LICENCE, DCTERMS.type, _ATTRIBUTION))
        graph.add((LICENCE, FOAF.page, URIRef("https://www.etalab.gouv.fr/licence-ouverte-open-licence/")))
        _concept(graph, _ATTRIBUTION, None, "Attribution", "Attribution")
    if SHA256 in used:
        graph.add((SHA256, RDF.type, SPDX.ChecksumAlgorithm))
    if SPARQL_PROTOCOL in used:
        graph.add((SPARQL_PROTOCOL, RDF.type, DCTERMS.Standard))
        graph.add((SPARQL_PROTOCOL, DCTERMS.title, Literal("SPARQL 1.1 Protocol")))
