"""A state of the graph by its name: the folder of a release or of a plan, an RDF file, or a git revision."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg import answers, canonical, comparison, contracts, derivation, pipeline, release, revisions
from cpbm_kg import dataset as datasets
from cpbm_kg.comparison import State
from cpbm_kg.contracts import Contract
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import Message, QueryError, UnreadableError, UsageError
from cpbm_kg.media import Form
from cpbm_kg.pipeline import DEFAULT_PROFILES, ONTOLOGY_FOLDER
from cpbm_kg.settings import ROOT

_LARGEST_ANSWER = 2**28


@dataclass(frozen=True)
class AnswerChange:
    """The rows of one question that only one state gives; `failed` where a state cannot answer it."""

    contract: Contract
    removed: tuple[tuple[str, ...], ...]
    added: tuple[tuple[str, ...], ...]
    failed: Message | None = None


@dataclass(frozen=True)
class Held:
    """A state, and the release that holds it where it is one (an RDF file is none)."""

    state: State
    folder: Path | None


@contextmanager
def opened(name: str) -> Iterator[Held]:
    """The state that `name` names; what is a revision or a plan's folder becomes a release that lasts as long as the context.

    Raises UsageError for a name that names nothing, UnreadableError and ReleaseError for what cannot be read.
    """
    path = Path(name)
    with ExitStack() as stack:
        if (path / release.MANIFEST).is_file():
            yield _of_release(release.open_release(path).folder)
        elif path.is_dir() and (path / "source").is_dir():
            yield _of_profile(ONTOLOGY_FOLDER, path.resolve(), _folder(stack))
        elif path.is_file():
            yield Held(comparison.state(_of_file(path)), None)
        elif not path.exists() and revisions.exists(ROOT, name):
            tree = _folder(stack)
            for part in (ONTOLOGY_FOLDER, *DEFAULT_PROFILES):
                with zipfile.ZipFile(io.BytesIO(revisions.archive(part, name))) as archive:
                    archive.extractall(tree)
            top = revisions.root(ROOT)
            yield _of_profile(tree / ONTOLOGY_FOLDER.relative_to(top), tree / DEFAULT_PROFILES[0].relative_to(top), _folder(stack))
        else:
            raise UsageError(Message(f"ni version publiée, ni plan, ni fichier, ni révision de git : {name}", f"neither a release, nor a plan, nor a file, nor a git revision: {name}"),
                             Message("donnez un dossier avec manifest.json ou source/, un fichier RDF, ou HEAD", "give a folder with manifest.json or source/, an RDF file, or HEAD"))


def answer_changes(old: Held, new: Held, folder: Path) -> list[AnswerChange]:
    """The published questions of which the two states give other rows. Raises UsageError where one is no release."""
    if old.folder is None or new.folder is None:
        raise UsageError(Message("un fichier seul ne répond pas aux questions publiées", "a file alone does not answer the published questions"),
                         Message("comparez des versions publiées ou des révisions, ou laissez --answers", "compare releases or revisions, or leave --answers"))
    engines = [MemoryEngine.of_release(held.folder, _LARGEST_ANSWER) for held in (old, new)]
    found = []
    for contract in contracts.read_all(folder):
        try:
            before, after = (_rows(engine, contract) for engine in engines)
        except QueryError as error:
            found.append(AnswerChange(contract, (), (), error.fault))
            continue
        if before != after:
            found.append(AnswerChange(contract, tuple(sorted((before - after).elements())), tuple(sorted((after - before).elements()))))
    return found


def _rows(engine: MemoryEngine, contract: Contract) -> Counter[tuple[str, ...]]:
    text = answers.given(engine, contract)
    if contract.form is Form.SELECT:
        return Counter(map(tuple, list(csv.reader(io.StringIO(text)))[1:]))
    content = answers.values(contract, text)
    if contract.form is Form.ASK:
        return Counter([(str(content).lower(),)])
    return Counter((" ".join(term.n3() for term in triple),) for triple in content)


def _of_release(folder: Path) -> Held:
    return Held(comparison.state(canonical.triples_by_graph(folder / "all.nq")), folder)


def _of_profile(ontology: Path, profile: Path, folder: Path) -> Held:
    dataset = datasets.read(ontology, (profile,))
    derivation.derive(dataset)
    pipeline.freeze(dataset, folder / "release")
    return _of_release(folder / "release")


def _of_file(path: Path) -> dict[str, set[tuple]]:
    try:
        return canonical.triples_by_graph(path)
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableError(Message(f"ce fichier ne se lit pas : {error}", f"this file cannot be read: {error}"),
                              Message("donnez un fichier .ttl .nt .nq .trig .rdf .jsonld", "give a file .ttl .nt .nq .trig .rdf .jsonld"), path) from None


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory()))
