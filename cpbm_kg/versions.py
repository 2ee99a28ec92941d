"""Where the version of a release and its date are written by hand, and how to write them all at once.

Software, ontology, data and citation have one version (CHANGELOG.md); everything else asks the release for it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg.errors import Message, Place, UnreadableError, UsageError

SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")  # https://semver.org; a release is never a pre-release
_MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}
_VERSION, _ISO, _FR, _EN = r"(?P<version>[^\s\"<>]+)", r"(?P<iso>\d{4}-\d\d-\d\d)", r"(?P<fr>\d+(?:er)? \S+ \d{4})", r"(?P<en>\d+ \S+ \d{4})"
# Each file and the lines in it, every one of which must be there once.
WRITTEN: dict[str, tuple[str, ...]] = {
    "cpbm_kg/__init__.py": (rf'^__version__ = "{_VERSION}"$',),
    "ontology/bm.ttl": (
        rf"^    owl:versionIRI <https://w3id\.org/bassin-minier/ontology/{_VERSION}> ;$",
        rf'^    owl:versionInfo "{_VERSION}" ;$',
        rf'^    dcterms:modified "{_ISO}"\^\^xsd:date ;$',
        rf'version {_VERSION}, {_FR}, https://w3id\.org/bassin-minier/ontology/(?P<again>[^\s"]+)"@fr',
        rf'version {_VERSION}, {_EN}, https://w3id\.org/bassin-minier/ontology/(?P<again>[^\s"]+)"@en',
    ),
    "README.md": (rf"version {_VERSION}, (?P<year>\d{{4}}), https://w3id\.org/bassin-minier/\*",),
    "CITATION.cff": (rf"^version: {_VERSION}$", rf"^date-released: {_ISO}$"),
}


@dataclass(frozen=True)
class Stated:
    """A version or a date (in one of its three forms) as one file writes it."""

    place: Place
    form: str
    value: str


def stated(root: Path) -> Iterator[Stated]:
    """All that the files of a checkout say; raises UnreadableError where one of the lines is not there once."""
    for path, name, text, match in _matches(root):
        for form, value in match.groupdict().items():
            yield Stated(Place(name, text.count("\n", 0, match.start(form)) + 1), form, value)


def rewritten(root: Path, version: str, date: datetime.date) -> dict[Path, str]:
    """The text of each file with another version and date; nothing is written. Raises as `stated`."""
    forms = {"version": version, "again": version, "iso": date.isoformat(), "year": str(date.year)} | {
        language: f"{date.day}{'er' if language == 'fr' and date.day == 1 else ''} {months[date.month - 1]} {date.year}" for language, months in _MONTHS.items()}
    texts: dict[Path, str] = {}
    spans: dict[Path, list[tuple[int, int, str]]] = {}
    for path, _, text, match in _matches(root):
        texts[path] = text
        spans.setdefault(path, []).extend((*match.span(form), forms[form]) for form in match.groupdict())
    for path, places in spans.items():
        for start, end, value in sorted(places, reverse=True):
            texts[path] = texts[path][:start] + value + texts[path][end:]
    return texts


def follows(version: str, previous: str) -> None:
    """Raises UsageError for what is no version, or none after `previous`."""
    numbers = SEMANTIC.fullmatch(version)
    if numbers is None:
        raise UsageError(Message(f"{version!r} n’est pas une version", f"{version!r} is no version"), Message("donnez trois nombres : 1.2.0", "give three numbers: 1.2.0"))
    before = SEMANTIC.fullmatch(previous)
    if before and tuple(map(int, numbers.groups())) <= tuple(map(int, before.groups())):
        raise UsageError(Message(f"la version {version} ne suit pas {previous}", f"version {version} does not follow {previous}"),
                         Message("une version publiée ne change plus : donnez-en une plus haute", "a published version never changes: give a higher one"))


def _matches(root: Path) -> Iterator[tuple[Path, str, str, re.Match]]:
    for name, patterns in WRITTEN.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        for pattern in patterns:
            found = list(re.finditer(pattern, text, re.MULTILINE))
            if len(found) != 1:
                raise UnreadableError(Message(f"la version n’y est pas écrite une fois : {pattern}", f"the version is not written there once: {pattern}"),
                                      Message("rétablissez cette ligne", "restore that line"), Place(name))
            yield path, name, text, found[0]
