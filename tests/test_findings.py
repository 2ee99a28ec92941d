"""`check` names file, line, column, rule, thing, property, value and remedy of every kind of mistake, in every format."""

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from conftest import ROOT, run
from cpbm_kg import pipeline
from cpbm_kg.errors import Message, Place
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.reports import github, sarif
from cpbm_kg.rules import OWN

ALPHA = ROOT / "tests" / "plans" / "alpha"
SARIF = json.loads((ROOT / "tests/schemas/sarif-2.1.0-as-written.json").read_text(encoding="utf-8"))

STATEMENT = "[ bm:inAxis axe:premier-1 ; bm:evidence passage:34-44 , passage:74-102 ]"
# What is written in place of what, and the rule that must find the marked spot (after "§", which is not written).
PLANTED = {
    "term": ("TermDeclared", "bm:number 3 ;", "bm:nmber §3 ;"),
    "number-twice": ("ActionNumberUnique", "bm:number 3 ;", "bm:number §1 ;"),
    "object-list": ("ActionNumberSingle", "bm:number 3 ;", "bm:number §3 , 4 ;"),
    "ill-typed": ("literal-ill-typed", "bm:number 3 ;", 'bm:number §"trois"^^<http://www.w3.org/2001/XMLSchema#integer> ;'),
    "nameless": ("node-without-name", "bm:number 3 ;", "bm:number 3 ;\n    dcterms:relation\n        plan:alpha ,\n        §[ dcterms:relation plan:alpha ] ;"),
    "list": ("node-without-name", "bm:number 3 ;", "bm:number 3 ;\n    dcterms:relation §( 1 2 ) ;"),
    "no-claim": ("statement-without-claim", STATEMENT, "§[ bm:evidence passage:34-44 , passage:74-102 ]"),
    "nested-claim": ("statement-nested", STATEMENT, STATEMENT + " ,\n        [ dcterms:relation §[ bm:number 3 ] ; bm:evidence passage:34-44 ]"),
    "unrecorded": ("passage-unrecorded", "passage:34-44 , passage:74-102", "passage:34-44 , §passage:75-102"),
    "dangling": ("iri-dangling", STATEMENT, STATEMENT.replace("axe:premier-1", "§axe:premier-2")),
    "after-a-long-text": ("ActionNumberUnique", "bm:number 3 ;", 'skos:note """une\n\nnote ; [ "longue" ] .\n"""@fr ;\n    bm:number §1 ;'),
    "missing": ("ActionInOnePlan", "    bm:number 3 ;\n    dcterms:isPartOf plan:alpha ;", "    bm:number 3 ;"),
    "untrimmed": ("LabelTrimmed", '"Ouvrir un sentier"@fr', '§"Ouvrir un sentier "@fr'),
    "layout": ("layout", "    bm:number 3 ;", "§   bm:number 3 ;"),
    "order": ("block-order", "    bm:number 3 ;\n", "    bm:number 3 ;\n    §a bm:Action ;\n"),
}
# Where the other one of two actions with one number has it.
BESIDE = {("plan.ttl", 62, 15)}


@pytest.fixture
def plan(tmp_path):
    shutil.copytree(ALPHA, tmp_path / "alpha")
    return tmp_path / "alpha"


def damage(plan: Path, old: str, new: str) -> Place:
    """Write `new` for the one `old`, without its mark; the place of the mark (of the thing's block, where there is none)."""
    path = plan / "source/plan.ttl"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    damaged = text.replace(old, new)
    at = damaged.index("§") if "§" in damaged else damaged.index("action:3\n    a")
    path.write_text(damaged.replace("§", ""), encoding="utf-8")
    before = damaged[:at]
    return Place("plan.ttl", before.count("\n") + 1, at - before.rfind("\n"))


def findings(*arguments, code: int | None = 1, **options) -> list[dict]:
    done = run("check", *arguments, "--format", "json", **options)
    assert "Traceback" not in done.stderr and (code is None or done.returncode == code), done.stdout + done.stderr
    return json.loads(done.stdout)["findings"]


