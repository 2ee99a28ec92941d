"""What the benches stand on: generated profiles and releases, queries with answers, ratios, absent peers, figures and plots of growth."""

import csv
import os
import subprocess
import sys
from collections import Counter

import pyoxigraph as ox
import pytest

from conftest import ROOT, start, stop
from cpbm_kg.engine import Query
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import UsageError
from cpbm_kg.media import OFFERED
from cpbm_kg.release import Release, open_release
from cpbm_kg.vocabulary import BASE, BM, DEFAULT_LAYERS, LAYER_NAMES, RDF, statement_iri


def generate(release: Release, folder, *arguments: str) -> Release:
    subprocess.run([sys.executable, ROOT / "bench" / "generate.py", "--release", release.folder, *arguments, folder], check=True)
    return open_release(folder)


@pytest.fixture
def bench(monkeypatch):
    """The benches are scripts: they import each other from their own folder."""
    monkeypatch.syspath_prepend(ROOT / "bench")


@pytest.fixture(scope="module")
def two_plans(release, tmp_path_factory) -> Release:
    return generate(release, tmp_path_factory.mktemp("generated") / "two", "--plans", "2")


def quads(release: Release) -> list[ox.Quad]:
    return list(ox.parse(path=release.folder / "all.nq", format=ox.RdfFormat.N_QUADS))


def test_one_plan_is_the_real_graph(release, tmp_path):
    one = generate(release, tmp_path / "one", "--plans", "1")
    assert one.manifest["canonicalSha256"] == release.manifest["canonicalSha256"]
    assert one.manifest["triples"] == release.manifest["triples"]


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others(release, two_plans, tmp_path):
    assert generate(release, tmp_path / "again", "--plans", "2").manifest == two_plans.manifest
    assert generate(release, tmp_path / "other", "--plans", "2", "--seed", "2").manifest["files"] != two_plans.manifest["files"]


def test_the_second_plan_has_as_much_of_each_kind_as_the_first(two_plans):
    kinds = {plan: Counter(quad.object.value for quad in quads(two_plans) if quad.predicate.value == str(RDF.type)
                           and quad.subject.value.startswith(f"{BASE}id/{plan}/")) for plan in ("cpbm-2013", "plan-0002")}
    assert kinds["cpbm-2013"] == kinds["plan-0002"]
    assert kinds["plan-0002"][str(BM.Action)] == two_plans.manifest["things"]["Action"]


def test_no_triple_is_written_twice_and_the_manifest_counts_them(two_plans):
    held = quads(two_plans)
    assert len(held) == len(set(held)) == sum(two_plans.manifest["triples"].values())
    default = list(ox.parse(path=two_plans.folder / "default.ttl"))
    assert len(default) == len(set(default)) == sum(two_plans.manifest["triples"][layer] for layer in DEFAULT_LAYERS)


def test_statements_of_generated_plans_are_named_by_their_content(two_plans):
    parts: dict[str, dict[str, object]] = {}
    for quad in quads(two_plans):
        if quad.predicate.value in (str(RDF.subject), str(RDF.predicate), str(RDF.object)):
            parts.setdefault(quad.subject.value, {})[quad.predicate.value.rpartition("#")[2]] = quad.object
    of_plan = {iri: said for iri, said in parts.items() if "/plan-0002/" in str(said["subject"])}
    assert of_plan
    for iri, said in of_plan.items():
        line = f"{said['subject']} {said['predicate']} {said['object']} ."
        assert iri in {str(statement_iri(layer, line)) for layer in LAYER_NAMES}


def test_every_query_of_the_bench_has_an_answer(bench, two_plans):
    import questions

    engine = MemoryEngine.of_release(two_plans.folder, 2**26)
    formats = {form: offered[0] for form, offered in OFFERED.items()}
    asked = list(questions.Questions(two_plans.folder / "default.ttl").points(20)) + list(questions.Questions(two_plans.folder / "default.ttl").mix(5))
    assert [query for query in asked if not engine.answer(Query(query), formats).rows] == []


