"""`check` and its neighbours on bad input: one clear message with its place and a remedy, the right exit code."""

import shutil
import socket

import pytest

from conftest import ROOT, run

ALPHA = ROOT / "tests" / "plans" / "alpha"


@pytest.fixture
def plan(tmp_path):
    shutil.copytree(ALPHA, tmp_path / "alpha")
    return tmp_path / "alpha"


def damage(plan, old: str, new: str) -> int:
    """Replace a text that stands once in the plan's file; its line number, from 1."""
    path = plan / "source" / "plan.ttl"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_clean_data_exit_0(plan):
    done = run("check", "--plan", plan)
    assert done.returncode == 0, done.stdout
    assert "nothing to report" in done.stdout


def test_the_real_data_are_clean(source_text):
    done = run("check", environment={"CPBM_SOURCE_TEXT": str(source_text)})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule, old, new", [
    ("TermDeclared", "bm:number 3 ;", "bm:nmber 3 ;"),
    ("ActionNumberUnique", "bm:number 3 ;", "bm:number 1 ;"),
    ("literal-ill-typed", "bm:number 3 ;", 'bm:number "trois"^^<http://www.w3.org/2001/XMLSchema#integer> ;'),
    ("node-without-name", "bm:number 3 ;", "bm:number 3 ; dcterms:relation [ dcterms:relation plan:alpha ] ;"),
    ("node-without-name", "bm:number 3 ;", "bm:number 3 ; dcterms:relation ( 1 2 ) ;"),
    ("statement-without-claim", "[ bm:inAxis axe:premier-1 ; bm:evidence passage:34-44 , passage:74-102 ]", "[ bm:evidence passage:34-44 , passage:74-102 ]"),
])
def test_a_mistake_is_found_at_its_line(plan, rule, old, new):
    line = damage(plan, old, new)
    done = run("check", "--plan", plan)
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(f"plan.ttl:{line}:" in finding and f"[{rule}]" in finding for finding in done.stdout.splitlines()), done.stdout


