"""Namespaces, layers and the makers of IRIs: the one place where an IRI of ours is spelt.

The base is fixed for ever (decisions.md, 2); a server's public address is a setting, not an IRI.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from rdflib import Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SH, SKOS, TIME, VOID, XSD  # noqa: F401 (one door for all)

from cpbm_kg.errors import Message

BASE = "https://w3id.org/bassin-minier/"
BM = Namespace(BASE + "ontology#")
SHAPE = Namespace(BASE + "ontology/shapes#")
MODALITY = Namespace(BASE + "id/modality/")
METHOD = Namespace(BASE + "id/method/")
AGENT = Namespace(BASE + "id/agent/")
STATEMENT = Namespace(BASE + "id/enonce/")
GRAPH = Namespace(BASE + "graph/")
ONTOLOGY = URIRef(BASE + "ontology")
OA = Namespace("http://www.w3.org/ns/oa#")
DQV = Namespace("http://www.w3.org/ns/dqv#")
SCHEMA = Namespace("http://schema.org/")  # http, as the portals expect; rdflib's SDO is https
CV = Namespace("http://data.europa.eu/m8g/")
IGEO = Namespace("http://rdf.insee.fr/def/geo#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
VANN = Namespace("http://purl.org/vocab/vann/")

PREFIXES: dict[str, str] = {
    "bm": str(BM), "shape": str(SHAPE), "modality": str(MODALITY), "method": str(METHOD), "agent": str(AGENT),
    "enonce": str(STATEMENT), "graph": str(GRAPH),
    "acteur": BASE + "id/acteur/", "document": BASE + "id/document/", "genre": BASE + "id/genre-de-lieu/",
    "initiative": BASE + "id/initiative/", "instant": BASE + "id/instant/", "instrument": BASE + "id/instrument/",
    "intervalle": BASE + "id/intervalle/", "lieu": BASE + "id/lieu/", "objet": BASE + "id/objet/",
    "organisation": BASE + "id/organisation/", "personne": BASE + "id/personne/", "public": BASE + "id/public/",
    "role": BASE + "id/role/", "site": BASE + "id/site/", "theme": BASE + "id/theme/", "verbe": BASE + "id/verbe/",
    "cv": str(CV), "dcterms": str(DCTERMS), "dqv": str(DQV), "foaf": str(FOAF), "geo": str(GEO), "igeo": str(IGEO), "oa": str(OA),
    "org": str(ORG), "owl": str(OWL), "prov": str(PROV), "rdf": str(RDF), "rdfs": str(RDFS), "schema": str(SCHEMA),
    "sh": str(SH), "skos": str(SKOS), "time": str(TIME), "vann": str(VANN), "xsd": str(XSD),
}


@dataclass(frozen=True)
class Layer:
    """One named graph of a release. `default`: its triples answer a query that names no graph."""

    name: str
    default: bool
    title: Message

    @property
    def iri(self) -> URIRef:
        return GRAPH[self.name]


# The order is that of the documentation. The default graph shows what the source states, our
# vocabulary and translations, outside facts, what follows by rule, and the evidence of those (decisions.md, 5).
LAYERS: tuple[Layer, ...] = (
    Layer("vocabulary", True, Message("vocabulaire, schémas de concepts, alignements", "vocabulary, concept schemes, alignments")),
    Layer("source", True, Message("ce que le texte énonce, ou énonce une fois normalisé", "what the text states, or states once normalised")),
    Layer("translation", True, Message("nos traductions en anglais", "our English translations")),
    Layer("external", True, Message("faits d'autres sources, nommées et datées", "facts from other sources, named and dated")),
    Layer("entailed", True, Message("conséquences logiques du vocabulaire", "what follows from the vocabulary")),
    Layer("evidence", True, Message("passages du texte et énoncés sourcés", "passages of the text and sourced statements")),
    # Where editors elsewhere look for them: their one query names no graph (examples.py).
    Layer("examples", True, Message("questions publiées, comme exemples de requêtes SPARQL", "published questions, as examples of SPARQL queries")),
    Layer("inferred", False, Message("liens déduits par règle ou conjecturés, avec leurs énoncés", "links inferred by rule or conjectured, with their statements")),
    Layer("editorial", False, Message("singularités et silences du texte, relevés par nous", "oddities and silences of the text, noted by us")),
    Layer("shapes", False, Message("contraintes SHACL", "SHACL constraints")),
)
LAYER_NAMES = tuple(layer.name for layer in LAYERS)
DEFAULT_LAYERS = tuple(layer.name for layer in LAYERS if layer.default)

# The layers that people write in a plan's profile, a folder each; the rest is written in ontology/ or computed.
PROFILE_LAYERS = ("source", "translation", "external", "inferred", "editorial")
ONTOLOGY_LAYERS = ("vocabulary", "shapes")

# The modality that a statement has when its author does not say one (knowledge-model.md, 3).
DEFAULT_MODALITY: dict[str, URIRef] = {
    "source": MODALITY.stated, "translation": MODALITY.translation, "external": MODALITY.external,
    "inferred": MODALITY.inferred, "editorial": MODALITY.conjectured,
}

# Predicates inside a `bm:statement` bracket that speak about the statement; all others are claims.
STATEMENT_ANNOTATIONS = frozenset({
    BM.modality, BM.evidence, BM.method, BM.grade, BM.asWritten, PROV.wasAttributedTo, DCTERMS.source, DCTERMS.issued, RDFS.comment,
})


def statement_iri(layer: str, ntriples_line: str) -> URIRef:
    """The name of the statement of one triple: first 16 hex digits of sha256 over the layer's name followed by
    the triple's canonical N-Triples line without its line end (decisions.md, 3)."""
    return STATEMENT[hashlib.sha256((layer + ntriples_line).encode()).hexdigest()[:16]]


def passage_span(iri: str) -> tuple[int, int] | None:
    """The offsets that a passage IRI `…/passage/START-END` names, or None where it is not of that form."""
    return _span(iri, "/passage/")


def sentence_span(iri: str) -> tuple[int, int] | None:
    """The offsets that a sentence IRI `…/phrase/START-END` names, or None where it is not of that form."""
    return _span(iri, "/phrase/")


def _span(iri: str, kind: str) -> tuple[int, int] | None:
    head, _, tail = iri.rpartition(kind)
    start, dash, end = tail.partition("-")
    if not (head and dash and start.isdecimal() and end.isdecimal()):
        return None
    return int(start), int(end)