def test_a_peer_that_cannot_start_is_said_and_absent(bench, capsys, monkeypatch, tmp_path):
    import peers

    script = tmp_path / "nobody.sh"
    script.write_text(f"""#!/usr/bin/env bash\nsource '{peers.SCRIPTS}/peer.sh'\nrun false\nanswers http://127.0.0.1:1/\nready http://127.0.0.1:1/\n""", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(peers, "SCRIPTS", tmp_path)
    with peers.started({"nobody": tmp_path}, 8240) as running:
        assert running == {}
    assert capsys.readouterr().err == "nobody is absent: the server ended: see above\n"


def test_a_ratio_is_the_median_of_the_rounds_and_an_absent_peer_is_said(bench):
    from report import Samples, Target

    samples = Samples()
    for ours, theirs in ((100, 10), (300, 10), (200, 1)):
        samples.add("points", "requests/s", "ours", ours)
        samples.add("points", "requests/s", "theirs", theirs)
    row, _ = samples.rows([Target("points", "ours", "theirs", least=40), Target("points", "ours", "nobody", least=1), Target("points", "ours", most=200)])
    assert row["against target"] == "30 × theirs, target ≥ 40: MISSED; nobody is absent; 200, target ≤ 200: met"


def test_the_service_shows_a_generated_release(two_plans):
    process, service = start("--release", two_plans.folder)
    try:
        for path in ("/", "/catalog.ttl", "/.well-known/void", "/page/id/plan-0002/action/24"):
            assert service.get(path)[0] == 200, path
    finally:
        stop(process)


def test_profiles_are_the_real_one_under_names_of_their_own(bench, tmp_path):
    import profiles

    real, second, third = profiles.write(profiles.PROFILE, tmp_path / "one", 3)
    assert real == ROOT / "data"
    texts = {path.relative_to(second): path.read_text(encoding="utf-8") for path in second.rglob("*.ttl")}
    assert texts == {path: (real / path).read_text(encoding="utf-8").replace("cpbm-2013", "plan-0002") for path in texts}
    assert all("plan-0002" in text for text in texts.values())
    assert {path: text.replace("plan-0002", "plan-0003") for path, text in texts.items()} == {path: (third / path).read_text(encoding="utf-8") for path in texts}
    with pytest.raises(UsageError):
        profiles.write(profiles.PROFILE, tmp_path / "one", 2)


@pytest.mark.parametrize("plans", [[ROOT / "tests" / "plans" / "alpha"], [ROOT / "tests" / "plans" / "alpha", ROOT / "tests" / "plans" / "beta"]], ids=["one plan", "two plans"])
def test_each_stage_of_a_build_and_the_whole_check_have_a_cost(plans, bench, tmp_path, monkeypatch):
    import stages

    monkeypatch.delenv("CPBM_SOURCE_TEXT", raising=False)  # it is the text of another plan
    costs = list(stages.costs(plans, tmp_path / "release"))
    assert [cost.stage for cost in costs] == [stages.READ, stages.VALIDATE, stages.WRITE, stages.CHECK]
    assert all(cost.s > 0 and cost.processor_s >= 0 and cost.memory_bytes > 2**24 for cost in costs if cost.s > 0.1), costs
    assert open_release(tmp_path / "release")


def test_a_small_round_of_growth_writes_figures_and_plots(release, tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "growth.py", "--triples", "30000", "--parts", "stores", "--systems", "cpbm-kg, memory", "oxigraph", "--rounds", "1",
         "--seconds", "1", "--port", "8650", "--results", tmp_path, "--name", "small"], env=os.environ | {"CPBM_RELEASE": str(release.folder)}, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "small.csv").read_text(encoding="utf-8").splitlines()))
    measured = {row["measure"] for row in rows if row["system"] == "cpbm-kg, memory" and float(row["median"]) > 0}
    assert {"load or prepare", "start to first answer", "memory after all queries", "star", "describe", "p99 alone"} <= measured
    assert "oxigraph" in {row["system"] for row in rows} or "oxigraph is absent" in done.stderr
    for family in ("store", "shapes"):
        drawn = (tmp_path / f"small-{family}.svg").read_text(encoding="utf-8")
        assert "triples in the default graph" in drawn and ">cpbm-kg, memory</text>" in drawn and "<dc:date>" not in drawn


def test_the_same_figures_are_drawn_alike(bench, tmp_path):
    import plots

    rows = [{"family": "store", "measure": "load", "unit": "s", "system": system, "triples": triples, "median": median}
            for system in ("ours", "theirs") for triples, median in (("1000", "0.5"), ("10000", "4"), ("100000", "0"))]
    drawn = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        plots.write(folder, "growth", rows)
        drawn.append((folder / "growth-store.svg").read_bytes())
    assert drawn[0] == drawn[1]