def test_a_wrong_date_in_the_real_data_is_found_at_its_line(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    path = tmp_path / "data/source/ateliers.ttl"
    text = path.read_text(encoding="utf-8")
    wrong = text.replace('"2013-05-23T18:00:00+02:00"', '"2013-05-32T18:00:00+02:00"')
    assert wrong != text
    path.write_text(wrong, encoding="utf-8")
    done = run("check", "--plan", tmp_path / "data")
    line = wrong[: wrong.index("2013-05-32")].count("\n") + 1
    assert done.returncode == 1 and f"ateliers.ttl:{line}:" in done.stdout and "[literal-ill-typed]" in done.stdout
    assert "Traceback" not in done.stderr


def test_messages_come_in_french_by_default(plan):
    damage(plan, "bm:number 3 ;", "bm:number 1 ;")
    french = run("check", "--plan", plan, environment={"CPBM_LANG": ""}).stdout
    english = run("check", "--plan", plan).stdout
    assert "Corrigez le numéro" in french
    assert "Mend the number" in english and "Corrigez" not in english


def test_a_syntax_error_exit_3_with_line_and_column(plan):
    line = damage(plan, "bm:number 3 ;", "bm:number 3 ;; , ;")
    done = run("check", "--plan", plan)
    assert done.returncode == 3
    assert f"plan.ttl:{line}:" in done.stdout and "Turtle syntax error" in done.stdout and "→" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_missing_plan_exit_3_with_its_path(tmp_path):
    done = run("check", "--plan", tmp_path / "nowhere")
    assert done.returncode == 3 and "nowhere" in done.stderr and "Traceback" not in done.stderr


def test_another_source_text_exit_3_with_both_digests(plan, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("un autre texte", encoding="utf-8")
    done = run("check", "--plan", plan, environment={"CPBM_SOURCE_TEXT": str(other)})
    assert done.returncode == 3 and "other.txt" in done.stderr and "expected" in done.stderr


def test_a_missing_source_text_exit_3(plan, tmp_path):
    done = run("check", "--plan", plan, environment={"CPBM_SOURCE_TEXT": str(tmp_path / "absent.txt")})
    assert done.returncode == 3 and "absent.txt" in done.stderr


def test_a_quote_that_is_not_in_the_text_is_found(plan):
    text = ALPHA.with_suffix(".txt")
    passages = plan / "evidence" / "passages.ttl"
    passages.write_text(passages.read_text(encoding="utf-8").replace("Ouvrir un sentier", "Ouvrir un chemin"), encoding="utf-8")
    done = run("check", "--plan", plan, environment={"CPBM_SOURCE_TEXT": str(text)})
    assert done.returncode == 1 and "[passage-quote]" in done.stdout and "[passage-digest]" in done.stdout
    assert "passages.ttl:" in done.stdout


def test_a_passage_that_is_not_recorded_is_found_where_it_is_cited(plan):
    line = damage(plan, "passage:34-44 , passage:74-102", "passage:34-44 , passage:75-102")
    done = run("check", "--plan", plan)
    assert done.returncode == 1 and f"plan.ttl:{line}:" in done.stdout and "[passage-unrecorded]" in done.stdout


def test_passages_are_recorded_again_to_the_same_bytes(plan):
    before = (plan / "evidence" / "passages.ttl").read_bytes()
    assert run("passages", "--plan", plan, environment={"CPBM_SOURCE_TEXT": str(ALPHA.with_suffix(".txt"))}).returncode == 0
    assert (plan / "evidence" / "passages.ttl").read_bytes() == before


def test_passages_of_the_real_data_are_recorded_to_the_same_bytes(source_text, tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    assert run("passages", "--plan", tmp_path / "data", environment={"CPBM_SOURCE_TEXT": str(source_text)}).returncode == 0
    assert (tmp_path / "data/evidence/passages.ttl").read_bytes() == (ROOT / "data/evidence/passages.ttl").read_bytes()


def test_without_the_text_no_passage_is_recorded(plan):
    done = run("passages", "--plan", plan)
    assert done.returncode == 2 and "CPBM_SOURCE_TEXT" in done.stderr


def test_a_port_in_use_exit_2(release):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--release", release.folder, "--port", port)
    assert done.returncode == 2 and str(port) in done.stderr and "CPBM_PORT" in done.stderr and "Traceback" not in done.stderr


def test_an_unknown_verb_and_no_verb_exit_2():
    assert run("buld").returncode == 2
    assert run().returncode == 2


def test_a_file_that_is_not_rdf_is_refused_at_start(tmp_path):
    bad = tmp_path / "bad.trig"
    bad.write_text("not trig", encoding="utf-8")
    for data in (bad, tmp_path / "absent.ttl", tmp_path / "table.csv"):
        done = run("serve", "--data", data, "--port", "8998")
        assert done.returncode == 3 and data.name in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_build_never_erases_what_is_no_release(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("years of work", encoding="utf-8")
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    for target in ("thesis", "file"):
        done = run("build", "--plan", ALPHA, "--release", tmp_path / target)
        assert done.returncode == 2 and target in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "thesis" / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize("manifest", ["{}", '{"files": {}}', '{"files": {"all.nq": null}}', '{"files": {"all.nq": {}}}', "[]", "not json"])
def test_a_broken_manifest_exit_3(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    done = run("serve", "--release", tmp_path, "--port", "8997")
    assert done.returncode == 3 and "manifest.json" in done.stderr and "Traceback" not in done.stderr


def test_two_plans_are_read_again_with_the_text_of_one(tmp_path):
    plans = ("--plan", ALPHA, "--plan", ALPHA.with_name("beta"))
    assert run("check", *plans, environment={"CPBM_SOURCE_TEXT": str(ALPHA.with_suffix(".txt"))}).returncode == 0
    other = tmp_path / "other.txt"
    other.write_text("un autre texte", encoding="utf-8")
    assert run("check", *plans, environment={"CPBM_SOURCE_TEXT": str(other)}).returncode == 3


def test_an_ontology_without_rules_is_no_clean_result(tmp_path, monkeypatch):
    from cpbm_kg import dataset
    from cpbm_kg.errors import UnreadableError

    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    shutil.rmtree(tmp_path / "ontology/shapes")
    with pytest.raises(UnreadableError, match="no Turtle"):
        dataset.read(tmp_path / "ontology", [ALPHA])
