"""A question in `queries/`: one file that is documentation, test, API and published example at once.

The head is YAML in `#+` lines, as grlc reads it (https://grlc.readthedocs.io); values with a colon are quoted. Keys
that grlc has keep its meaning; the set is closed, so that a typing mistake is an error and never silence. Here stands
what the head alone must be; whether the query keeps what it says is `examination`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from cpbm_kg import rules
from cpbm_kg.errors import Message, Place, UnreadableError, shown
from cpbm_kg.findings import Finding
from cpbm_kg.media import Form
from cpbm_kg.parameters import READERS, RESERVED, Parameter

HEAD = "#+"
REQUIRED = frozenset({"summary", "title@fr", "title@en", "question@fr", "question@en", "tags", "shows", "exercises"})
OPTIONAL = frozenset({"description", "description@en", "method", "defaults", "enumerate", "parameters", "columns", "competency"})
SHOWS = {"table": Form.SELECT, "map": Form.SELECT, "timeline": Form.SELECT, "chart": Form.SELECT, "graph": Form.GRAPH, "boolean": Form.ASK}
# `text` has a language tag, `string` none; `geometry` is a geo:wktLiteral.
TYPES = frozenset({"iri", "string", "text", "integer", "decimal", "boolean", "date", "dateTime", "year", "geometry"})
# The themes under which questions are listed: a question stands under its first tag.
THEMES: dict[str, Message] = {
    "actions": Message("Actions", "Actions"), "axes": Message("Axes et niveaux", "Axes and tiers"), "actors": Message("Acteurs", "Actors"),
    "publics": Message("Publics", "Publics"), "instruments": Message("Instruments et programmes", "Instruments and programmes"),
    "workshops": Message("Ateliers", "Workshops"), "meetings": Message("Réunions", "Meetings"), "initiatives": Message("Initiatives", "Initiatives"),
    "people": Message("Personnes et organisations", "People and organisations"), "places": Message("Lieux", "Places"),
    "history": Message("Histoire de la démarche", "History of the process"), "findings": Message("Constats", "Findings"),
    "inferred": Message("Liens déduits", "Inferred links"), "evidence": Message("Preuves", "Evidence"), "oddities": Message("Singularités", "Oddities"),
    "comparison": Message("Comparaison entre plans", "Comparison between plans"),
    "silences": Message("Silences du texte", "Silences of the text"), "checks": Message("Contrôles", "Checks"), "vocabulary": Message("Vocabulaire", "Vocabulary"),
}
PARAMETER_LINE = re.compile(r"^\s*VALUES \?(?P<name>\w+) \{(?P<values>.*)\} # parameter\s*$")
EXPECTED_SUFFIXES = (".csv", ".ttl", ".json")
QUESTIONS = "questions.json"  # in a release: the text of every file by its name
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it is built in, reads ten times faster
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Column:
    """`type` is one of TYPES."""

    name: str
    type: str
    meaning: Message


@dataclass(frozen=True)
class Contract:
    """`text` is the whole file: sent unchanged to an endpoint, it gives the expected answer beside it. `lines` gives
    the line of each key of the head, nested keys as `columns.number`."""

    name: str
    path: Path
    text: str
    head: dict
    columns: tuple[Column, ...]
    parameters: tuple[Parameter, ...]
    lines: dict[str, int] = field(repr=False)

    @property
    def title(self) -> Message:
        return Message(self.head["title@fr"], self.head["title@en"])

    @property
    def question(self) -> Message:
        return Message(self.head["question@fr"], self.head["question@en"])

    @property
    def description(self) -> Message | None:
        return Message(self.head["description"], self.head["description@en"]) if "description" in self.head else None

    @property
    def form(self) -> Form:
        """What the query is: the head says it by what it shows."""
        return SHOWS[self.head["shows"]]

    @property
    def query(self) -> str:
        """The query without its head."""
        return without_head(self.text)

    @property
    def geometry(self) -> Column | None:
        """The column that draws a row on a map, if there is one."""
        return next((column for column in self.columns if column.type == "geometry"), None)

    @property
    def expected(self) -> Path:
        """The file of the expected answer."""
        return self.path.with_suffix(".ttl" if self.form is Form.GRAPH else ".json" if self.form is Form.ASK else ".csv")

    @property
    def competencies(self) -> tuple[str, ...]:
        """The competency questions that this file answers, `CQ04` …"""
        named = self.head.get("competency", ())
        return (named,) if isinstance(named, str) else tuple(named)

    def place(self, key: str = "") -> Place:
        """Where a key of the head stands; the first line for a key that is not there."""
        return Place(shown(self.path), self.lines.get(key, 1))


def without_head(text: str) -> str:
    """The query of a file's text."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(HEAD)).strip() + "\n"


def read_all(folder: Path) -> list[Contract]:
    """Every question of a folder, by name; raises UnreadableError for the first fault and for an empty folder."""
    return [read(path) for path in files(folder)]


