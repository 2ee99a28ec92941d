"""What README.md shows is what happens: its queries give its answers, its commands exist, its tables are the code's."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

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
    verbs = set(re.findall(r"^    ([\w-]+)  ", run("--help").stdout, re.MULTILINE))
    assert set(re.findall(r"`cpbm-kg ([\w-]+)", README)) <= verbs


def test_the_table_of_data_layers_is_that_of_the_code():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (yes|no) \|$", README, re.MULTILINE)
    assert rows == [(layer.name, layer.title.en, "yes" if layer.default else "no") for layer in LAYERS]


def test_readme_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.mark.parametrize("command", ["make serve", "python server.py"])
def test_the_commands_that_serve_do_so(command, tmp_path):
    """As written in README.md; `python` is the one of the environment that `make serve` made."""
    assert f"`{command}" in README or f"$ {command} " in README
    port = free_port()
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "CPBM_PORT": str(port)}
    process = subprocess.Popen(command.split(), cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", start_new_session=True)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise AssertionError("it does not answer")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        said = process.communicate(timeout=20)[0]
    assert f"http://127.0.0.1:{port}/" in said and "curl" in said


def test_the_curl_command_of_the_readme_answers(service, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = re.search(r"`(curl [^`]+)`", README)[1].replace("http://127.0.0.1:8000", service.url)
    (tmp_path / "question.rq").write_text(EXAMPLES[0][0], encoding="utf-8")
    done = subprocess.run(shlex.split(command), cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60)
    assert done.stdout.replace("\r\n", "\n") == EXAMPLES[0][1], done.stderr
