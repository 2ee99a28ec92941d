"""The ontology as FOOPS! would judge it (Garijo, Corcho, Poveda-Villalón 2021), served by the real server.

Each test bears the name of a criterion of https://w3id.org/foops/ in its docstring. Four parts of them cannot be tried
without the network or a registry: FIND2 and FIND_3_BIS (the prefix in prefix.cc or LOV), the DOI of OM3, and whether the
licence's page answers (OM4.2; its address is checked for form). The address on w3id.org is checked for form (PURL1) and
answered by this server under its own.
"""

import pytest
import rdflib
from rdflib.namespace import DCTERMS, FOAF, OWL, RDF, RDFS, SKOS
from rdflib.term import Literal, URIRef

from cpbm_kg.vocabulary import BASE, BM, ONTOLOGY, SCHEMA, VANN

BIBO = rdflib.Namespace("http://purl.org/ontology/bibo/")
RDF_TYPES = {"text/turtle": "turtle", "application/rdf+xml": "xml", "application/ld+json": "json-ld", "application/n-triples": "nt"}
ACCESS = {
    # OM1, minimum; OM2, recommended; OM3, detailed but for a DOI; OM5.1 and OM5.2, provenance
    "title": DCTERMS.title, "description": DCTERMS.description, "licence": DCTERMS.license, "version IRI": OWL.versionIRI, "creator": DCTERMS.creator,
    "namespace": VANN.preferredNamespaceUri, "prefix": VANN.preferredNamespacePrefix, "version": OWL.versionInfo, "created": DCTERMS.created,
    "citation": DCTERMS.bibliographicCitation, "publisher": DCTERMS.publisher, "logo": FOAF.logo, "status": BIBO.status, "source": DCTERMS.source,
    "issued": DCTERMS.issued, "modified": DCTERMS.modified, "catalogue": SCHEMA.includedInDataCatalog,
}


def path(iri) -> str:
    return "/" + str(iri).removeprefix(BASE)


@pytest.fixture(scope="module")
def ontology(service) -> rdflib.Graph:
    status, _, body = service.get(path(ONTOLOGY), Accept="text/turtle")
    assert status == 200
    return rdflib.Graph().parse(data=body, format="turtle")


@pytest.mark.parametrize("media_type", RDF_TYPES)
def test_the_ontology_answers_in_rdf(service, media_type):
    """CN1, RDF1, URI1: by content negotiation on its own IRI."""
    status, headers, body = service.get(path(ONTOLOGY), Accept=media_type)
    assert status == 200 and headers.get_content_type() == media_type
    graph = rdflib.Graph().parse(data=body, format=RDF_TYPES[media_type])
    assert (ONTOLOGY, RDF.type, OWL.Ontology) in graph


def test_the_ontology_answers_in_html(service):
    """CN1, DOC1."""
    status, headers, _ = service.get(path(ONTOLOGY), Accept="text/html")
    assert status == 200 and headers.get_content_type() == "text/html"


def test_its_name_lasts_and_is_its_own(ontology):
    """PURL1, HTTP1, URI2, FIND1."""
    assert list(ontology.subjects(RDF.type, OWL.Ontology)) == [ONTOLOGY] and str(ONTOLOGY).startswith("https://w3id.org/")
    assert ontology.value(ONTOLOGY, VANN.preferredNamespacePrefix) == Literal("bm") and ontology.value(ONTOLOGY, VANN.preferredNamespaceUri) == Literal(str(BM))


def test_its_version_has_a_name_that_answers(service, ontology):
    """VER1, VER2."""
    version = ontology.value(ONTOLOGY, OWL.versionIRI)
    assert version != ONTOLOGY and service.get(path(version), Accept="text/turtle")[0] == 200


@pytest.mark.parametrize("what", ACCESS)
def test_its_metadata_are_there(ontology, what):
    """OM1, OM2, OM3, OM4.1, OM5.1, OM5.2, FIND3."""
    assert ontology.value(ONTOLOGY, ACCESS[what]) is not None


def test_what_its_metadata_name_of_ours_answers(service, ontology):
    """OM3, FIND3: logo, catalogue, source."""
    for predicate in (FOAF.logo, SCHEMA.includedInDataCatalog, DCTERMS.source):
        assert service.get(path(ontology.value(ONTOLOGY, predicate)), Accept="*/*")[0] == 200, predicate


def test_its_licence_is_an_address(ontology):
    """OM4.2, as far as form goes."""
    licence = ontology.value(ONTOLOGY, DCTERMS.license)
    assert isinstance(licence, URIRef) and licence.startswith("https://")


def test_it_reuses_vocabularies(ontology):
    """VOC1, VOC2: for its metadata, and in what its terms extend."""
    assert any(str(predicate).startswith(str(DCTERMS)) for predicate in ontology.predicates(ONTOLOGY, None))
    extended = {parent for term, parent in ontology.subject_objects(RDFS.subClassOf) if str(term).startswith(str(BM)) and not str(parent).startswith(BASE)}
    assert extended


def test_every_term_has_label_and_definition(ontology):
    """VOC3, VOC4."""
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    terms = {term for kind in kinds for term in ontology.subjects(RDF.type, kind) if str(term).startswith(str(BM))}
    assert len(terms) > 35
    assert not [term for term in terms if not ontology.value(term, RDFS.label) or not ontology.value(term, SKOS.definition)]
