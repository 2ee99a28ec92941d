"""What README.md shows is what happens: its queries give its answers, its commands exist, its tables are the code's."""

import re

import pytest

from conftest import ROOT, run
from cpbm_kg.vocabulary import LAYERS

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sparql\n(.*?)```\n+```csv\n(.*?)```", README, re.DOTALL)


def test_there_are_five_examples():
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize("text, answer", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_gives_the_answer_shown(text, answer, release):
    done = run("query", "-", "--release", release.folder, text=text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("\r\n", "\n") == answer


def test_every_make_target_in_the_readme_exists_and_the_reverse():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert set(re.findall(r"^\| `make (\w[\w-]*)`", README, re.MULTILINE)) == targets - {"clean"}


def test_every_command_of_the_readme_is_a_verb():
    verbs = set(re.findall(r"^    (\w+)  ", run("--help").stdout, re.MULTILINE))
    assert set(re.findall(r"`cpbm-kg (\w+)", README)) <= verbs


def test_the_table_of_data_layers_is_that_of_the_code():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (yes|no) \|$", README, re.MULTILINE)
    assert rows == [(layer.name, layer.title.en, "yes" if layer.default else "no") for layer in LAYERS]


def test_readme_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
