"""Outside facts stand beside the text, each with its source and date, and never over it."""

from rdflib import Literal, URIRef

from cpbm_kg.vocabulary import BASE, BM, DCTERMS, GEO, IGEO, MODALITY, RDF, SCHEMA, SKOS


def test_every_external_link_has_a_source_that_is_described(dataset):
    external, evidence = dataset.layers["external"], dataset.layers["evidence"]
    statements = list(evidence.subjects(BM.modality, MODALITY.external))
    assert len(statements) > 250
    for statement in statements:
        source = evidence.value(statement, DCTERMS.source)
        assert evidence.value(statement, DCTERMS.issued) is not None
        assert external.value(source, SKOS.prefLabel) is not None


def test_official_spellings_stay_beside_the_printed_ones(dataset):
    source, external = dataset.layers["source"], dataset.layers["external"]
    for slug, printed, official in (("fouquieres-lez-lens", "Fouquières-lez-Lens", "Fouquières-lès-Lens"),
                                    ("montigny-en-ostrevent", "Montigny en Ostrevent", "Montigny-en-Ostrevent")):
        commune = URIRef(f"{BASE}id/lieu/{slug}")
        assert source.value(commune, SKOS.prefLabel) == Literal(printed, lang="fr")
        assert external.value(commune, IGEO.nom) == Literal(official, lang="fr")
        assert external.value(commune, SKOS.prefLabel) is None


def test_no_date_of_the_text_is_replaced(dataset):
    source, external = dataset.layers["source"], dataset.layers["external"]
    dated = set(source.subjects(SCHEMA.startDate))
    assert not dated & set(external.subjects(SCHEMA.startDate))


def test_what_the_text_names_among_communes_has_its_code_and_outline(dataset):
    source, external = dataset.layers["source"], dataset.layers["external"]
    for commune in source.subjects(RDF.type, IGEO.Commune):
        assert external.value(commune, IGEO.codeINSEE) is not None, commune
        assert external.value(commune, GEO.hasGeometry) is not None, commune


def test_the_inscribed_property_has_109_elements_each_with_a_point(dataset):
    external = dataset.layers["external"]
    elements = list(external.subjects(SCHEMA.containedInPlace, URIRef(BASE + "id/site/unesco-1360")))
    assert len(elements) == 109
    assert all(external.value(element, GEO.hasGeometry) is not None for element in elements)
