"""The guide followed literally; a pull request with five mistakes, judged by the workflow's own command."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import yaml

from conftest import ROOT, run, within

GUIDE = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
SARIF = json.loads((ROOT / "tests/schemas/sarif-2.1.0-as-written.json").read_text(encoding="utf-8"))
TUTORIAL = GUIDE.partition("## Ajouter une action en cinq minutes")[2].partition("\n## ")[0]


def block(text: str, thing: str) -> str:
    """The block of a thing, from its subject to its full stop."""
    return re.search(rf"^{re.escape(thing)}\n.*?^\.$", text, re.MULTILINE | re.DOTALL)[0]


def test_an_action_is_added_by_following_the_guide(checkout):
    before = {}
    for name, thing in (("actions", "action:12"), ("formulations", "formulation:12-1")):
        path = checkout / f"data/source/{name}.ttl"
        before[path] = path.read_text(encoding="utf-8")
        path.write_text(before[path].replace(block(before[path], thing) + "\n\n", ""), encoding="utf-8")
    assert within(checkout, "check").returncode == 1  # others refer to it: it is missed

    steps = re.findall(r"```(console|turtle)\n(.*?)```", TUTORIAL, re.DOTALL)
    assert [kind for kind, _ in steps] == ["console", "turtle", "turtle", "console", "console"]
    for kind, body in steps:
        if kind == "console":
            for command in re.findall(r"^\$ cpbm-kg (.*)$", body, re.MULTILINE):
                done = within(checkout, *command.split())
                assert done.returncode == 0, done.stdout + done.stderr
        else:
            file, typed = re.match(r"# (\S+)\n(.*)", body, re.DOTALL).groups()
            path = checkout / file
            text = path.read_text(encoding="utf-8")
            written = block(text, typed.splitlines()[0])
            assert "REMPLIR" in written
            path.write_text(text.replace(written, typed.rstrip()), encoding="utf-8")
    for path, text in before.items():
        assert path.read_text(encoding="utf-8") == text


def test_what_is_left_to_fill_in_is_found_at_its_line(checkout):
    assert within(checkout, "new", "action", "--append").returncode == 0
    found = json.loads(within(checkout, "check", "--format", "json").stdout)["findings"]
    places = {(one["path"], one["line"]) for one in found if one["severity"] == "violation"}
    marked = {(f"data/source/{name}.ttl", number) for name in ("actions", "formulations")
              for number, line in enumerate((checkout / f"data/source/{name}.ttl").read_text(encoding="utf-8").splitlines(), 1) if "REMPLIR" in line}
    assert marked and places == marked


def test_a_new_action_is_shown_with_what_the_rules_ask():
    done = run("new", "action")
    assert done.returncode == 0 and "bm:inAxis axe:A-REMPLIR" in done.stdout and "Attach the action to its plan" in done.stdout
    for number in ("12", "0"):
        done = run("new", "action", "--number", number)
        assert done.returncode == 2 and "number" in done.stderr and "Traceback" not in done.stderr


# --- a pull request ----------------------------------------------------------------------------------------------

MISTAKES = [  # file, what is written in place of what, rule, and a text of the line at fault
    ("data/source/actions.ttl", "objet:stations-sports-et-nature", "objet:stations-sports", "objet:stations-sports"),
    ("data/source/ateliers.ttl", "2013-05-23T18:00:00+02:00", "2013-05-32T18:00:00+02:00", "2013-05-32"),
    ("data/source/plan.ttl", "skos:altLabel", "skos:altLabl", "skos:altLabl"),
    ("queries/axes.rq", "ORDER BY", "ORDER BYE", "ORDER BYE"),
    ("data/translation/axes.ttl", "\n    skos:prefLabel", "\n   skos:prefLabel", "   skos:prefLabel"),
]


def shell_of_the_workflow() -> tuple[str, dict[str, str]]:
    """The step that judges, and its environment, as `.github/workflows/check.yml` calls `action.yml`."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text(encoding="utf-8"))
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    used = next(step for step in workflow["jobs"]["check"]["steps"] if step.get("uses") == "./")
    inputs = {name: said["default"] for name, said in action["inputs"].items()} | used.get("with", {})
    step = next(step for step in action["runs"]["steps"] if step.get("name") == "check")
    environment = {name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], value) for name, value in step["env"].items()}
    return step["run"], environment


def test_a_pull_request_with_five_mistakes_shows_five_annotations_at_their_lines(checkout, tmp_path):
    expected = set()
    for file, old, new, mark in MISTAKES:
        path = checkout / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        expected.add((file, text[: text.index(mark)].count("\n") + 1))
    script, environment = shell_of_the_workflow()
    summary = tmp_path / "summary.md"
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=checkout, capture_output=True, encoding="utf-8", timeout=120,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(checkout), "GITHUB_STEP_SUMMARY": str(summary), **environment})
    assert done.returncode == 1, done.stdout + done.stderr
    commands = re.findall(r"^::(?:error|warning) file=(.*?),line=(\d+)", done.stdout, re.MULTILINE)
    assert {(file, int(line)) for file, line in commands} == expected
    assert len(commands) == len(MISTAKES)
    log = json.loads((checkout / environment["SARIF"]).read_text(encoding="utf-8"))
    jsonschema.validate(log, SARIF)
    shown = {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for result in log["runs"][0]["results"] if result["level"] != "note"
             for place in [result["locations"][0]["physicalLocation"]]}
    assert shown == expected
    assert all(f"`{file}:{line}:" in summary.read_text(encoding="utf-8") for file, line in expected)


def test_the_hooks_name_commands_that_exist():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in hooks} == set(re.findall(r"`(cpbm-kg-\w+)`", GUIDE))
    for hook in hooks:
        program, verb, *options = hook["entry"].split()
        assert program == "cpbm-kg" and all(option in run(verb, "--help").stdout for option in options if option.startswith("--"))


def test_every_command_of_the_guide_exists():
    verbs = set(re.findall(r"^    (\w+)  ", run("--help").stdout, re.MULTILINE))
    assert set(re.findall(r"cpbm-kg ([a-z]+)", GUIDE)) <= verbs
