"""Where one thing is: its own outline or point, or those of the place that it is said to be in, within a territory."""

from __future__ import annotations

from rdflib.term import URIRef

from cpbm_kg import wkt
from cpbm_kg.drawing import geography
from cpbm_kg.drawing.canvas import Canvas
from cpbm_kg.drawing.geography import Mark, Outline
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message
from cpbm_kg.labels import Labels, rows

_TITLE, _CREDIT = Message("Où", "Where"), Message("Contours : IGN, Mission Bassin Minier", "Outlines: IGN, Mission Bassin Minier")
# To what says where a thing is: itself, its place, what holds that; the nearest that is drawn counts.
_PATHS = ("", "schema:location|dcterms:spatial", "schema:location/schema:containedInPlace", "schema:containedInPlace")
_MARGIN = 0.05  # degrees around what is shown


def located(engine: Engine, iri: str, territory: str | None, language: str) -> Canvas | None:
    """A map of the thing, the territory around it where there is one; None where nothing says where it is."""
    found = next(filter(None, (_outlines(engine, iri, path) for path in _PATHS)), None)
    if not found:
        return None
    labels = Labels(engine, {row["place"]["value"] for row in found} | ({territory} if territory else set()))
    marks, outlines, boxes = [], [], []
    for row in found:
        name, text = labels.term(row["place"]).label(language), row["wkt"]["value"]
        shape = wkt.geometry(text)
        if shape and shape["type"] == "Point":
            marks.append(Mark(name, "circle", tuple(shape["coordinates"][:2]), ()))
        elif shape and row["place"]["value"] != territory:
            outlines.append(Outline(name, "commune", wkt.rings(shape)))
        boxes.append(wkt.bounds(text))
    for row in _outlines(engine, territory, "") if territory else []:
        shape = wkt.geometry(row["wkt"]["value"])
        if shape and shape["type"] in wkt.OUTLINES:
            outlines.append(Outline(labels.term_of(territory).label(language), "contour", wkt.rings(shape)))
            boxes.append(wkt.bounds(row["wkt"]["value"]))
    west, south, east, north = (pick(box[side] for box in boxes) for side, pick in enumerate((min, min, max, max)))
    words = geography.Words(_TITLE.within(language), ", ".join(dict.fromkeys([mark.name for mark in marks] + [outline.name for outline in outlines])), {}, "",
                            _CREDIT.within(language), language)
    return geography.draw("where", words, outlines, marks, (west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN))


def _outlines(engine: Engine, iri: str, path: str) -> list[dict]:
    start = URIRef(iri).n3()
    to = f"{start} {path} ?place ." if path else f"BIND ({start} AS ?place)"
    # Ordered here: an outline is too long a value for the sorting of some servers.
    found = rows(engine, f"SELECT ?place ?wkt {{ {{ SELECT DISTINCT ?place ?shape {{ {to} ?place geo:hasGeometry ?shape }} }} ?shape geo:asWKT ?wkt }}")
    return sorted(found, key=lambda row: (row["place"]["value"], row["wkt"]["value"]))
