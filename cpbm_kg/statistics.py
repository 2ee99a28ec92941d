"""The counts of a release, asked of the very engine that will serve it, once, when it is built.

Whole-graph counts cost a scan each; computed here, VoID, pages and catalogue say the same numbers and cost nothing.
"""

from __future__ import annotations

import json

from cpbm_kg import media
from cpbm_kg.engine import Engine, Query
from cpbm_kg.media import Form
from cpbm_kg.vocabulary import BASE, LAYERS, SCHEMA, SKOS

DEFAULT = "default"
_TOTALS = """SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?distinctSubjects) (COUNT(DISTINCT ?p) AS ?properties)
  (COUNT(DISTINCT ?o) AS ?distinctObjects) { ?s ?p ?o }"""
_CLASSES = "SELECT ?name (COUNT(DISTINCT ?s) AS ?count) { ?s a ?name } GROUP BY ?name"
_PROPERTIES = "SELECT ?name (COUNT(*) AS ?count) { ?s ?name ?o } GROUP BY ?name"
# Links of our things to those of others, by predicate and by the site that names the other.
_LINKS = f"""PREFIX schema: <{SCHEMA}>
PREFIX skos: <{SKOS}>
SELECT ?predicate ?target (COUNT(*) AS ?triples) {{
  VALUES ?predicate {{ schema:sameAs skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch }}
  ?s ?predicate ?o .
  FILTER (ISIRI(?o) && !STRSTARTS(STR(?o), "{BASE}"))
  BIND (REPLACE(STR(?o), "^(https?://[^/]+/).*$", "$1") AS ?target)
}} GROUP BY ?predicate ?target"""
_FORMATS = {Form.SELECT: media.JSON, Form.ASK: None, Form.GRAPH: None}


def count(engine: Engine) -> dict[str, dict]:
    """For the default graph and for each layer that is not empty: triples, distinct subjects, properties and objects,
    and how often each class and property occurs, by IRI; for the default graph also its links to other sites
    (`linksets`: predicate, target, triples)."""
    counts = {DEFAULT: _of_graph(engine, None) | {"linksets": _linksets(engine)}}
    for layer in LAYERS:
        of_layer = _of_graph(engine, (str(layer.iri),))
        if of_layer["triples"]:
            counts[layer.name] = of_layer
    return counts


def whole(counts: dict) -> bool:
    """Whether counts as a manifest holds them are all that are counted today."""
    return "linksets" in counts.get(DEFAULT, {})


def _linksets(engine: Engine) -> list[dict]:
    rows = _rows(engine, _LINKS, None)
    return sorted((row | {"triples": int(row["triples"])} for row in rows), key=lambda row: (row["predicate"], row["target"]))


def _of_graph(engine: Engine, graphs: tuple[str, ...] | None) -> dict:
    (totals,) = _rows(engine, _TOTALS, graphs)
    parts = {"classes": _CLASSES, "byProperty": _PROPERTIES}
    return {name: int(value) for name, value in totals.items()} | {
        part: {row["name"]: int(row["count"]) for row in sorted(_rows(engine, text, graphs), key=lambda row: row["name"])} for part, text in parts.items()}


def _rows(engine: Engine, text: str, graphs: tuple[str, ...] | None) -> list[dict[str, str]]:
    body = engine.answer(Query(text, graphs, () if graphs else None), _FORMATS).body
    return [{name: term["value"] for name, term in row.items()} for row in json.loads(body)["results"]["bindings"]]
