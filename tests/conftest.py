"""The real graph, built once, and the real server, started once."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import rdflib

from cpbm_kg import pipeline
from cpbm_kg.dataset import Dataset
from cpbm_kg.findings import Finding
from cpbm_kg.release import Release, open_release
from cpbm_kg.settings import Settings
from cpbm_kg.validation import JUDGED_LAYERS

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str | Path, environment: dict[str, str] | None = None, text: str | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    """`cpbm-kg` as a person runs it, in English unless `environment` says otherwise."""
    return subprocess.run(
        [sys.executable, "-m", "cpbm_kg", *map(str, arguments)], cwd=cwd, input=text, capture_output=True, encoding="utf-8", timeout=120,
        env={"PATH": os.environ["PATH"], "CPBM_LANG": "en", "PYTHONPATH": str(ROOT), **(environment or {})})


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A clone to change at will."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".venv", ".git", "release", "releases", ".peers", "__pycache__", ".pytest_cache", ".hypothesis"))
    return folder


def within(checkout: Path, *arguments: str | Path) -> subprocess.CompletedProcess:
    """`cpbm-kg` as a person runs it in a clone, with the clone's own code and data."""
    return run(*arguments, cwd=checkout, environment={"PYTHONPATH": str(checkout)})


@pytest.fixture(scope="session")
def source_text() -> Path:
    """The text of 2013; tests that need it are skipped, and say so, where it is not given."""
    path = Settings.read().source_text
    if path is None:
        pytest.skip("CPBM_SOURCE_TEXT is not set: the whole text is not at hand")
    return path


@pytest.fixture(scope="session")
def judgement() -> tuple[Dataset, list[Finding]]:
    return pipeline.judge()


@pytest.fixture(scope="session")
def dataset(judgement) -> Dataset:
    """The real data, derived. Tests that change it work on a copy."""
    return judgement[0]


@pytest.fixture(scope="session")
def judged_graph(dataset) -> rdflib.Graph:
    """What SHACL sees of the real data."""
    return dataset.union(JUDGED_LAYERS)


@pytest.fixture(scope="session")
def release(tmp_path_factory) -> Release:
    folder = tmp_path_factory.mktemp("built") / "release"
    done = run("build", "--release", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return open_release(folder)


class Service:
    """A running server; `get` gives status, headers and body, whatever the status."""

    def __init__(self, url: str):
        self.url = url

    def get(self, path: str, data: bytes | None = None, method: str | None = None, **headers: str):
        request = urllib.request.Request(self.url + path, data, {name.replace("_", "-"): value for name, value in headers.items()}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def query(self, text: str, accept: str = "text/csv"):
        return self.get("/sparql", text.encode(), Accept=accept, Content_Type="application/sparql-query")


def start(*arguments: str | Path, environment: dict[str, str] | None = None) -> tuple[subprocess.Popen, Service]:
    """Start `cpbm-kg serve` on a free port and wait until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "cpbm_kg", "serve", "--port", str(port), *map(str, arguments)], cwd=ROOT, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(environment or {})})
    service = Service(f"http://127.0.0.1:{port}")
    for _ in range(200):
        if process.poll() is not None:
            raise AssertionError("the server stopped: " + process.communicate()[1])
        try:
            service.get("/health")
            return process, service
        except urllib.error.URLError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError("the server does not answer within 10 s")


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture(scope="session")
def service(release):
    process, service = start("--release", release.folder)
    yield service
    stop(process)
