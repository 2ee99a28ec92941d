"""More plans as people would write them: Turtle folders for `--plan`, each the real one under its own IRI segment.

    python bench/profiles.py (--plans N | --triples N) [--profile DIR] FOLDER

`generate.py` writes a release, which servers take; this writes what a release is built of, for build and check. Plan 1 is
the real profile where it stands; FOLDER/plan-0002 and its like hold the files that speak of the plan, and what they
share (places, themes, people) stays in plan 1. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import generate
from cpbm_kg.errors import CpbmError, Message, UsageError
from cpbm_kg.release import open_release
from cpbm_kg.settings import ROOT, Settings

PROFILE = ROOT / "data"


def write(profile: Path, folder: Path, plans: int) -> list[Path]:
    """The profiles of `plans` plans, the real one first; raises UsageError where the folder holds something already."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(Message("il y a déjà autre chose ici", "something else stands here"), Message("choisissez un dossier vide", "choose an empty folder"), folder)
    texts = {path.relative_to(profile): path.read_text(encoding="utf-8") for path in sorted(profile.rglob("*.ttl"))}
    own = {path: text for path, text in texts.items() if generate.PLAN in text}
    return [profile, *(_copy(own, folder / f"plan-{number:04}") for number in range(2, plans + 1))]


def _copy(texts: dict[Path, str], profile: Path) -> Path:
    for path, text in texts.items():
        (profile / path).parent.mkdir(parents=True, exist_ok=True)
        (profile / path).write_text(text.replace(generate.PLAN, profile.name), encoding="utf-8")
    return profile


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--plans", type=int)
    size.add_argument("--triples", type=int, help="about this many in the default graph")
    parser.add_argument("--profile", type=Path, default=PROFILE)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        plans = options.plans or generate.plans_for(open_release(Settings.read().release), options.triples)
        print(" ".join(f"--plan {profile}" for profile in write(options.profile, options.folder, plans)))
    except CpbmError as error:
        print(error.explain("en"), file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
