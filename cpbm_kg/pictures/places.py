"""The map: municipalities and territories with the meetings held there and the actions that name them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from cpbm_kg import wkt
from cpbm_kg.contracts import Contract
from cpbm_kg.drawing import geography
from cpbm_kg.drawing.geography import Box, Mark, Outline, Words
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message
from cpbm_kg.pictures.picture import Found, Picture, Row, ask, numbered, table
from cpbm_kg.vocabulary import BM, IGEO, SCHEMA

_LOOKS = {str(IGEO.Commune): "commune", str(SCHEMA.Place): "contour", str(IGEO.Departement): "border"}
_SHAPES = {
    "circle": Message("réunions", "meetings"), "square": Message("actions", "actions"), "both": Message("les deux", "both"),
    "hollow": Message("nommée seulement", "only named"), "contour": Message("Bassin minier", "Bassin minier"),
    "commune": Message("commune", "municipality"), "border": Message("limite de département", "boundary of a département"),
}
_UNPLACED = Message("Sans point sur la carte (territoires, sites)", "Without a point on the map (territories, sites)")
_AREA = Message("contour sur la carte", "outline on the map")
_CREDIT = Message("Contours : {}", "Outlines: {}")
_ROOM = 0.02  # degrees around what is shown


def places(engine: Engine, contracts: Mapping[str, Contract], language: str) -> Picture:
    """The map of all that has a place; raises the engine's errors."""
    found, drawn = ask(engine, contracts["what-is-where"], language), ask(engine, contracts["outlines"], language)
    outlines = _outlines(drawn)
    title, about = found.contract.title.within(language), found.contract.description.within(language)
    outlined = {str(row["place"]) for row in drawn.rows}
    marks = [_mark(rows, outlined, language) for rows in _by_place(found.rows)]
    credit = _CREDIT.within(language).format(", ".join(sorted({str(row["source"]) for row in drawn.rows if _look(row)})))
    words = Words(title, about, {shape: meaning.within(language) for shape, meaning in _SHAPES.items()}, _UNPLACED.within(language), credit, language)
    canvas = geography.draw("map", words, outlines, marks, _box(outlines, marks))
    return Picture("map", title, about, canvas, table(engine, found, language, {"placeName": "place", "name": "thing"}, hidden=("class",)),
                   found.data, found.address, live=_live(found, drawn, marks, words))


def _look(row: Row) -> str:
    return _LOOKS.get(str(row["kind"]), "")


def _outlines(drawn: Found) -> list[Outline]:
    outlines = []
    for row in drawn.rows:
        geometry = wkt.geometry(str(row["geometry"]))
        if geometry and _look(row):
            polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
            rings = tuple(tuple((x, y) for x, y in ring) for polygon in polygons for ring in polygon)
            outlines.append(Outline(str(row["name"]), _look(row), rings))
    return outlines


def _by_place(rows: list[Row]) -> list[list[Row]]:
    return [list(several) for _, several in groupby(rows, key=lambda row: row["place"])]


def _mark(rows: list[Row], outlined: set[str], language: str) -> Mark:
    first = rows[0]
    point = wkt.geometry(str(first["geometry"])) if first["geometry"] else None
    kinds = {"square" if row["class"] == str(BM.Action) else "circle" for row in rows if row["thing"]}
    shape = "both" if len(kinds) == 2 else next(iter(kinds), "hollow")
    name = str(first["placeName"])
    if not point and first["place"] in outlined:
        name += f" ({_AREA.within(language)})"
    return Mark(name, shape, tuple(point["coordinates"]) if point else None, tuple(_line(row, language) for row in rows if row["thing"]))


def _line(row: Row, language: str) -> str:
    return numbered(row["number"], str(row["name"]), language)


def _box(outlines: list[Outline], marks: list[Mark]) -> Box:
    """What the contour and the municipalities cover; all of the marks where there is neither."""
    positions = [position for outline in outlines if outline.look != "border" for ring in outline.rings for position in ring]
    positions = positions or [mark.position for mark in marks if mark.position] or [(-5.0, 42.0), (8.0, 51.0)]
    longitudes, latitudes = zip(*positions, strict=True)
    return min(longitudes) - _ROOM, min(latitudes) - _ROOM, max(longitudes) + _ROOM, max(latitudes) + _ROOM


def _live(found: Found, drawn: Found, marks: list[Mark], words: Words) -> dict:
    outlined = {row["place"] for row in drawn.rows}
    listed = [{"iri": rows[0]["place"], "name": rows[0]["placeName"], "shape": mark.shape, "position": mark.position,
               "area": rows[0]["place"] in outlined and not mark.position,
               "things": [{"iri": row["thing"], "words": _line(row, words.language), "kind": row["kind"]} for row in rows if row["thing"]]}
              for rows, mark in zip(_by_place(found.rows), marks, strict=True)]
    return {"key": list(words.shapes.items()), "credit": words.credit, "outlines": f"{drawn.address}{'&' if '?' in drawn.address else '?'}format=geojson", "looks": _LOOKS, "places": listed}
