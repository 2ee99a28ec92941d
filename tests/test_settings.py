"""Settings are one table; README.md and the command line say the same."""

import dataclasses
import re

import pytest

from conftest import ROOT, run
from cpbm_kg.errors import UsageError
from cpbm_kg.settings import TABLE, Settings


def test_every_setting_has_a_row_and_a_field():
    assert set(TABLE) == {field.name for field in dataclasses.fields(Settings)}


def test_readme_lists_every_setting_with_its_default():
    rows = dict(re.findall(r"^\| `(CPBM_\w+)` \|\s*`?([^|`]*?)`?\s*\|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {row.variable: row.default for row in TABLE.values()}


def test_help_lists_every_setting():
    text = run("--help").stdout
    for row in TABLE.values():
        assert row.variable in text and row.help.en in text


@pytest.mark.parametrize("variable, value", [("CPBM_PORT", "0"), ("CPBM_PORT", "http"), ("CPBM_PORT", "65536"), ("CPBM_LANG", "de"), ("CPBM_ANSWER_BYTES", "-1")])
def test_an_impossible_value_is_refused_by_name(variable, value):
    with pytest.raises(UsageError, match=variable):
        Settings.read({variable: value})


def test_the_public_address_follows_host_and_port_unless_given():
    assert Settings.read({"CPBM_PORT": "81"}).public_url == "http://127.0.0.1:81"
    assert Settings.read({"CPBM_PUBLIC_URL": "https://kg.example/"}).public_url == "https://kg.example"
