"""CSV files to rows: each cell read as its column asks, each fault a finding with file, line and column.

Comma, semicolon or tab, with or without a byte order mark: what spreadsheets save. Lines that begin with # are examples or
remarks. The `Place` of a finding counts columns as a spreadsheet does, from 1.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cpbm_kg import rules, turtle
from cpbm_kg.errors import Message, Place, UnreadableError, shown
from cpbm_kg.findings import Finding
from cpbm_kg.intake.tables import SEPARATOR, TABLES, TO_FILL, Column, Table

RULE = "csv-row"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SPAN = re.compile(r"(\d+)-(\d+)")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _slug(cell: str) -> str:
    return _matched(SLUG, cell)[0]


def _span(cell: str) -> tuple[int, int]:
    start, end = (int(offset) for offset in _matched(_SPAN, cell).groups())
    if start >= end:
        raise ValueError(cell)
    return start, end


def _integer(cell: str) -> int:
    if not (cell.isascii() and cell.isdecimal()) or int(cell) < 1:
        raise ValueError(cell)
    return int(cell)


def _references(cell: str) -> tuple[tuple[str, str], ...]:
    """Each identifier with the words that print it, "" where none are given."""
    found = (one.partition("=") for one in _texts(cell))
    return tuple((_slug(identifier.strip()), words.strip()) for identifier, _, words in found)


def _texts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(SEPARATOR) if part.strip())


def _matched(pattern: re.Pattern, cell: str) -> re.Match:
    if (found := pattern.fullmatch(cell)) is None:
        raise ValueError(cell)
    return found


# How a cell is read, and what to write where it cannot be. An empty cell is None, whatever its type.
READERS: dict[str, tuple[Callable, Message]] = {
    "text": (str, _NO_NUL := Message("retirez le caractère nul", "remove the null character")),
    "texts": (_texts, _NO_NUL),
    "slug": (_slug, Message("écrivez minuscules sans accent, chiffres et traits d’union : trame-verte", "write unaccented lower case, digits and hyphens: trame-verte")),
    "integer": (_integer, Message("écrivez un entier d’au moins 1", "write an integer of at least 1")),
    "date": (datetime.date.fromisoformat, Message("écrivez année-mois-jour : 2031-05-22", "write year-month-day: 2031-05-22")),
    "time": (datetime.time.fromisoformat, Message("écrivez l’heure sur 24 heures : 18:00", "write the hour of 24: 18:00")),
    "span": (_span, Message("écrivez début-fin, la fin étant exclue et plus grande : 123-456", "write start-end, the end being excluded and greater: 123-456")),
    "digest": (lambda cell: _matched(_DIGEST, cell)[0], Message("donnez les 64 chiffres hexadécimaux de sha256sum", "give the 64 hexadecimal digits of sha256sum")),
    "references": (_references, Message("écrivez identifiants, ou identifiant=mots imprimés, séparés par |", "write identifiers, or identifier=printed words, separated by |")),
}


@dataclass
class Row:
    """One line of a table. `row["label"]` is the cell as its column reads it, None where it is empty or at fault."""

    table: Table
    path: str
    line: int
    cells: dict[str, object]
    columns: list[str]
    findings: list[Finding] = field(repr=False)

    def __getitem__(self, column: str):
        return self.cells.get(column)

    def fault(self, column: str, fault: Message, remedy: Message) -> None:
        """Note what is wrong with a cell."""
        at = self.columns.index(column) + 1 if column in self.columns else 1
        self.findings.append(rules.own(RULE, Place(self.path, self.line, at), self.table.name, Message(
            f"colonne « {column} » : {fault.fr}", f"column \"{column}\": {fault.en}"), remedy, path=column))


@dataclass
class Tables:
    """All rows, and all findings about them."""

    rows: dict[str, list[Row]]
    findings: list[Finding]


def read(folder: Path) -> Tables:
    """The tables of a folder. A table that is not there has no rows, except the plan's and the actions'."""
    findings: list[Finding] = []
    tables = Tables({}, findings)
    for table in TABLES.values():
        path = folder / table.file
        tables.rows[table.name] = []
        if not path.exists() and table.name not in ("plan", "actions"):
            continue
        try:
            text = turtle.read_text(path, shown(path)).removeprefix("\ufeff")
        except UnreadableError as error:
            findings.append(rules.of_error(error))
            continue
        tables.rows[table.name] = list(_rows(table, text, shown(path), findings))
    return tables


def _rows(table: Table, text: str, path: str, findings: list[Finding]) -> Iterator[Row]:
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    names = [name.strip() for name in next(reader, [])]
    whole = Row(table, path, 1, {}, names, findings)
    known = {column.name: column for column in table.columns}
    for name in names:
        if name not in known:
            whole.fault(name, Message("inconnue", "unknown"), _one_of(tuple(known)))
    missing = [column.name for column in table.columns if column.needed and column.name not in names]
    for name in missing:
        whole.fault(name, Message("absente de la première ligne", "missing from the first line"), Message("ajoutez-la", "add it"))
    if missing:
        return
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#"):
            yield _row(table, cells, Row(table, path, line, {}, names, findings))
        line = reader.line_num + 1


def _row(table: Table, cells: list[str], row: Row) -> Row:
    if len(cells) > len(row.columns):
        row.fault(row.columns[-1], Message(f"{len(cells)} cellules pour {len(row.columns)} colonnes", f"{len(cells)} cells for {len(row.columns)} columns"),
                  Message("mettez entre guillemets une cellule qui contient le séparateur", "put quotes around a cell that holds the separator"))
    written = {name: cell.strip() for name, cell in zip(row.columns, cells)}
    for column in table.columns:
        row.cells[column.name] = _cell(column, written.get(column.name, ""), row)
    return row


def _cell(column: Column, written: str, row: Row) -> object:
    read, remedy = READERS[column.type]
    if not written or written == TO_FILL:
        if column.needed or written:
            row.fault(column.name, Message("à remplir", "to fill in"), column.meaning)
        return None
    try:
        if "\x00" in written:  # which neither Turtle nor XML can hold
            raise ValueError(written)
        value = read(written)
    except ValueError:
        row.fault(column.name, Message(f"« {written} » ne se lit pas", f"“{written}” cannot be read"), remedy)
        return None
    if column.choices and value not in column.choices:
        row.fault(column.name, Message(f"« {written} » n’est pas prévu", f"“{written}” is not provided for"), _one_of(column.choices))
        return None
    return value


def _one_of(names: tuple[str, ...]) -> Message:
    among = ", ".join(names)
    return Message(f"écrivez l’un de : {among}", f"write one of: {among}")
