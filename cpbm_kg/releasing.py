"""What `cpbm-kg release` does: one version everywhere, judged, frozen, and said in words; or nothing at all."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg import __version__, checking, comparison, pipeline, states, versions
from cpbm_kg.errors import Message, ReleaseError, UnreadableError, ViolationError
from cpbm_kg.findings import Severity
from cpbm_kg.release import Release, open_release
from cpbm_kg.reports import difference
from cpbm_kg.settings import ROOT

NOTES = Path("docs/releases")
CHANGELOG = Path("CHANGELOG.md")
_UNRELEASED = "## Unreleased"


@dataclass(frozen=True)
class Released:
    """`notes` is None for the first release, which nothing stands before."""

    release: Release
    previous: Release | None
    notes: Path | None


def release(version: str, date: datetime.date, folder: Path, source_text: Path | None = None) -> Released:
    """Write `version` and `date` wherever they are written, judge the whole, build it into `folder`, and write its
    notes from what differs from the release that `folder` named, in things and in answers.

    Raises UsageError for a version that does not follow, and ViolationError (with the findings) where the check finds
    a violation; every file is then as it was.
    """
    versions.follows(version, __version__)
    changed = versions.rewritten(ROOT, version, date) | {ROOT / CHANGELOG: _headed(version, date)}
    previous = _previous(folder)
    with _all_or_nothing(changed):
        outcome = checking.check(checking.Request(source_text=source_text))
        if outcome.exit_code(Severity.VIOLATION):
            raise ViolationError(Message("rien n’a été publié : les données sont en faute", "nothing was released: the data are at fault"),
                                 Message("corrigez, puis relancez « cpbm-kg release »", "mend them, then run \"cpbm-kg release\" again"), findings=outcome.findings)
        built, _ = pipeline.build(pipeline.DEFAULT_PROFILES, folder, source_text)
    return Released(built, previous, _note(built, previous, date) if previous else None)


def _previous(folder: Path) -> Release | None:
    try:
        return open_release(folder)
    except ReleaseError:
        return None


def _headed(version: str, date: datetime.date) -> str:
    """The changelog, its unreleased entries under the version."""
    text = (ROOT / CHANGELOG).read_text(encoding="utf-8")
    if text.count(_UNRELEASED + "\n") != 1:
        raise UnreadableError(Message(f"pas de section « {_UNRELEASED} »", f"no section \"{_UNRELEASED}\""),
                              Message("dites-y en une ligne ce qui change pour les lecteurs", "say there in a line what changes for readers"), ROOT / CHANGELOG)
    return text.replace(_UNRELEASED + "\n", f"## {version} — {date.isoformat()}\n")


@contextmanager
def _all_or_nothing(texts: dict[Path, str]) -> Iterator[None]:
    """The files with other texts; as they were, where what follows fails."""
    before = {path: path.read_bytes() for path in texts}
    try:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
        yield
    except BaseException:
        for path, data in before.items():
            path.write_bytes(data)
        raise


def _note(built: Release, previous: Release, date: datetime.date) -> Path:
    """The release notes, French first, and their link in the changelog."""
    path = ROOT / NOTES / f"{built.version}.md"
    with states.opened(str(previous.folder)) as old, states.opened(str(built.folder)) as new:
        found, answers = comparison.compare(old.state, new.state), states.answer_changes(old, new, pipeline.QUESTIONS_FOLDER)
        said = [difference.markdown(found, old.state, new.state, answers, language) for language in ("fr", "en")]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# {built.version} — {date.isoformat()}\n\n`{previous.id}` → `{built.id}`\n\n{said[0].strip()}\n\n---\n\n{said[1].strip()}\n", encoding="utf-8")
    text = (ROOT / CHANGELOG).read_text(encoding="utf-8")
    heading = re.escape(f"## {built.version} — {date.isoformat()}\n")
    link = f"\nThing by thing, and answer by answer: [{(NOTES / path.name).as_posix()}]({(NOTES / path.name).as_posix()}).\n"
    (ROOT / CHANGELOG).write_text(re.sub(heading, lambda match: match[0] + link, text, count=1), encoding="utf-8", newline="\n")
    return path
