"""A question in `queries/`: one file that is documentation, test, API and published example at once.

The head is YAML in `#+` lines, as grlc reads it (https://grlc.readthedocs.io); values with a colon are quoted. Keys
that grlc has keep its meaning; the set is closed, so that a typing mistake is an error and never silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from cpbm_kg.errors import Message, Place, UnreadableError

HEAD = "#+"
REQUIRED = frozenset({"summary", "title@fr", "title@en", "question@fr", "question@en", "tags", "columns", "shows"})
OPTIONAL = frozenset({"description", "method", "defaults", "enumerate", "parameters", "exercises", "competency"})
SHOWS = frozenset({"table", "map", "timeline", "chart", "graph", "boolean"})
TYPES = frozenset({"iri", "string", "text", "integer", "decimal", "boolean", "date", "dateTime", "year"})
PARAMETER_MARK = "# parameter"


@dataclass(frozen=True)
class Column:
    """`type` is one of TYPES: `text` has a language tag, `string` none."""

    name: str
    type: str
    meaning: Message


@dataclass(frozen=True)
class Contract:
    """`text` is the whole file: sent unchanged to an endpoint, it gives the expected answer beside it."""

    name: str
    path: Path
    text: str
    head: dict
    columns: tuple[Column, ...]

    @property
    def title(self) -> Message:
        return Message(self.head["title@fr"], self.head["title@en"])

    @property
    def expected(self) -> Path:
        """The file of the expected answer."""
        return self.path.with_suffix(".csv")

    @property
    def competencies(self) -> tuple[str, ...]:
        """The competency questions that this file answers, `CQ04` …"""
        named = self.head.get("competency", ())
        return (named,) if isinstance(named, str) else tuple(named)


def read_all(folder: Path) -> list[Contract]:
    """Every question of a folder, by name; raises UnreadableError for the first bad file and for an empty folder."""
    paths = sorted(folder.glob("*.rq"))
    if not paths:
        raise _fault(Place(str(folder)), "aucune question ici", "no question here", "ajoutez un fichier .rq", "add a .rq file")
    return [read(path) for path in paths]


def read(path: Path, name: str | None = None) -> Contract:
    """One question; raises UnreadableError with file and line for whatever its head lacks or has too much. `name` is
    how places call the file (default: the path as given)."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(Place(name or str(path)), f"fichier illisible ({error})", f"file cannot be read ({error})", "vérifiez le chemin et l'encodage", "check path and encoding") from None
    lines = text.splitlines()
    shown = Path(name) if name else path
    head = _head(shown, lines)
    for key in head:
        if key not in REQUIRED | OPTIONAL:
            raise _fault(_line(shown, lines, key), f"clé inconnue : {key}", f"unknown key: {key}", f"clés : {_list(REQUIRED | OPTIONAL)}", f"keys: {_list(REQUIRED | OPTIONAL)}")
    if missing := REQUIRED - set(head):
        raise _fault(Place(str(shown), 1), f"clé(s) absente(s) : {_list(missing)}", f"missing key(s): {_list(missing)}", "complétez l'en-tête", "complete the head")
    if not isinstance(head["shows"], str) or head["shows"] not in SHOWS:
        raise _fault(_line(shown, lines, "shows"), f"shows: {head['shows']} est inconnu", f"shows: {head['shows']} is unknown", f"donnez l'un de {_list(SHOWS)}", f"give one of {_list(SHOWS)}")
    for key in ("columns", "parameters"):
        if not isinstance(head.get(key, {}), dict):
            raise _fault(_line(shown, lines, key), f"{key} : un nom et sa description par ligne", f"{key}: a name and its description a line", "comparez avec une autre question", "compare with another question")
    for name in head.get("parameters", {}):
        if not any(PARAMETER_MARK in line and f"VALUES ?{name} " in line for line in lines):
            raise _fault(_line(shown, lines, "parameters"), f"le paramètre {name} n'est pas dans la requête", f"parameter {name} is not in the query",
                         f"ajoutez la ligne « VALUES ?{name} {{ … }} {PARAMETER_MARK} »", f"add the line \"VALUES ?{name} {{ … }} {PARAMETER_MARK}\"")
    return Contract(path.stem, path, text, head, tuple(_columns(shown, lines, head["columns"])))


def _head(path: Path, lines: list[str]) -> dict:
    decorated = [line.removeprefix(HEAD).removeprefix(" ") for line in lines if line.startswith(HEAD)]
    try:
        head = yaml.safe_load("\n".join(decorated))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark.line if error.problem_mark else 0
        numbers = [number for number, line in enumerate(lines, 1) if line.startswith(HEAD)]
        raise _fault(Place(str(path), numbers[min(mark, len(numbers) - 1)]), f"l'en-tête n'est pas du YAML : {error.problem}", f"the head is not YAML: {error.problem}",
                     "mettez entre guillemets les valeurs avec deux-points", "quote values that have a colon") from None
    if not isinstance(head, dict):
        raise _fault(Place(str(path), 1), "il n'y a pas d'en-tête", "there is no head", f"commencez par des lignes « {HEAD} clé: valeur »", f"begin with lines \"{HEAD} key: value\"")
    return head


def _columns(path: Path, lines: list[str], columns: dict):
    for name, column in columns.items():
        if not isinstance(column, dict) or set(column) != {"type", "fr", "en"} or str(column["type"]) not in TYPES:
            raise _fault(_line(path, lines, name), f"colonne {name} mal décrite", f"column {name} is badly described",
                         f"donnez type ({_list(TYPES)}), fr et en", f"give type ({_list(TYPES)}), fr and en")
        yield Column(name, column["type"], Message(column["fr"], column["en"]))


def _line(path: Path, lines: list[str], key: str) -> Place:
    """The line of the head that begins with a key."""
    number = next((n for n, line in enumerate(lines, 1) if line.startswith(HEAD) and line[2:].strip().startswith(f"{key}:")), 1)
    return Place(str(path), number)


def _list(names) -> str:
    return ", ".join(sorted(names))


def _fault(place: Place, fr: str, en: str, remedy_fr: str, remedy_en: str) -> UnreadableError:
    return UnreadableError(Message(fr, en), Message(remedy_fr, remedy_en), place)
