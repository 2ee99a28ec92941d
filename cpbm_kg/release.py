"""A release: a folder of files that is complete in itself, with a manifest that says what each must be.

A release never changes. It stands in a store beside the place that was asked for, under its version and digest, and
the place is a link to it (`release` → `releases/0.1.0-6e1f0c…`): one renaming of that link replaces a release, all or
nothing, and whoever reads the old one goes on reading it. Building the same data again finds its release there.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from pathlib import Path

from rdflib import Graph

from cpbm_kg import canonical, exports, presentation, statistics
from cpbm_kg.beside import each
from cpbm_kg.contracts import QUESTIONS
from cpbm_kg.coverage import Extent
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message, ReleaseError, UsageError
from cpbm_kg.exports import Export
from cpbm_kg.graphs import Graphs
from cpbm_kg.vocabulary import BM, DCTERMS, DQV, LAYERS, ONTOLOGY, OWL, RDF, SCHEMA, SKOS

MANIFEST = "manifest.json"
# What another machine may write otherwise in the manifest of the same release: its engine's counts, its compressor's bytes.
_OF_MACHINE = ("statistics", "compressed")
_ANSWER_BYTES = 2**26
_SMALL_BYTES = 2**20  # a file up to this size is held to the manifest whenever its release is opened: together they cost milliseconds
_COMPRESSED = ".gz"
_OF_THINGS = ("source", "external", "inferred", "editorial")
_OF_STATEMENTS = ("evidence", "inferred", "editorial")
_IDENTIFIER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")


@dataclass(frozen=True)
class Release:
    """`manifest` as written: version, date, triples per layer, things per class, statements per
    modality, inferred links per property and grade, coverage of the text, agreement of readings, files, and the
    counts of each graph as the engine gives them."""

    folder: Path
    manifest: dict
    _hold: list[int] = field(default_factory=list, compare=False, repr=False)
    _whole: set[str] = field(default_factory=set, compare=False, repr=False)

    @property
    def version(self) -> str:
        return self.manifest["version"]

    @property
    def id(self) -> str:
        """Version and digest: two builds of one version are two releases."""
        return _id(self.manifest)

    @property
    def modified(self) -> str:
        """When it was written here, as an HTTP date."""
        return formatdate((self.folder / MANIFEST).stat().st_mtime, usegmt=True)

    def hold(self) -> None:
        """While this process lives, or until `let_go`, no build clears this release away."""
        descriptor = os.open(self.folder / MANIFEST, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        self._hold.append(descriptor)

    def let_go(self) -> None:
        """Undo `hold`."""
        while self._hold:
            os.close(self._hold.pop())

    def verify(self) -> None:
        """Hold every file to the manifest; raises ReleaseError naming the file at fault. Each is read once, whoever asks."""
        for name in self.files:
            self.file(name)

    def file(self, name: str) -> Path | None:
        """The path of a published file, held to the manifest before it is first given; None for any other name. Raises
        ReleaseError."""
        said = self.files.get(name)
        if said is None:
            return None
        path = self.folder / name
        if name not in self._whole:
            if not _is(path, said):
                raise _damaged(path)
            self._whole.add(name)
        return path

    @property
    def files(self) -> dict[str, dict]:
        """What the manifest says of each published file, compressed ones included."""
        return _said(self.manifest)


def write(graphs: Graphs, dataset: Dataset, covered: Extent, folder: Path, questions: bytes) -> Release:
    """Freeze judged graphs and make `folder` a link to them, replacing the release that is there; `dataset` holds the
    same (of the evidence nothing is asked), `covered` is how much of the texts they cover, `questions` the file of the
    published questions.

    Raises UsageError where something else stands there, or where it cannot be written: nothing is lost.
    """
    _refuse_other(folder)
    try:
        with _new_folder(store(folder)) as new:
            manifest = _manifest(graphs, dataset, covered, *_fill(new, graphs, dataset, questions))
            kept = store(folder) / _id(manifest)
            if not _stands(kept, manifest):
                _freeze(new, manifest, kept)
        os.utime(kept / MANIFEST)  # it is the newest again
        _point(folder, kept)
    except OSError as error:
        raise UsageError(Message(f"ce dossier ne peut être écrit ({error.strerror})", f"this folder cannot be written ({error.strerror})"),
                         Message("choisissez-en un autre : --release DIR", "choose another: --release DIR"), folder) from None
    _clear(kept, manifest["version"])
    return open_release(kept)


def store(folder: Path) -> Path:
    """Where the releases of which `folder` names the newest are kept."""
    return folder.with_name(folder.name + "s")


def kept_release(newest: Release, id: str) -> Release:
    """The release `id` from the store of `newest`; raises ReleaseError where there is none."""
    if not _IDENTIFIER.fullmatch(id):
        raise _absent(newest.folder.parent / "?")
    return open_release(newest.folder.parent / id)


def kept_releases(newest: Release) -> list[Release]:
    """`newest` and the releases kept beside it, the latest first, as their manifests describe them; files are not held
    to them."""
    found = {newest.id: newest}
    for path in newest.folder.parent.glob(f"*/{MANIFEST}"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            release = Release(path.parent, json.loads(path.read_text(encoding="utf-8")))
            if release.id == path.parent.name:
                found.setdefault(release.id, release)
    return sorted(found.values(), key=lambda release: (release.id == newest.id, release.manifest["date"], canonical.natural(release.version)), reverse=True)


def _refuse_other(folder: Path) -> None:
    """A target must be absent, empty, or a release."""
    if folder.is_symlink():
        other = folder.resolve().parent != store(folder).resolve()
    else:
        other = folder.exists() and not (folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir())))
    if other:
        raise UsageError(Message("il y a déjà autre chose ici, qu'une version publiée effacerait", "something else stands here, which a release would erase"),
                         Message("choisissez un dossier absent ou vide : --release DIR", "choose an absent or empty folder: --release DIR"), folder)


def _stands(kept: Path, manifest: dict) -> bool:
    """Whether this very release is there already, unharmed."""
    try:
        found = open_release(kept).manifest
    except ReleaseError:
        return False
    return statistics.whole(found.get("statistics", {})) and _apart(found) == _apart(manifest)


def _apart(manifest: dict) -> dict:
    """The manifest without what depends on the machine."""
    return {name: value for name, value in manifest.items() if name not in _OF_MACHINE}


@contextmanager
def _new_folder(store: Path) -> Iterator[Path]:
    """A folder in the store that is gone afterwards, and all that is named after it, unless it was renamed."""
    store.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=store))
    try:
        yield new
    finally:
        for left in store.glob(f"{new.name}*"):
            shutil.rmtree(left, ignore_errors=True)


def _fill(new: Path, graphs: Graphs, dataset: Dataset, questions: bytes) -> tuple[dict[str, dict], dict[str, dict]]:
    """Write every file but the manifest, on all cores; what the manifest says of the files, and of their compressed forms."""
    (new / QUESTIONS).write_bytes(questions)
    said = {QUESTIONS: _described(new / QUESTIONS)}
    for written in each(partial(_write, new, group) for group in exports.groups(graphs, dataset)):
        said |= written
    said = dict(sorted(said.items()))
    return ({name: sums for name, sums in said.items() if not name.endswith(_COMPRESSED)},
            {name: sums for name, sums in said.items() if name.endswith(_COMPRESSED)})


def _write(folder: Path, files: Callable[[], Iterable[Export]]) -> dict[str, dict]:
    """Write each file, and compressed if the catalogue lists it; none stays in memory."""
    said = {}
    for export in files():
        path = folder / export.name
        export.write(path)
        said[export.name] = _described(path) | _presented(export)
        if export.dataset:
            said[export.name + _COMPRESSED] = _described(exports.compress(path))
    return said


def _described(path: Path) -> dict:
    with open(path, "rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _freeze(new: Path, manifest: dict, kept: Path) -> None:
    """Complete the release in `new`, and put it where it is kept."""
    manifest["statistics"] = statistics.of_files(new, _ANSWER_BYTES)
    (new / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    new.chmod(0o755)
    if kept.exists():  # damaged, or of other tables of the same graph
        kept.rename(new.with_name(new.name + "-old"))
    new.rename(kept)


def _point(folder: Path, kept: Path) -> None:
    """Make `folder` a link to `kept`, in one step where it is a link already."""
    link = kept.parent / f".link-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(kept.parent.name) / kept.name)
    try:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)  # an empty folder, or a release of old that stood there itself
        link.rename(folder)
    finally:
        link.unlink(missing_ok=True)


def _clear(newest: Path, version: str) -> None:
    """Remove other builds of the same version, unless a server holds them; other versions are kept."""
    for other in newest.parent.glob(f"{version}-{'[0-9a-f]' * 12}"):
        if other == newest:
            continue
        try:
            descriptor = os.open(other / MANIFEST, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(other, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)


def open_release(folder: Path) -> Release:
    """Open a release and hold every file to its manifest; raises ReleaseError naming the file at fault. What it
    gives is the release that `folder` names now, whatever it names later."""
    release = described_release(folder)
    release.verify()
    return release


def described_release(folder: Path) -> Release:
    """As `open_release`, but of a large file only that it is there in its size: whoever reads one asks `Release.file`
    for it, or `verify` before."""
    folder = folder.resolve()
    try:
        release = Release(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        sizes = {name: said["bytes"] for name, said in release.files.items() if isinstance(said["sha256"], str)}
        if not {"all.nq", "default.nt", "default.ttl"} <= set(sizes) or not isinstance(release.version, str) or not isinstance(release.manifest["about"], dict):
            raise ValueError("not the manifest of a release")
    except OSError:
        raise _absent(folder) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(folder / MANIFEST) from None
    for name, size in sizes.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise _damaged(path)
        if size <= _SMALL_BYTES:
            release.file(name)
    return release


def _is(path: Path, said: dict) -> bool:
    """Whether a file is what the manifest says of it."""
    return path.is_file() and path.stat().st_size == said["bytes"] and _described(path)["sha256"] == said["sha256"]


def _absent(folder: Path) -> ReleaseError:
    return ReleaseError(Message("il n'y a pas de version publiée ici", "there is no release here"),
                        Message("lancez « cpbm-kg build »", "run \"cpbm-kg build\""), folder)


def _damaged(path: Path) -> ReleaseError:
    return ReleaseError(Message("ce fichier de la version publiée est absent ou abîmé", "this file of the release is missing or damaged"),
                        Message("lancez « cpbm-kg build » pour le refaire", "run \"cpbm-kg build\" to make it again"), path)


def _manifest(graphs: Graphs, dataset: Dataset, covered: Extent, files: dict[str, dict], compressed: dict[str, dict]) -> dict:
    vocabulary = dataset.layers["vocabulary"]
    typed = {pair for layer in _OF_THINGS for pair in dataset.layers[layer].subject_objects(RDF.type)}
    plans = {thing: plan for layer in _OF_THINGS for thing, plan in dataset.layers[layer].subject_objects(DCTERMS.isPartOf)}
    classes = Counter(_local(kind) for _, kind in typed if str(kind).startswith(str(BM)))
    statements = _statements(graphs)
    inferred = dataset.layers["inferred"]
    links: dict[str, Counter] = {}
    for statement, grade in inferred.subject_objects(BM.grade):
        links.setdefault(_local(inferred.value(statement, RDF.predicate)), Counter())[str(grade)] += 1
    return {
        "version": str(vocabulary.value(ONTOLOGY, OWL.versionInfo)),
        "date": str(vocabulary.value(ONTOLOGY, DCTERMS.modified)),
        "canonicalSha256": files["all.nq"]["sha256"],
        "sources": {str(source): str(sha) for source, sha in sorted(dataset.layers["source"].subject_objects(SCHEMA.sha256))},
        "highestNumbers": {str(plan): int(number) for plan, number in sorted(dataset.layers["source"].subject_objects(BM.highestNumber))},
        "actionCounts": dict(sorted(Counter(str(plans[thing]) for thing, kind in typed if kind == BM.Action).items())),
        "triples": {layer.name: graphs.counts[layer.name] for layer in LAYERS},
        "things": dict(sorted(classes.items())),
        "statements": dict(sorted(sum(statements.values(), Counter()).items())),
        "links": {predicate: dict(sorted(grades.items())) for predicate, grades in sorted(links.items())},
        "coverage": {"sentences": covered.sentences, "covered": covered.covered, "explained": covered.explained, "quotedShare": round(covered.quoted_share, 4)},
        "quality": _quality(dataset.layers["editorial"]),
        "about": presentation.describe(dataset, statements["evidence"].total()),
        "files": files,
        "compressed": compressed,
    }


def _statements(graphs: Graphs) -> dict[str, Counter]:
    """How many statements each layer holds of each modality."""
    said = f" <{BM.modality}> <"
    return {layer: Counter(_local(line[:-4]) for line in graphs.lines(layer) if said in line) for layer in _OF_STATEMENTS}


def _presented(export: Export) -> dict:
    """What is said of a file that the catalogue lists; nothing of the others."""
    if not export.dataset:
        return {}
    return {"dataset": export.dataset, "rights": "external" if "external" in export.layers else "ours", "title": vars(export.title),
            "description": vars(export.description)}


def _said(manifest: dict) -> dict[str, dict]:
    """What a manifest says of all its files."""
    return manifest["files"] | manifest["compressed"]


def _quality(editorial: Graph) -> dict:
    """What was measured by people and cannot be computed from the data: the agreement of two readings (DQV 4.6)."""
    measurements = {_local(editorial.value(m, DQV.isMeasurementOf)): m for m in editorial.subjects(RDF.type, DQV.QualityMeasurement)}
    return {metric: {"value": float(editorial.value(m, DQV.value)),
                     "label": {label.language: str(label) for label in sorted(editorial.objects(m, SKOS.prefLabel))}}
            for metric, m in sorted(measurements.items())}


def _id(manifest: dict) -> str:
    return f"{manifest['version']}-{manifest['canonicalSha256'][:12]}"


def _local(iri) -> str:
    return re.split("[#/]", str(iri))[-1]

