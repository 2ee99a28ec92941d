"""Geometries in WKT, read for maps and for what a release covers.

Longitude before latitude, CRS84, with or without its prefix (OGC 22-047r1, 8.5.1); the kinds are those that WKT (OGC
06-103r4) and GeoJSON (RFC 7946) share.
"""

from __future__ import annotations

import json
import re

_KINDS = {kind.upper(): kind for kind in ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")}
_WKT = re.compile(r"\s*(?:<[^>]*/CRS84>\s*)?([A-Za-z]+)\s*(\(.*\))\s*", re.DOTALL)
_POSITION = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s+(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
OUTLINES = ("Polygon", "MultiPolygon")


def geometry(wkt: str | None) -> dict | None:
    """A geometry of GeoJSON; None where it is none of the shared kinds."""
    match = _WKT.fullmatch(wkt or "")
    kind = _KINDS.get(match[1].upper()) if match else None
    if kind is None:
        return None
    try:
        coordinates = json.loads(_POSITION.sub(r"[\1,\2]", match[2]).replace("(", "[").replace(")", "]"))
    except ValueError:
        return None
    return {"type": kind, "coordinates": coordinates[0] if kind == "Point" else coordinates}


def rings(shape: dict) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The rings of a Polygon or MultiPolygon of GeoJSON, holes among them; of any other kind, none."""
    if shape["type"] not in OUTLINES:
        return ()
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return tuple(tuple((position[0], position[1]) for position in ring) for polygon in polygons for ring in polygon)


def bounds(wkt: str) -> tuple[float, float, float, float]:
    """West, south, east and north of a geometry, in degrees; raises ValueError where it has no position."""
    positions = [(float(longitude), float(latitude)) for longitude, latitude in _POSITION.findall(wkt)]
    longitudes, latitudes = zip(*positions, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def rectangle(west: float, south: float, east: float, north: float) -> str:
    """The polygon of a bounding box, counter-clockwise, without a prefix: portals read no other."""
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{longitude} {latitude}' for longitude, latitude in corners)}))"