@pytest.mark.parametrize("kind", PLANTED)
def test_a_mistake_of_each_kind_is_found_at_its_line_and_column(plan, kind):
    rule, old, new = PLANTED[kind]
    place = damage(plan, old, new)
    found = [one for one in findings("--plan", plan, code=None) if one["rule"] == rule]
    assert {(Path(one["path"]).name, one["line"], one["column"]) for one in found} - BESIDE == {("plan.ttl", place.line, place.column)}, found
    one = found[0]
    assert one["fault"] and one["remedy"] and one["documentation"].endswith(f"rules#{rule}")
    assert one["messages"]["fr"] != one["messages"]["en"]
    if rule not in OWN:
        assert one["shape"]["path"].startswith("ontology/shapes/") and one["thing"]
        line = (ROOT / one["shape"]["path"]).read_text(encoding="utf-8").splitlines()[one["shape"]["line"] - 1]
        assert line == f"shape:{rule}"


def test_one_fault_is_one_finding(plan):
    """A passage without a record breaks shapes too, and so does a link to nothing; each is said once."""
    damage(plan, *PLANTED["unrecorded"][1:])
    assert [one["rule"] for one in findings("--plan", plan)] == ["passage-unrecorded"]


def test_names_are_those_of_the_file_and_labels_are_shown(plan):
    damage(plan, *PLANTED["object-list"][1:])
    one = next(one for one in findings("--plan", plan) if one["rule"] == "ActionNumberSingle")
    assert (one["thing"], one["label"], one["property"]) == ("action:3", "Ouvrir un sentier", "bm:number")


def test_paths_of_rules_are_written_out():
    done = run("check", "--format", "json")
    assert "time:hasBeginning|time:hasDuration|time:hasEnd|time:inside" in done.stdout and "[ … ]" not in done.stdout


def test_severity_that_fails(plan):
    damage(plan, *PLANTED["layout"][1:])
    assert run("check", "--plan", plan).returncode == 0
    assert run("check", "--plan", plan, "--fail-on", "warning").returncode == 1


def test_language_is_chosen(plan):
    damage(plan, *PLANTED["dangling"][1:])
    assert "rien ne la décrit" in run("check", "--plan", plan, "--lang", "fr").stdout
    assert "nothing describes it" in run("check", "--plan", plan, "--lang", "en", environment={"CPBM_LANG": "fr"}).stdout


def test_files_asked_for_are_shown_and_the_rest_is_counted(plan):
    damage(plan, *PLANTED["dangling"][1:])
    done = run("check", "--plan", plan, plan / "evidence/passages.ttl")
    assert done.returncode == 0 and "1 more finding(s) in other files" in done.stderr
    assert run("check", "--plan", plan, plan / "source").returncode == 1


def test_standard_input_is_judged_beside_the_data():
    block = (ROOT / "data/source/actions.ttl").read_text(encoding="utf-8").split("\n\n")
    prefixes, action = next(part for part in block if part.startswith("PREFIX")), next(part for part in block if part.startswith("action:24\n"))
    assert findings("-", code=0, text=f"{prefixes}\n\n{action}") == [] or all(one["severity"] == "warning" for one in findings("-", code=0, text=f"{prefixes}\n\n{action}"))
    wrong = action.replace("bm:number 24 ;", "bm:number 25 ;")
    found = findings("-", text=f"{prefixes}\n\n{wrong}")
    line = f"{prefixes}\n\n{wrong}".split("bm:number 25")[0].count("\n") + 1
    assert ("ActionIriBearsNumber", "-", line) in {(one["rule"], one["path"], one["line"]) for one in found}


def test_standard_input_as_the_new_state_of_a_file():
    path = ROOT / "data/source/actions.ttl"
    text = path.read_text(encoding="utf-8").replace("bm:number 24 ;", "bm:number 25 ;")
    found = findings("-", "--stdin-path", path, text=text)
    line = text.split("bm:number 25")[0].count("\n") + 1
    assert ("data/source/actions.ttl", line) in {(one["path"], one["line"]) for one in found}