def files(folder: Path) -> list[Path]:
    """The question files of a folder, by name; raises UnreadableError where there is none."""
    paths = sorted(folder.glob("*.rq"))
    if not paths:
        raise UnreadableError(Message("aucune question ici", "no question here"), Message("ajoutez un fichier .rq", "add a .rq file"), folder)
    return paths


def read(path: Path) -> Contract:
    """One question; raises UnreadableError with file and line for the first fault of its head."""
    contract, findings = parse(path, text(path))
    if contract is None:
        first = findings[0]
        raise UnreadableError(first.fault, first.remedy, first.place)
    return contract


def text(path: Path) -> str:
    """The text of a question's file; raises UnreadableError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(Message(f"fichier illisible ({error})", f"file cannot be read ({error})"),
                              Message("vérifiez le chemin et l'encodage", "check path and encoding"), Place(shown(path))) from None


def of_release(folder: Path) -> dict[str, Contract]:
    """The questions that a release carries, by name; none where it is older than they are."""
    path = folder / QUESTIONS
    texts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {name: parse(Path(f"queries/{name}.rq"), written)[0] for name, written in sorted(texts.items())}


def bundle(contracts: Iterable[Contract]) -> bytes:
    """The file of a release that carries questions."""
    return (json.dumps({contract.name: contract.text for contract in contracts}, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def parse(path: Path, text: str) -> tuple[Contract | None, list[Finding]]:
    """A question from the text of its file, or None and every fault of its head."""
    numbers = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith(HEAD)]
    head, lines, findings = _head(path, text, numbers)
    if not findings:
        reader = _Reader(path, text, head, lines)
        findings = list(reader.faults())
    if findings:
        return None, findings
    return Contract(path.stem, path, text, head, tuple(reader.columns()), tuple(reader.parameters()), lines), []


def _head(path: Path, text: str, numbers: list[int]) -> tuple[dict, dict[str, int], list[Finding]]:
    """The head as YAML gives it, the line of each key, and what keeps it from being read."""
    decorated = "\n".join(line.removeprefix(HEAD).removeprefix(" ") for line in text.splitlines() if line.startswith(HEAD))
    try:
        loader = _LOADER(decorated)
        tree = loader.get_single_node()
        head = loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark.line if error.problem_mark else 0
        place = Place(shown(path), numbers[min(mark, len(numbers) - 1)])
        return {}, {}, [_fault(place, path.stem, f"l'en-tête n'est pas du YAML : {error.problem}", f"the head is not YAML: {error.problem}",
                               "Mettez entre guillemets les valeurs avec deux-points.", "Quote values that have a colon.")]
    if not isinstance(head, dict):
        return {}, {}, [_fault(Place(shown(path), 1), path.stem, "il n'y a pas d'en-tête", "there is no head",
                               f"Commencez par des lignes « {HEAD} clé: valeur ».", f"Begin with lines \"{HEAD} key: value\".")]
    lines: dict[str, int] = {}
    twice = [_fault(Place(shown(path), number), path.stem, f"la clé {key} est donnée deux fois", f"key {key} is given twice")
             for key, number in _keys(tree, numbers) if lines.setdefault(key, number) != number]
    return head, lines, twice


def _keys(tree: yaml.MappingNode, numbers: list[int], prefix: str = "") -> Iterator[tuple[str, int]]:
    """Each key of a mapping with its line, those of nested mappings after a full stop."""
    for key, value in tree.value:
        yield prefix + str(key.value), numbers[key.start_mark.line]
        if isinstance(value, yaml.MappingNode) and not prefix:
            yield from _keys(value, numbers, f"{key.value}.")


class _Reader:
    """One head against what a head must be."""

    def __init__(self, path: Path, text: str, head: dict, lines: dict[str, int]):
        self._path, self._head, self._lines = path, head, lines
        self._marked = [match for line in text.splitlines() if (match := PARAMETER_LINE.match(line))]

    def faults(self) -> Iterator[Finding]:
        yield from self._keys()
        if not _NAME.fullmatch(self._path.stem):
            yield self._fault("", "le nom de ce fichier ne peut devenir une adresse", "the name of this file cannot become an address",
                              "Employez des minuscules, des chiffres et des tirets.", "Use lower case, digits and hyphens.")
        yield from self._values()
        yield from self._described("columns", TYPES, {"type", "fr", "en"})
        yield from self._described("parameters", READERS, {"type", "fr", "en", "example"})
        yield from self._parameter_lines()

    def columns(self) -> Iterator[Column]:
        for name, column in self._head.get("columns", {}).items():
            yield Column(name, column["type"], Message(column["fr"], column["en"]))

    def parameters(self) -> Iterator[Parameter]:
        choices = {name: tuple(map(str, values)) for entry in self._head.get("enumerate", ()) if isinstance(entry, dict) for name, values in entry.items()}
        for name, row in self._head.get("parameters", {}).items():
            several = next(self._several(match["values"]) for match in self._marked if match["name"] == name)
            yield Parameter(name, row["type"], Message(row["fr"], row["en"]), str(row["example"]), choices.get(name, ()), several)

    @staticmethod
    def _several(values: str) -> bool:
        return len(re.findall(r'"(?:[^"\\]|\\.)*"\S*|\S+', values)) > 1

    def _keys(self) -> Iterator[Finding]:
        for key in self._head:
            if key not in REQUIRED | OPTIONAL:
                yield self._fault(key, f"clé inconnue : {key}", f"unknown key: {key}", *_among(REQUIRED | OPTIONAL))
        required = REQUIRED | ({"columns"} if SHOWS.get(self._head.get("shows"), Form.SELECT) is Form.SELECT else set())
        required |= {"description", "description@en"} if {"description", "description@en"} & set(self._head) else set()
        if missing := required - set(self._head):
            yield self._fault("", f"clé(s) absente(s) : {_list(missing)}", f"missing key(s): {_list(missing)}", "Complétez l'en-tête.", "Complete the head.")

    def _values(self) -> Iterator[Finding]:
        for key in sorted({key for key in REQUIRED | OPTIONAL if "@" in key} | {"summary", "description"}):
            if key in self._head and not (isinstance(self._head[key], str) and self._head[key].strip()):
                yield self._fault(key, f"{key} n'est pas un texte", f"{key} is not a text", "Donnez un texte entre guillemets.", "Give a quoted text.")
        if "shows" in self._head and self._head["shows"] not in SHOWS:
            yield self._fault("shows", f"shows: {self._head['shows']} est inconnu", f"shows: {self._head['shows']} is unknown", *_among(SHOWS))
        if self._head.get("method", "GET") not in ("GET", "POST"):
            yield self._fault("method", f"method: {self._head['method']} est inconnu", f"method: {self._head['method']} is unknown", *_among(("GET", "POST")))
        for key in ("tags", "exercises"):
            if key in self._head and not (isinstance(self._head[key], list) and self._head[key] and all(isinstance(value, str) for value in self._head[key])):
                yield self._fault(key, f"{key} n'est pas une liste", f"{key} is not a list", "Donnez une liste : [a, b].", "Give a list: [a, b].")
        for tag in self._head["tags"] if isinstance(self._head.get("tags"), list) else ():
            if tag not in THEMES:
                yield self._fault("tags", f"thème inconnu : {tag}", f"unknown theme: {tag}", *_among(THEMES))

    def _described(self, key: str, types, fields: set[str]) -> Iterator[Finding]:
        """Columns or parameters: a mapping of name to its fields, all of them texts (an example may be a number)."""
        rows = self._head.get(key, {})
        if not isinstance(rows, dict):
            yield self._fault(key, f"{key} ne donne pas un nom par ligne", f"{key} does not give one name a line")
            return
        for name, row in rows.items():
            if not isinstance(row, dict) or set(row) != fields or row["type"] not in types or not all(isinstance(row[part], str) for part in ("fr", "en")):
                wanted = f"{', '.join(sorted(fields))} (type : {_list(types)})"
                yield self._fault(f"{key}.{name}", f"{name} est mal décrit", f"{name} is badly described", f"Donnez {wanted}.", f"Give {wanted}.")

    def _parameter_lines(self) -> Iterator[Finding]:
        declared, marked = set(self._head.get("parameters") or {}), [match["name"] for match in self._marked]
        for name in sorted(declared & RESERVED):
            yield self._fault(f"parameters.{name}", f"{name} est réservé à l'API", f"{name} is the API's own", "Donnez un autre nom.", "Give another name.")
        for name in sorted(declared):
            if marked.count(name) != 1:
                yield self._fault(f"parameters.{name}", f"le paramètre {name} n'a pas une ligne à lui dans la requête", f"parameter {name} has not one line of its own in the query",
                                  f"Ajoutez « VALUES ?{name} {{ … }} # parameter ».", f"Add \"VALUES ?{name} {{ … }} # parameter\".")
        for name in sorted(set(marked) - declared):
            yield self._fault("", f"la ligne marquée de ?{name} n'a pas de paramètre", f"the marked line of ?{name} has no parameter",
                              "Décrivez-le sous parameters.", "Describe it under parameters.")
        for entry in [*self._head.get("enumerate", ()), *self._head.get("defaults", ())]:
            for name in entry if isinstance(entry, dict) else [entry]:
                if name not in declared or not isinstance(entry, dict):
                    yield self._fault("enumerate" if entry in self._head.get("enumerate", ()) else "defaults", f"{name} n'est pas un paramètre et ses valeurs",
                                      f"{name} is not a parameter and its values", "Écrivez « - nom: [a, b] ».", "Write \"- name: [a, b]\".")

    def _fault(self, key: str, fr: str, en: str, *remedy: str) -> Finding:
        return _fault(Place(shown(self._path), self._lines.get(key, 1)), self._path.stem, fr, en, *remedy)


def _fault(place: Place, thing: str, fr: str, en: str, *remedy: str) -> Finding:
    return rules.own("query-head", place, thing, Message(fr, en), Message(*remedy) if remedy else None)


def _among(names: Iterable[str]) -> tuple[str, str]:
    return f"Donnez l'un de {_list(names)}.", f"Give one of {_list(names)}."


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
