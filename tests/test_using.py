"""What docs/using.md shows is what happens: each example is run against the real server and release."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pandas
import pytest
import rdflib

import cpbm_kg
from conftest import ROOT
from cpbm_kg.errors import QuerySyntaxError, ReleaseError, RequestError, UsageError

DOCUMENT = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
# Each example's language and text, and the output shown under it, if any.
EXAMPLES = [(language, text, shown) for language, text, shown in re.findall(r"```(console|python|r|powerquery)\n(.*?)```(?:\n\n```text\n(.*?)```)?", DOCUMENT, re.DOTALL)]


def examples(language: str) -> list[tuple[str, str]]:
    found = [(text, shown) for kind, text, shown in EXAMPLES if kind == language]
    assert found, f"docs/using.md has no example in {language}"
    return found


def execute(command: list, text: str, service, release, tmp_path) -> str:
    environment = {**os.environ, "CPBM_RELEASE": str(release.folder), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run([*command, text.replace("http://127.0.0.1:8000", service.url)], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.replace("\r\n", "\n")


@pytest.mark.parametrize("text, shown", examples("python"), ids=range(len(examples("python"))))
def test_a_python_example_prints_what_is_shown(text, shown, service, release, tmp_path):
    assert execute([sys.executable, "-c"], text, service, release, tmp_path) == shown


@pytest.mark.parametrize("text, shown", examples("console"), ids=range(len(examples("console"))))
def test_a_shell_example_prints_what_is_shown(text, shown, service, release, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    printed = execute(["bash", "-ec"], text.removeprefix("$ "), service, release, tmp_path)
    assert printed == shown if shown else printed.strip()


@pytest.mark.parametrize("text, shown", examples("r"), ids=range(len(examples("r"))))
def test_an_r_example_prints_what_is_shown(text, shown, service, release, tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    assert execute(["Rscript", "-e"], text, service, release, tmp_path) == shown


@pytest.mark.parametrize("text, shown", examples("powerquery"), ids=range(len(examples("powerquery"))))
def test_a_power_query_example_names_an_address_that_answers(text, shown, service):
    address, parameters = re.search(r'Web\.Contents\("http://127\.0\.0\.1:8000([^"]*)", \[Query = \[(.*?)\]\]\)', text).groups()
    query = dict(re.findall(r'(\w+) = "([^"]*)"', parameters))
    status, headers, body = service.get(f"{address}?{urllib.parse.urlencode(query)}")
    assert (status, headers.get_content_type()) == (200, "text/csv") and len(body.splitlines()) > 2


def test_the_notebook_runs(release, tmp_path):
    """Executed in a kernel of its own, as a reader would."""
    shutil.copy(ROOT / "docs" / "using.ipynb", tmp_path)
    environment = {**os.environ, "CPBM_RELEASE": str(release.folder), "PYTHONPATH": str(ROOT), "JUPYTER_PLATFORM_DIRS": "1"}
    done = subprocess.run([Path(sys.executable).parent / "jupyter-execute", "--output=run.ipynb", "using.ipynb"], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=180)
    assert done.returncode == 0, done.stderr
    outputs = [output for cell in json.loads((tmp_path / "run.ipynb").read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code" for output in cell["outputs"]]
    assert outputs and not any(output["output_type"] == "error" for output in outputs)
    assert outputs[-1]["data"]["text/plain"] == ["39"] or outputs[-1]["data"]["text/plain"] == "39"


@pytest.fixture(scope="module")
def opened(release):
    return cpbm_kg.open_release(release.folder)


def test_a_query_gives_a_frame_of_python_values(opened):
    frame = opened.query("""PREFIX bm: <https://w3id.org/bassin-minier/ontology#> PREFIX schema: <http://schema.org/>
        SELECT ?w ?start ?ordinal ?none WHERE { ?w a bm:Workshop ; schema:startDate ?start ; bm:ordinal ?ordinal OPTIONAL { ?w bm:number ?none } }""")
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == ["w", "start", "ordinal", "none"] and len(frame) == 8
    assert frame["start"].map(lambda value: value.year).unique().tolist() == [2013] and frame["ordinal"].dtype == "int64" and frame["none"].isna().all()


def test_an_ask_gives_a_truth_value_and_a_construct_a_graph(opened):
    assert opened.query("ASK { ?s ?p ?o }") is True
    graph = opened.query("CONSTRUCT WHERE { ?s a <https://w3id.org/bassin-minier/ontology#Tier> }")
    assert isinstance(graph, rdflib.Graph) and len(graph) == 2
    assert opened.ask("every-statement-rests-on-a-passage") is True
    assert isinstance(opened.ask("description-of"), rdflib.Graph)


def test_an_empty_answer_keeps_its_columns(opened):
    assert list(opened.query("SELECT ?a ?b WHERE { ?a <x:nothing> ?b }").columns) == ["a", "b"]


def test_every_question_can_be_asked_in_python(opened):
    assert len(opened.questions) > 60 and len(opened.ask("actions")) == 39


def test_the_dataset_is_that_of_the_service(opened, release):
    shown = {str(graph.identifier): len(graph) for graph in opened.dataset.graphs()}
    counts = {f"https://w3id.org/bassin-minier/graph/{layer}": count for layer, count in release.manifest["triples"].items() if count}
    assert {name: count for name, count in shown.items() if name in counts} == counts


@pytest.mark.parametrize("fail, error", [
    (lambda opened: cpbm_kg.open_release("/nowhere"), ReleaseError), (lambda opened: opened.query("SELECT"), QuerySyntaxError),
    (lambda opened: opened.ask("nothing"), UsageError), (lambda opened: opened.ask("actions-of-axis", axis="one"), RequestError),
])
def test_a_mistake_in_python_is_a_clear_error(opened, fail, error):
    with pytest.raises(error):
        fail(opened)


def test_pandas_is_imported_for_frames_alone(release):
    code = "import sys, cpbm_kg; r = cpbm_kg.open_release(sys.argv[1]); assert r.query('ASK { ?s ?p ?o }'); assert 'pandas' not in sys.modules and 'flask' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code, str(release.folder)], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
