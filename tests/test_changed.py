"""`check --changed` finds in what changed all that the whole check finds, and says what it judged."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, run
from test_findings import PLANTED, damage


@pytest.fixture
def repository(tmp_path) -> Path:
    """A clone whose data are those of the plan alpha, committed."""
    copy = tmp_path / "repository"
    copy.mkdir()
    for folder in ("ontology", "cpbm_kg"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests/plans/alpha", copy / "data")
    (copy / "queries").mkdir()
    git(copy, "init", "-q")
    git(copy, "add", "-A")
    git(copy, "commit", "-qm", "clean")
    return copy


def git(copy: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", copy, "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments], check=True, capture_output=True,
                   env={"PATH": os.environ["PATH"], "HOME": str(copy)})


def check(copy: Path, *arguments: str) -> tuple[int, list[dict], str]:
    done = run("check", *arguments, "--format", "json", cwd=copy, environment={"PYTHONPATH": str(copy)})
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)["findings"] if done.stdout else [], done.stderr


@pytest.mark.parametrize("kind", sorted(set(PLANTED) - {"order"}))
def test_the_same_findings_as_the_whole(repository, kind):
    damage(repository / "data", *PLANTED[kind][1:])
    whole, changed = check(repository), check(repository, "--changed")
    assert changed[1] == whole[1] != [] and changed[0] == whole[0]
    assert "since HEAD" in changed[2]


def test_what_is_removed_is_missed_by_what_refers_to_it(repository):
    path = repository / "data/source/plan.ttl"
    text = path.read_text(encoding="utf-8")
    start = text.index("axe:premier-1\n")
    path.write_text(text[:start] + text[text.index("action:1\n"):], encoding="utf-8")
    assert check(repository, "--changed")[1] == check(repository)[1] != []


def test_a_new_file_and_a_deleted_one_count(repository):
    plan = repository / "data/source/plan.ttl"
    (repository / "data/source/other.ttl").write_text("PREFIX bm: <https://w3id.org/bassin-minier/ontology#>\nPREFIX plan: <https://w3id.org/bassin-minier/id/>\n\nplan:alpha\n    bm:nmber 1 ;\n.\n", encoding="utf-8")
    assert [one["rule"] for one in check(repository, "--changed")[1]] == ["TermDeclared"]
    plan.write_text("".join(plan.read_text(encoding="utf-8").partition("formulation:3-1\n")[:1]), encoding="utf-8")
    assert check(repository, "--changed")[1] == check(repository)[1]


def test_an_older_revision_is_named(repository):
    damage(repository / "data", *PLANTED["dangling"][1:])
    git(repository, "commit", "-qam", "broken")
    assert check(repository, "--changed", "HEAD~1")[1] == check(repository)[1] != []


def test_after_a_change_of_the_ontology_everything_is_judged(repository):
    path = repository / "ontology/bm.ttl"
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert "everything is judged" in check(repository, "--changed")[2]


def test_no_revision_and_no_repository_are_refused(repository, tmp_path):
    assert check(repository, "--changed", "nosuch")[0] == 2
    assert check(repository, "--changed", "--output=x")[0] == 2
    shutil.rmtree(repository / ".git")
    code, _, said = check(repository, "--changed")
    assert code == 2 and "git" in said
