"""One version: package, ontology, citation file, changelog and release say the same, and `release` writes them all."""

import re
from pathlib import Path

import pytest

from conftest import ROOT, within
from cpbm_kg import __version__, versions


def all_said(root: Path) -> dict[str, set[str]]:
    """Every version and every date that the files of a checkout say."""
    said = list(versions.stated(root))
    changelog = re.search(r"^## (?P<version>\d\S+) — (?P<date>\S+)$", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {"version": {one.value for one in said if one.form in ("version", "again")} | {changelog["version"]},
            "date": {one.value for one in said if one.form == "iso"} | {changelog["date"]},
            "fr": {one.value for one in said if one.form == "fr"}, "en": {one.value for one in said if one.form == "en"},
            "year": {one.value for one in said if one.form == "year"}}


def test_all_versions_and_dates_agree(release):
    said = all_said(ROOT)
    assert said["version"] == {__version__, release.version} and len(said["version"]) == 1
    assert said["date"] == {release.manifest["date"]} and said["year"] == {release.manifest["date"][:4]}


def test_a_release_is_one_version_everywhere_and_the_old_one_stays(checkout):
    assert within(checkout, "build").returncode == 0
    old = (checkout / "release").resolve()
    path = checkout / "data/translation/actions.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Implement about ten pilot estates", "Put about ten pilot estates into practice"), encoding="utf-8")
    unreleased(checkout, "- An English label mended.")
    done = within(checkout, "release", "0.2.0", "--date", "2027-01-01")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all_said(checkout) == {"version": {"0.2.0"}, "date": {"2027-01-01"}, "fr": {"1er janvier 2027"}, "en": {"1 January 2027"}, "year": {"2027"}}
    notes = (checkout / "docs/releases/0.2.0.md").read_text(encoding="utf-8")
    assert "Put about ten pilot estates into practice" in notes and "Action 24" in notes and old.name in notes
    assert "docs/releases/0.2.0.md" in (checkout / "CHANGELOG.md").read_text(encoding="utf-8")
    assert old.is_dir() and (checkout / "release").resolve().name.startswith("0.2.0-")


def unreleased(checkout: Path, *entries: str) -> None:
    """These entries, and no others, are unreleased; without any there is no such section."""
    path = checkout / "CHANGELOG.md"
    before, *versions = path.read_text(encoding="utf-8").split("\n## ")
    released = [version for version in versions if not version.startswith("Unreleased\n")]
    section = ["Unreleased\n\n" + "\n".join(entries) + "\n"] if entries else []
    path.write_text("\n## ".join([before, *section, *released]), encoding="utf-8")


@pytest.mark.parametrize("version, said", [("0.1.0", "does not follow"), ("0.0.9", "does not follow"), ("1.0", "no version"), ("v1.0.0", "no version"), ("1.0.0-rc1", "no version"), ("../1.0.0", "no version")])
def test_a_version_that_does_not_follow_is_refused(checkout, version, said):
    done = within(checkout, "release", version)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_a_release_that_fails_leaves_every_file_as_it_was(checkout):
    unreleased(checkout, "- Nothing yet.")
    path = checkout / "data/source/actions.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace("bm:number 24 ;", "bm:number 25 ;"), encoding="utf-8")
    before = contents(checkout)
    done = within(checkout, "release", "0.2.0")
    assert done.returncode == 1 and "nothing was released" in done.stderr
    assert contents(checkout) == before and not (checkout / "release").exists()


def test_a_release_without_a_word_for_readers_is_refused(checkout):
    unreleased(checkout)
    done = within(checkout, "release", "0.2.0")
    assert done.returncode == 3 and "Unreleased" in done.stderr


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
