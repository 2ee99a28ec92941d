"""The whole site as plain files that any web server can hand out: the very bytes that this server would send.

The application is asked for each address and what it says is written down, one file per address: a page without an
ending in its address becomes `….html`, one that ends in `/` an `index.html`. What needs an engine (queries of one's own,
questions with values, searches) has no file. `nginx.conf` beside the files does what files cannot: names of things lead
to a page or to data by Accept, bare addresses to the reader's language, types name their charset.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from cpbm_kg import contracts, reading, tables
from cpbm_kg.engine import Engine
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import Message, UsageError
from cpbm_kg.labels import rows
from cpbm_kg.media import OFFERED, Form
from cpbm_kg.pictures import counts
from cpbm_kg.release import MANIFEST, Release
from cpbm_kg.settings import Settings
from cpbm_kg.vocabulary import BASE
from cpbm_kg.web import discovery, site
from cpbm_kg.web.app import create_app
from cpbm_kg.web.pages import LANGUAGES

_BARE = ("/.well-known/void", "/.well-known/sparql-examples")
_PAGES = tuple(f"/{language}/" for language in LANGUAGES)
NEED_A_SERVER = ("/query", "/validate", "/r/", "/diagnose", "/cite")  # begins of addresses, after the language
_SYNTAXES = tuple(format.name for format in OFFERED[Form.GRAPH])
_WEB = Path(__file__).parent
SITE, CONFIGURATION = "site", "nginx.conf"


def freeze(release: Release, folder: Path, settings: Settings) -> int:
    """Write the site of a release below `folder`, its addresses those of `settings.public_url`; the number of files.

    Raises UsageError where the folder is neither absent nor empty; it appears whole or not at all.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(Message("ce dossier n’est pas vide", "this folder is not empty"), Message("choisissez un dossier absent ou vide", "choose an absent or empty folder"), folder)
    engine = MemoryEngine.of_release(release.folder, settings.answer_bytes)
    app = create_app(engine, site.endpoint_of(settings, release), release, settings)
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".freeze-", dir=folder.parent))
    try:
        count = _write(app, engine, release, new / SITE)
        (new / CONFIGURATION).write_text(_configuration(engine), encoding="utf-8")
        new.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return count


def file_of(address: str) -> str:
    """The file, relative to the site, that holds what an address answers."""
    if address.endswith("/"):
        return f"{address[1:]}index.html"
    return f"{address[1:]}.html" if address.startswith(_PAGES) else address[1:]


def addresses(engine: Engine, release: Release) -> Iterator[str]:
    """Every address that has a file: pages in both languages, descriptions, catalogue and feeds, pictures, the
    answers of questions without values of one's own. Files of the release and of the pages are copied, and are not among them."""
    questions = contracts.of_release(release.folder)
    yield from (address for address in discovery.spoken(questions) if not address[3:].startswith(NEED_A_SERVER))
    for plan in reading.plans(engine):
        for section in reading.sections(engine, plan):
            yield from (f"/{language}/text/{plan}/{section.number}" for language in LANGUAGES)
    for thing in _named(engine, "GRAPH ?layer { ?s ?p ?o }"):
        yield from (f"/{language}/page/{thing}" for language in LANGUAGES)
    for thing in _named(engine, "?s ?p ?o"):
        for syntax in _SYNTAXES:
            yield f"/data/{thing}.{syntax}"
    for syntax in _SYNTAXES:
        yield f"/catalog.{syntax}"
        yield f"/data/ontology.{syntax}"
        yield f"/harvest/datagouv.{syntax}"
    for name in ("map", "timeline", "network", *counts.NAMES):
        yield from (f"/picture/{name}.{language}.svg" for language in LANGUAGES)
    for name in counts.MANIFEST:
        yield from (f"/picture/{name}.{language}.csv" for language in LANGUAGES)
    yield from ("/dataset.jsonld", "/sitemap.xml", "/robots.txt", "/releases.atom", "/openapi.json", *_BARE)
    for contract in questions.values():
        for format in tables.offered(contract):
            yield f"/q/{contract.name}.{format.name}"


def _write(app: Flask, engine: Engine, release: Release, root: Path) -> int:
    client, count = app.test_client(), 0
    for address in addresses(engine, release):
        _put(root / file_of(address), _said(client, address))
        count += 1
    for name in (*release.files, MANIFEST):
        for place in ("export", f"release/{release.id}"):
            _copy(release.folder / name, root / place / name)
            count += 1
    for file in sorted((_WEB / "static").rglob("*")):
        if file.is_file():
            _copy(file, root / "static" / file.relative_to(_WEB / "static"))
            count += 1
    return count


def _configuration(engine: Engine) -> str:
    withdrawn = rows(engine, "SELECT DISTINCT ?s { GRAPH graph:editorial { ?s owl:deprecated true } } ORDER BY ?s")
    answers = [f"location = /{row['s']['value'].removeprefix(BASE)} {{ return 410; }}" for row in withdrawn]
    return (_WEB / "frozen.conf").read_text(encoding="utf-8").replace("WITHDRAWN", "\n    ".join(answers) or "# none")


def _named(engine: Engine, pattern: str) -> list[str]:
    """The names below the base of the things that match a pattern of `?s`."""
    found = rows(engine, f'SELECT DISTINCT ?s {{ {pattern} FILTER (STRSTARTS(STR(?s), "{BASE}id/") || STRSTARTS(STR(?s), "{BASE}source/")) }}')
    return sorted({row["s"]["value"].removeprefix(BASE).partition("#")[0] for row in found})


def _said(client: FlaskClient, address: str) -> bytes:
    accept = "text/html" if address.startswith(_PAGES) else "*/*"
    response = client.get(address, headers={"Accept": accept})
    if response.status_code != 200:
        raise RuntimeError(f"{address} answers {response.status_code}: {response.get_data(as_text=True)[:300]}")
    return response.get_data()


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