GOOD = (ROOT / "queries/axes.rq").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule, old, new, mark", [
    ("query-syntax", "ORDER BY", "ORDER BYE", "BYE"),
    ("query-term", "; skos:prefLabel", "; skos:prefLabl", "; skos:prefLabl"),
    ("query-exercises", "[bm:Axis", "[bm:Action", "#+ exercises"),
    ("query-head", "#+ shows:", "#+ show:", "#+ show:"),
    ("query-columns", "#+   actions:", "#+   deeds:", "#+   deeds"),
])
def test_a_question_is_judged(tmp_path, rule, old, new, mark):
    (tmp_path / "axes.rq").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "axes.csv").write_bytes((ROOT / "queries/axes.csv").read_bytes())
    assert old in GOOD
    found = [one for one in findings(tmp_path / "axes.rq") if one["rule"] == rule]
    line = GOOD.replace(old, new, 1).split(mark)[0].count("\n") + 1
    assert line in [one["line"] for one in found], found


def test_a_question_without_an_answer(tmp_path):
    (tmp_path / "axes.rq").write_text(GOOD, encoding="utf-8")
    assert [one["rule"] for one in findings(tmp_path)] == ["query-answer"]


# --- formats ----------------------------------------------------------------------------------------------------

def test_github_annotations_stand_at_the_line_with_signs_escaped(plan):
    place = damage(plan, *PLANTED["untrimmed"][1:])
    done = run("check", "--plan", plan, "--format", "github", cwd=plan)
    command = next(line for line in done.stdout.splitlines() if "LabelTrimmed" in line)
    properties, _, message = re.fullmatch(r"::error (.*?)::(.*)()", command).groups()[0], None, command.partition("::error ")[2].partition("::")[2]
    assert dict(part.split("=", 1) for part in properties.split(",")) == {
        "file": "source/plan.ttl", "line": str(place.line), "col": str(place.column), "title": "LabelTrimmed (violation)"}
    assert "%0A→ " in message and "\r" not in message


def test_signs_that_would_break_a_command_or_a_table_are_escaped():
    finding = Finding("rule", Severity.WARNING, Place("a,b:c%.ttl", 3, 1), "<http://x|y>", Message("100 %\nsure", "100 %\nsure"), Message("::stop::", "::stop::"))
    command = github.annotations([finding], "en").splitlines()[0]
    assert command.startswith("::warning file=a%2Cb%3Ac%25.ttl,line=3,col=1,title=rule (warning)::<http://x|y>%0A100 %25%0Asure%0A→ ::stop::%0A")
    row = github.step_summary([finding], "en").splitlines()[4]
    assert row.count("|") - row.count("\\|") == 6 and "<http" not in row


def test_the_step_summary_is_written_and_cut_below_githubs_limit(plan, tmp_path):
    damage(plan, *PLANTED["dangling"][1:])
    summary = tmp_path / "summary.md"
    run("check", "--plan", plan, "--format", "github", environment={"GITHUB_STEP_SUMMARY": str(summary)})
    assert "iri-dangling" in summary.read_text(encoding="utf-8")
    finding = Finding("rule", Severity.WARNING, Place("f", 1, 1), "é" * 500, Message("", ""), Message("r", "r"))
    text = github.step_summary([finding] * 2000, "en")
    assert len(text.encode()) < 1_048_576 and text.rstrip().endswith("more: run `cpbm-kg check`.")


def test_sarif_against_the_published_schema(plan):
    """The schema is OASIS's and not ours to copy; `tests/schemas/` holds the part that we write, in our own words."""
    path = next((ROOT / ".venv/sarif").glob("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0*.json"), None)
    if path is None:
        pytest.skip("the schema of SARIF is not installed: make .venv/sarif/installed")
    damage(plan, *PLANTED["object-list"][1:])
    jsonschema.validate(sarif_log("--plan", plan), json.loads(path.read_text(encoding="utf-8")))


def sarif_log(*arguments) -> dict:
    log = json.loads(run("check", *arguments, "--format", "sarif").stdout)
    jsonschema.validate(log, SARIF)
    return log


