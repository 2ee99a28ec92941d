"""Data of any size with the statistics of the real graph: more plans beside it, each a renamed copy of it.

    python bench/generate.py (--plans N | --triples N) [--seed S] [--release DIR] FOLDER

Plan 1 is the real graph as released. Every other plan has all that the real plan has of its own (actions, passages,
statements, findings …) under its own IRI segment, and links to other shared things: places among places, themes among
themes, always of the same classes, by a permutation drawn from the seed. So counts, lengths and degrees are the real
ones, places are touched by several plans, and the same arguments give the same bytes. FOLDER becomes a release that
`cpbm-kg serve --release FOLDER` serves; its `default.ttl` is its `default.nt` under another name, for
servers that know a format by it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cpbm_kg import statistics
from cpbm_kg.errors import CpbmError, Message, UsageError
from cpbm_kg.release import MANIFEST, Release, open_release
from cpbm_kg.settings import Settings
from cpbm_kg.vocabulary import BASE, DEFAULT_LAYERS, GRAPH, LAYER_NAMES, RDF, STATEMENT, statement_iri

PLAN = "cpbm-2013"
_ANSWER_BYTES = 2**26
# Kinds of shared things that a plan links to and that another plan may have in their place.
EXCHANGED = ("acteur", "document", "genre-de-lieu", "initiative", "instrument", "lieu", "objet", "organisation",
             "personne", "public", "site", "theme", "verbe")

_QUAD = re.compile(r"^(<[^>]*>|_:\S+) (<[^>]*>) (.+) (<[^>]*>) \.$")
_RENAMED = re.compile(rf"{re.escape(STATEMENT)}[0-9a-f]+|{re.escape(BASE)}id/(?:{'|'.join(EXCHANGED)})/[^>]+|(?<=/){PLAN}(?=[/>])")


class Template:
    """The real graph, taken apart once: the lines that are a plan's own, and what they are renamed by."""

    def __init__(self, release: Release):
        self.lines = (release.folder / "all.nq").read_text(encoding="utf-8").splitlines()
        self._claims = dict(_claims(self.lines))
        self.own = [line for line in self.lines if self._is_own(line)]
        self._exchanged = list(_exchanged(self.lines))

    def _is_own(self, line: str) -> bool:
        subject = line.partition(" ")[0]
        return f"/{PLAN}" in line or subject in self._claims

    def plan(self, name: str, seed: int) -> Iterator[str]:
        """The lines of another plan, deterministic in its name and the seed."""
        names = {PLAN: name}
        draw = random.Random(f"{seed} {name}")
        for things in self._exchanged:
            names |= zip(things, draw.sample(things, len(things)))

        def renamed(line: str) -> str:
            return _RENAMED.sub(lambda found: names.get(found[0], found[0]), line)

        for statement, (layer, claim) in self._claims.items():
            names[statement[1:-1]] = str(statement_iri(layer, renamed(claim)))
        return map(renamed, self.own)


def _claims(lines: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each statement about a plan's own things, with the layer and the N-Triples line that its name is the digest of."""
    parts: dict[str, dict[str, str]] = {}
    for line in lines:
        if line.startswith(f"<{STATEMENT}"):
            subject, predicate, value, _ = _QUAD.match(line).groups()
            parts.setdefault(subject, {})[predicate] = value
    for statement, said in parts.items():
        claim = " ".join(said[f"<{RDF[part]}>"] for part in ("subject", "predicate", "object")) + " ."
        if f"/{PLAN}" in claim:
            yield statement, (next(layer for layer in LAYER_NAMES if f"<{statement_iri(layer, claim)}>" == statement), claim)


def _exchanged(lines: list[str]) -> Iterator[list[str]]:
    """Shared things that may stand for each other: of the same kind, with the same classes."""
    classes: dict[str, list[str]] = {}
    for line in lines:
        subject, predicate, value, _ = _QUAD.match(line).groups()
        if predicate == f"<{RDF.type}>" and subject.startswith(tuple(f"<{BASE}id/{kind}/" for kind in EXCHANGED)):
            classes.setdefault(subject[1:-1], []).append(value)
    groups: dict[tuple, list[str]] = {}
    for thing, kinds in sorted(classes.items()):
        groups.setdefault((thing.removeprefix(BASE).split("/")[1], *sorted(kinds)), []).append(thing)
    yield from groups.values()


def generate(release: Release, folder: Path, plans: int, seed: int) -> Release:
    """Write a release of `plans` plans into `folder`: `all.nq`, the default graph and a manifest."""
    template = Template(release)
    shown = {f"<{GRAPH[layer]}>" for layer in DEFAULT_LAYERS}
    folder.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(LAYER_NAMES, 0)
    with open(folder / "all.nq", "w", encoding="utf-8") as quads, open(folder / "default.nt", "w", encoding="utf-8") as default:
        for number in range(plans):
            for line in template.lines if number == 0 else template.plan(f"plan-{number + 1:04}", seed):
                quads.write(line + "\n")
                triple, _, graph = line[:-2].rpartition(" ")
                counts[graph.rpartition("/")[2][:-1]] += 1
                if graph in shown:
                    default.write(triple + " .\n")
    (folder / "default.ttl").unlink(missing_ok=True)
    (folder / "default.ttl").hardlink_to(folder / "default.nt")
    files = {name: release.manifest["files"][name] | {"dataset": ""} | _described(folder / name) for name in ("all.nq", "default.nt", "default.ttl")}
    manifest = release.manifest | {
        "version": f"{release.version}-plans.{plans}.seed.{seed}", "triples": counts, "files": files, "compressed": {}, "canonicalSha256": files["all.nq"]["sha256"],
        "statistics": statistics.of_files(folder, _ANSWER_BYTES)}
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return Release(folder, manifest)


def plans_for(release: Release, triples: int) -> int:
    """How many plans bring the default graph nearest to `triples`."""
    own = sum(line.rpartition("/")[2][:-3] in DEFAULT_LAYERS for line in Template(release).own)
    first = sum(release.manifest["triples"][layer] for layer in DEFAULT_LAYERS)
    return max(1, 1 + round((triples - first) / own))


def _described(path: Path) -> dict:
    with open(path, "rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--plans", type=int)
    size.add_argument("--triples", type=int, help="about this many in the default graph")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--release", type=Path, default=Settings.read().release)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        release = open_release(options.release)
        if options.folder.exists() and not (options.folder / MANIFEST).exists():
            raise UsageError(Message("il y a autre chose ici", "something else stands here"), Message("choisissez un autre dossier", "choose another folder"), options.folder)
        made = generate(release, options.folder, options.plans or plans_for(release, options.triples), options.seed)
    except CpbmError as error:
        print(error.explain("en"), file=sys.stderr)
        return error.exit_code
    shown = sum(made.manifest["triples"][layer] for layer in DEFAULT_LAYERS)
    print(f"{made.version}: {sum(made.manifest['triples'].values())} triples, {shown} in the default graph")
    return 0


if __name__ == "__main__":
    sys.exit(main())
