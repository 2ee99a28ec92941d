"""A release: a folder of files that is complete in itself, with a manifest that says what each must be.

Writing is all or nothing: the files go into a new folder beside the old one, which is replaced by renaming only when
the last byte is down.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg import canonical, coverage
from cpbm_kg.contracts import QUESTIONS
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message, ReleaseError, UsageError
from cpbm_kg.vocabulary import BM, DCTERMS, DEFAULT_LAYERS, LAYERS, ONTOLOGY, OWL, RDF, SCHEMA

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Release:
    """`manifest` as written: version, date, triples per layer, things per class, statements per
    modality, inferred links per property and grade, coverage of the text, files."""

    folder: Path
    manifest: dict

    @property
    def version(self) -> str:
        return self.manifest["version"]

    def file(self, name: str) -> Path | None:
        """The path of a published file, None for any other name."""
        return self.folder / name if name in self.manifest["files"] else None


def write(dataset: Dataset, folder: Path, questions: bytes) -> Release:
    """Freeze a derived and judged dataset into `folder`, replacing the release that is there; `questions` is the file
    of the published questions.

    Raises UsageError where something else stands there, or where the folder cannot be written: nothing is lost.
    """
    _refuse_other(folder)
    names = {layer.name: str(layer.iri) for layer in LAYERS}
    quads = canonical.canonical_quads(dataset.layers, names)
    files = dict(_files(quads, names)) | {QUESTIONS: questions}
    manifest = _manifest(dataset, files)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise UsageError(Message(f"ce dossier ne peut être écrit ({error.strerror})", f"this folder cannot be written ({error.strerror})"),
                         Message("choisissez-en un autre : --release DIR", "choose another: --release DIR"), folder) from None
    try:
        for name, data in files.items():
            (new / name).write_bytes(data)
        (new / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        new.chmod(0o755)
        _replace(folder, new)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return Release(folder, manifest)


def _refuse_other(folder: Path) -> None:
    """A target must be absent, empty, or a release."""
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir())))):
        raise UsageError(Message("il y a déjà autre chose ici, qu'une version publiée effacerait", "something else stands here, which a release would erase"),
                         Message("choisissez un dossier absent ou vide : --release DIR", "choose an absent or empty folder: --release DIR"), folder)


def open_release(folder: Path) -> Release:
    """Open a release and hold every file to its manifest; raises ReleaseError naming the file at fault."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {name: (said["bytes"], said["sha256"]) for name, said in manifest["files"].items()}
        if not {"all.nq", "default.ttl"} <= set(files) or not isinstance(manifest["version"], str):
            raise ValueError("not the manifest of a release")
    except OSError:
        raise ReleaseError(Message("il n'y a pas de version publiée ici", "there is no release here"),
                           Message("lancez « cpbm-kg build »", "run \"cpbm-kg build\""), folder) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(folder / MANIFEST) from None
    for name, (size, sha256) in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or _sha256(path.read_bytes()) != sha256:
            raise _damaged(path)
    return Release(folder, manifest)


def _damaged(path: Path) -> ReleaseError:
    return ReleaseError(Message("ce fichier de la version publiée est absent ou abîmé", "this file of the release is missing or damaged"),
                        Message("lancez « cpbm-kg build » pour le refaire", "run \"cpbm-kg build\" to make it again"), path)


def _files(quads: list, names: dict[str, str]):
    """Name and bytes of each file, one after the other."""
    for layer in LAYERS:
        yield f"{layer.name}.ttl", canonical.turtle(q for q in quads if q.graph_name.value == names[layer.name])
    shown = {names[layer] for layer in DEFAULT_LAYERS}
    yield "default.ttl", canonical.turtle(canonical.merged(q for q in quads if q.graph_name.value in shown))
    yield "all.trig", canonical.trig(quads)
    yield "all.nq", canonical.nquads(quads)


def _manifest(dataset: Dataset, files: dict[str, bytes]) -> dict:
    vocabulary = dataset.layers["vocabulary"]
    things = dataset.union(("source", "external", "inferred", "editorial"))
    statements = dataset.union(("evidence", "inferred", "editorial"))
    covered = coverage.measure(dataset)
    classes = Counter(_local(kind) for _, _, kind in things.triples((None, RDF.type, None)) if str(kind).startswith(str(BM)))
    modalities = Counter(str(modality).rpartition("/")[2] for modality in statements.objects(None, BM.modality))
    inferred = dataset.layers["inferred"]
    links: dict[str, Counter] = {}
    for statement, grade in inferred.subject_objects(BM.grade):
        links.setdefault(_local(inferred.value(statement, RDF.predicate)), Counter())[str(grade)] += 1
    return {
        "version": str(vocabulary.value(ONTOLOGY, OWL.versionInfo)),
        "date": str(vocabulary.value(ONTOLOGY, DCTERMS.modified)),
        "canonicalSha256": _sha256(files["all.nq"]),
        "sources": {str(source): str(sha) for source, sha in sorted(dataset.layers["source"].subject_objects(SCHEMA.sha256))},
        "highestNumbers": {str(plan): int(number) for plan, number in sorted(dataset.layers["source"].subject_objects(BM.highestNumber))},
        "triples": {layer.name: len(dataset.layers[layer.name]) for layer in LAYERS},
        "things": dict(sorted(classes.items())),
        "statements": dict(sorted(modalities.items())),
        "links": {predicate: dict(sorted(grades.items())) for predicate, grades in sorted(links.items())},
        "coverage": {"sentences": len(covered.sentences), "covered": covered.covered, "explained": covered.explained, "quotedShare": round(covered.quoted, 4)},
        "files": {name: {"bytes": len(data), "sha256": _sha256(data)} for name, data in sorted(files.items())},
    }


def _replace(folder: Path, new: Path) -> None:
    """Put `new` where `folder` is; the old one is gone only when the new one stands."""
    old = new.with_name(new.name + "-old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _local(iri) -> str:
    return re.split("[#/]", str(iri))[-1]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