def test_sarif_is_valid_and_its_fingerprints_outlive_a_move(plan):
    damage(plan, *PLANTED["object-list"][1:])
    before = sarif_log("--plan", plan)
    path = plan / "source/plan.ttl"
    path.write_text("# un commentaire de plus\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    after = sarif_log("--plan", plan)
    marks = [{result["partialFingerprints"][sarif.FINGERPRINT]: result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in log["runs"][0]["results"]}
             for log in (before, after)]
    assert marks[0] and {mark: line + 1 for mark, line in marks[0].items()} == marks[1]
    rules = before["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in before["runs"][0]["results"])


def test_sarif_of_a_clean_plan_and_of_a_file_that_cannot_be_read(plan):
    assert sarif_log("--plan", plan)["runs"][0]["results"] == []
    damage(plan, "bm:number 3 ;", "bm:number 3 ;; ,§ ;")
    assert [result["ruleId"] for result in sarif_log("--plan", plan)["runs"][0]["results"]] == ["file-unreadable"]


def test_a_report_goes_into_a_file_too(plan, tmp_path):
    done = run("check", "--plan", plan, "--sarif", tmp_path / "out.sarif")
    assert done.returncode == 0 and "nothing to report" in done.stdout
    jsonschema.validate(json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8")), SARIF)
    done = run("check", "--plan", plan, "--sarif", tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr


# --- documentation ----------------------------------------------------------------------------------------------

def test_the_page_of_rules_is_that_of_the_code_and_the_shapes():
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    assert run("rules").stdout == page, "write it again: cpbm-kg rules > docs/rules.md"
    anchors = re.findall(r'<a id="([\w-]+)"></a>', page)
    assert len(anchors) == len(set(anchors)) and set(anchors) == set(OWN) | {rule.name for rule in pipeline.all_rules()}


# --- bad input: a finding with its line or a clear refusal, never a traceback or a hang ---------------------------

@pytest.mark.parametrize("name, data, line, said", [
    ("not-utf-8", "# un\nPREFIX é: <x>".encode("latin-1"), 2, "not UTF-8"),
    ("unclosed string", b'PREFIX ex: <http://ex/>\nex:a ex:b "open .\n', 2, "never closed"),
    ("unclosed long string", b'PREFIX ex: <http://ex/>\nex:a ex:b """open .\n\n', 2, "never closed"),
    ("circular list", b"PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n_:a rdf:first 1 ;\n  rdf:rest _:b .\n_:b rdf:rest _:a .\n", 3, "leads back into itself"),
    ("space in an IRI", b"PREFIX ex: <http://ex/>\nex:a ex:b <http://a b> .\n", 2, "space"),
    ("3,000 brackets", b"PREFIX ex: <http://ex/>\nex:a ex:b " + b"[ ex:b " * 3000, 2, "too deep"),
    ("N3", b"PREFIX ex: <http://ex/>\n{ ex:a ex:b ex:c } => { ex:a ex:b ex:d } .\n", 2, "neither a prefix nor a statement"),
    ("subject without a fact", b"PREFIX ex: <http://ex/>\nex:a .\n", 2, "not Turtle 1.1"),
    ("literal as a subject", b'PREFIX ex: <http://ex/>\n"a" ex:b ex:c .\n', 2, "N3"),
    ("NUL", b"PREFIX ex: <http://ex/>\nex:a ex:b \"\x00\" .\n", 2, "sign"),
    ("binary", bytes(range(256)), 2, "UTF-8"),
])
def test_bad_input_is_a_finding_at_its_line(plan, name, data, line, said):
    path = plan / "source/bad.ttl"
    path.write_bytes(data)
    found = findings("--plan", plan, code=3)
    assert [(Path(one["path"]).name, one["line"], one["rule"]) for one in found] == [("bad.ttl", line, "file-unreadable")]
    assert said in one_line(found[0])


def one_line(finding: dict) -> str:
    return f"{finding['fault']} {finding['remedy']}"


def test_windows_line_ends_a_byte_order_mark_and_a_prefix_bound_twice_are_read_and_said(plan):
    path = plan / "source/odd.ttl"
    path.write_bytes("\ufeffPREFIX ex: <http://one/>\r\nPREFIX plan: <https://w3id.org/bassin-minier/id/>\r\nPREFIX ex: <http://two/>\r\n\r\nplan:alpha\r\n    ex:b 1 ;\r\n.\r\n".encode())
    found = findings("--plan", plan)
    assert ("odd.ttl", 1, "layout") in {(Path(one["path"]).name, one["line"], one["rule"]) for one in found}
    assert ("odd.ttl", 3, "block-order") in {(Path(one["path"]).name, one["line"], one["rule"]) for one in found}
    assert ("odd.ttl", 6) in {(Path(one["path"]).name, one["line"]) for one in found if one["rule"] == "TermDeclared"}


def test_a_folder_where_a_file_is_meant(plan):
    (plan / "source/folder.ttl").mkdir()
    found = findings("--plan", plan, code=3)
    assert [(Path(one["path"]).name, one["rule"]) for one in found] == [("folder.ttl", "file-unreadable")]


def test_a_file_of_100_megabytes_is_refused_unread(plan):
    with (plan / "source/huge.ttl").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    found = findings("--plan", plan, code=3)
    assert [Path(one["path"]).name for one in found] == ["huge.ttl"] and "104857600" in found[0]["fault"]
    done = run("check", "-", text="#" * (17 * 1024 * 1024))
    assert done.returncode == 3 and "more than" in done.stdout and "Traceback" not in done.stderr


def test_what_is_neither_a_file_nor_of_a_kind_that_we_judge(plan, tmp_path):
    assert run("check", tmp_path / "absent.ttl").returncode == 3
    for odd in ("README.md", "pyproject.toml"):
        done = run("check", odd)
        assert done.returncode == 2 and odd in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("pattern, said", [("(a+)+$", "repetition of repetitions"), ("([a-z]*)*x", "repetition of repetitions"), ("(", "pattern is none")])
def test_a_pattern_that_would_never_end_is_a_finding_at_its_line(tmp_path, pattern, said):
    copy = tmp_path / "repository"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "release", "__pycache__", ".pytest_cache", ".hypothesis"))
    path = copy / "ontology/shapes/naming.ttl"
    text = path.read_text(encoding="utf-8")
    old = re.search(r'sh:pattern (".*") ;', text)
    path.write_text(text.replace(old[1], f'"{pattern}"', 1), encoding="utf-8")
    done = run("check", "--plan", copy / "tests/plans/alpha", "--format", "json", cwd=copy, environment={"PYTHONPATH": str(copy)})
    found = [one for one in json.loads(done.stdout)["findings"] if one["rule"] == "shape-unsound"]
    line = text[: old.start()].count("\n") + 1
    assert done.returncode == 1 and [(one["path"], one["line"]) for one in found] == [("ontology/shapes/naming.ttl", line)] and said in found[0]["fault"]


# --- words ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, french", [
    (["check", "--zzz"], "inconnu : --zzz"), ([], "il manque : VERB"), (["check", "--format", "pdf"], "n’est pas l’un de"),
    (["serve", "--port", "x"], "n’est pas une valeur possible"), (["query"], "il manque : query"), (["check", "--lang"], "il manque une valeur"),
])
def test_the_command_line_refuses_in_the_readers_language(arguments, french):
    done = run(*arguments, environment={"CPBM_LANG": "fr"})
    assert done.returncode == 2 and french in done.stderr and done.stderr.count("usage : ") == 1 and "Traceback" not in done.stderr
    assert french not in run(*arguments).stderr


def test_syntax_errors_are_told_in_french(plan):
    path = plan / "source/plan.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace("bm:number 3 ;", "zz:number 3 ;"), encoding="utf-8")
    said = run("check", "--plan", plan, "--lang", "fr").stdout
    assert "le préfixe « zz: » n’est pas déclaré" in said and "not bound" not in said


def test_a_query_is_refused_with_its_place_and_an_unknown_format_by_name(release):
    done = run("query", "-", "--release", release.folder, text="SELECT ?x\nWHERE { ?x a }")
    assert done.returncode == 1 and "-:2:" in done.stderr
    done = run("query", "axes", "--format", "zzz", "--release", release.folder)
    assert done.returncode == 2 and "zzz" in done.stderr and "csv" in done.stderr
