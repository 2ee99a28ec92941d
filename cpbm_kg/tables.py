"""An answer as plain values: rows for JSON, a page or a data frame, and GeoJSON where a column is a geometry.

It reads the SPARQL 1.1 Query Results JSON Format, which every engine writes; a column's type says what a cell is.
"""

from __future__ import annotations

import json
from decimal import Decimal

from cpbm_kg import asking, media
from cpbm_kg.asking import Asked
from cpbm_kg.contracts import Column, Contract
from cpbm_kg.engine import Engine
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.wkt import geometry

_GEOMETRY = "http://www.opengis.net/ont/geosparql#wktLiteral"
Cell = str | int | float | bool | None


def offered(contract: Contract) -> tuple[Format, ...]:
    """The formats of a question's answer, the preferred one first."""
    if contract.form is Form.GRAPH:
        return OFFERED[Form.GRAPH]
    return (media.ROWS, *OFFERED[contract.form], *([media.GEOJSON] if contract.geometry else []))


def answer(engine: Engine, asked: Asked, format: Format, release: str) -> bytes:
    """The answer in one of the offered formats, JSON rows with the release (its identifier) and digest that cite it;
    raises the engine's errors."""
    if format not in (media.ROWS, media.GEOJSON):
        return asking.answer(engine, asked, format).body
    results = asking.answer(engine, asked, media.JSON).body
    if format is media.GEOJSON:
        return written(geojson(asked.contract, results))
    body = {
        "question": asked.contract.name, "title": vars(asked.contract.title),
        "parameters": {name: [str(value) for value in values] for name, values in asked.values.items()},
        "release": release, "digest": f"sha256:{asking.cite(engine, asked).sha256}",
    }
    if asked.contract.form is Form.ASK:
        return written(body | {"answer": json.loads(results)["boolean"]})
    columns = {column.name: {"type": column.type, **vars(column.meaning)} for column in asked.contract.columns}
    return written(body | {"columns": columns, "rows": rows(asked.contract, results)})


def rows(contract: Contract, results: bytes) -> list[dict[str, Cell]]:
    """One object a row, its keys the columns in order; an unbound cell is None."""
    bindings = json.loads(results)["results"]["bindings"]
    return [{column.name: _cell(column, binding[column.name]["value"]) if column.name in binding else None for column in contract.columns} for binding in bindings]


def geojson(contract: Contract, results: bytes) -> dict:
    """A FeatureCollection (RFC 7946, 3.3): one feature a row, its other columns as properties."""
    return _collection(rows(contract, results), contract.geometry.name)


def geojson_of_any(results: bytes) -> dict | None:
    """The same for the answer to any query: its first column that holds a geometry is drawn; None where there is none."""
    answer = json.loads(results)
    bindings = answer["results"]["bindings"]
    drawn = next((name for name in answer["head"]["vars"] if any(row.get(name, {}).get("datatype") == _GEOMETRY for row in bindings)), None)
    if drawn is None:
        return None
    return _collection([{name: row[name]["value"] if name in row else None for name in answer["head"]["vars"]} for row in bindings], drawn)


def _collection(table: list[dict[str, Cell]], drawn: str) -> dict:
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": geometry(row[drawn]), "properties": {name: cell for name, cell in row.items() if name != drawn}} for row in table]}


def _cell(column: Column, text: str) -> Cell:
    """A value by its column's type; as text where it is not of it, since an answer is never refused for one cell."""
    try:
        if column.type in ("integer", "year"):
            return int(text)
        if column.type == "decimal":
            number = Decimal(text)
            return int(number) if number == number.to_integral_value() else float(number)
    except ArithmeticError:
        return text
    except ValueError:
        return text
    return text == "true" if column.type == "boolean" and text in ("true", "false") else text


def written(value: dict) -> bytes:
    """A value as JSON in UTF-8, readable, with a line end."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
