"""The files that a release offers say what its graphs say, in whatever syntax."""

import csv
import io
import json

import rdflib
from rdflib.namespace import RDF
from rdflib.term import BNode, Literal, URIRef

from cpbm_kg.spreadsheet import SEPARATOR
from cpbm_kg.vocabulary import BM, XSD

SYNTAXES = {"nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


def test_every_syntax_of_the_default_graph_says_the_same(release):
    graphs = {name: rdflib.Graph().parse(release.folder / f"default.{name}", format=syntax) for name, syntax in SYNTAXES.items()}
    expected = {triple for triple in graphs["nt"] if not any(isinstance(term, BNode) for term in triple)}
    assert len(expected) > 30_000
    for graph in graphs.values():
        assert {triple for triple in graph if not any(isinstance(term, BNode) for term in triple)} == expected and len(graph) == len(graphs["nt"])


def test_tables_give_their_triples_back(release, dataset):
    """With its CSVW metadata, a table says again every triple of its things, and no other."""
    things = dataset.union(("source", "translation", "external", "entailed"))
    tables = [name for name in release.manifest["files"] if name.endswith(".csv")]
    assert len(tables) >= 15
    for name in tables:
        described = json.loads((release.folder / f"{name}-metadata.json").read_text(encoding="utf-8"))
        rows = list(csv.DictReader(io.StringIO((release.folder / name).read_bytes().decode(), newline="")))
        columns = described["tableSchema"]["columns"]
        assert described["url"] == name and [column["name"] for column in columns] == list(rows[0])
        said = {(URIRef(row["iri"]), URIRef(column["propertyUrl"]), term_of(column, text))
                for row in rows for column in columns if "propertyUrl" in column for text in row[column["name"]].split(SEPARATOR) if text}
        assert said == {triple for row in rows for triple in things.triples((URIRef(row["iri"]), None, None))}, name


def term_of(column: dict, text: str):
    datatype = column["datatype"]
    if datatype == "anyURI":
        return URIRef(text)
    if "lang" in column:
        return Literal(text, lang=column["lang"])
    named = URIRef(datatype["@id"]) if isinstance(datatype, dict) else XSD[datatype]
    return Literal(text, datatype=None if named == XSD.string else named, normalize=False)


def test_every_kind_of_thing_of_the_source_has_its_table(release, dataset):
    kinds = {kind for kind in dataset.layers["source"].objects(None, RDF.type) if str(kind).startswith(str(BM))} - {BM.Statement}
    tabled = {str(kind) for name in release.manifest["files"] if name.endswith(".csv")
              for kind in [release.manifest["files"][name]["description"]["en"].partition("class ")[2].partition(",")[0]]}
    assert {str(kind) for kind in kinds} <= tabled


def test_the_map_holds_every_geometry_of_a_place(release):
    drawn = json.loads((release.folder / "places.geojson").read_text(encoding="utf-8"))["features"]
    assert len(drawn) > 100 and all(feature["geometry"] and feature["properties"]["label_fr"] and feature["properties"]["source"] for feature in drawn)


def test_a_table_leads_to_its_metadata(service):
    status, headers, body = service.get("/export/actions.csv-metadata.json")
    assert status == 200 and headers.get_content_type() == "application/csvm+json" and json.loads(body)["url"] == "actions.csv"
