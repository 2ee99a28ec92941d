"""The counts of a release, asked of the very engine that will serve it, once, when it is built.

Whole-graph counts cost a scan each; computed here, VoID, pages and catalogue say the same numbers and cost nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

from cpbm_kg import media
from cpbm_kg.engine import Engine, Query
from cpbm_kg.engine.memory import MemoryEngine
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


def of_default_graph(engine: Engine) -> dict:
    """Of an engine's default graph: triples, distinct subjects, properties and objects, how often each class and
    property occurs, by IRI, and the links to other sites (`linksets`: predicate, target, triples)."""
    return _of_graph(engine, None) | {"linksets": _linksets(engine)}


def of_layers(engine: Engine) -> dict[str, dict]:
    """The same, but for links, of each layer of an engine that is not empty."""
    counts = {layer.name: _of_graph(engine, (str(layer.iri),)) for layer in LAYERS}
    return {name: of_layer for name, of_layer in counts.items() if of_layer["triples"]}


def of_files(folder: Path, answer_bytes: int) -> dict[str, dict]:
    """The counts of a release's folder, `default` and layers; one after the other, so that one of both is in memory."""
    return {DEFAULT: of_default_graph(MemoryEngine.of_file(folder / "default.nt", answer_bytes))} | of_layers(MemoryEngine.of_file(folder / "all.nq", answer_bytes))


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
