"""A second plan: from CSV tables to Turtle, built with the plan of 2013, compared with it and never mixed with it."""

import csv
import html
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.term import URIRef

import synthetic
from conftest import ROOT, run, start, stop
from cpbm_kg import answers, asking, contracts, intake, tables, turtle
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import UsageError, ViolationError
from cpbm_kg.media import CSV
from cpbm_kg.release import Release, open_release
from cpbm_kg.source import SourceText
from cpbm_kg.vocabulary import BASE, RDFS, SKOS

QUESTIONS = {contract.name: contract for contract in contracts.read_all(ROOT / "queries")}
FIRST, SECOND = BASE + "id/cpbm-2013", f"{BASE}id/{synthetic.SLUG}"
# Questions whose answer is a total over the whole release, or over what plans share: a second plan changes it.
TOTALS = {"evidence-of-axis-links", "oddities-by-kind", "places-of-several-plans", "shared-actors", "statements-by-modality", "verbs", "workshops-per-theme"}
VAL = """Plan d’exemple du Val
1er Atelier Transport et mobilité - Jeudi 22 mai 2031 - 18h à 20h - Lens
Les actions prioritaires
1 Relier les communes
Action n°1 Ouvrir un sentier à Lens avec la CCI Artois
"""


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> Path:
    """The synthetic plan, through the command line as anybody would."""
    folder = tmp_path_factory.mktemp("plans") / "essai"
    text = synthetic.write(folder)
    done = run("from-csv", folder, "--text", text)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def joined(second, tmp_path_factory) -> Release:
    done = run("build", "--plan", ROOT / "data", "--plan", second, "--release", folder := tmp_path_factory.mktemp("joined") / "release")
    assert done.returncode == 0, done.stdout + done.stderr
    return open_release(folder)


@pytest.fixture(scope="module")
def engine(joined) -> MemoryEngine:
    return MemoryEngine.of_release(joined.folder, 2**26)


def asked(engine: MemoryEngine, name: str, **given: str) -> list[dict[str, str]]:
    body = tables.answer(engine, asking.read(QUESTIONS[name], {key: [value] for key, value in given.items()}), CSV, "")
    return list(csv.DictReader(body.decode().splitlines()))


# --- the synthetic plan, beside the plan of 2013 -------------------------------------------------------------------

def test_the_second_plan_says_that_it_is_invented(second):
    assert "synthétique" in (second / "source/plan.ttl").read_text() and "inventé" in (second / "editorial/notes.ttl").read_text()


def test_it_stands_alone_and_its_passages_are_those_of_its_text(second):
    done = run("check", "--plan", second, environment={"CPBM_SOURCE_TEXT": str(second.with_suffix(".txt"))})
    assert (done.returncode, done.stdout.strip()) == (0, "nothing to report"), done.stdout


def test_the_same_tables_give_the_same_bytes(second, tmp_path):
    again = synthetic.write(tmp_path / "essai").with_suffix("")
    assert tree(again / "csv") == {name.removeprefix("csv/"): data for name, data in tree(second).items() if name.startswith("csv/")}
    assert run("from-csv", again, "--text", tmp_path / "essai.txt").returncode == 0
    assert tree(again) == tree(second)


def test_two_plans_are_one_release(joined, release):
    things, alone = joined.manifest["things"], release.manifest["things"]
    assert joined.manifest["actionCounts"] == {FIRST: 39, SECOND: 100} and joined.manifest["highestNumbers"] == {FIRST: 109, SECOND: synthetic.HIGHEST}
    assert (things["ActionPlan"], things["Action"]) == (2, alone["Action"] + synthetic.ACTIONS)
    assert things["CommitteeMeeting"] == alone["CommitteeMeeting"] + 2


@pytest.mark.parametrize("name", sorted(set(QUESTIONS) - TOTALS))
def test_a_second_plan_changes_no_row_of_the_first(name, engine):
    contract = QUESTIONS[name]
    if contract.expected.suffix != ".csv":
        assert answers.values(contract, answers.given(engine, contract)) == answers.values(contract, contract.expected.read_text(encoding="utf-8"))
        return
    answered = Counter(answers.given(engine, contract).splitlines())
    assert Counter(contract.expected.read_text(encoding="utf-8").splitlines()) <= answered


@pytest.mark.parametrize("name", sorted(name for name, contract in QUESTIONS.items() if "plan" in {parameter.name for parameter in contract.parameters}))
def test_a_question_that_takes_a_plan_answers_of_that_plan_alone(name, engine):
    contract = QUESTIONS[name]
    assert answers.values(contract, answers.given(engine, contract)) == answers.values(contract, contract.expected.read_text(encoding="utf-8"))


def test_numbers_are_counted_plan_by_plan(engine):
    skipped = [str(number) for number in synthetic.SKIPPED]
    assert [row["number"] for row in asked(engine, "unprinted-numbers", plan=SECOND)] == skipped
    assert len(asked(engine, "unprinted-numbers")) == 70
    counts = {row["plan"]: (row["actions"], row["wordings"]) for row in asked(engine, "plan-counts")}
    assert counts == {FIRST: ("39", "40"), SECOND: ("100", "100")}
    assert [row["number"] for row in asked(engine, "actions", plan=SECOND)][-1] == str(synthetic.HIGHEST)
    beyond = asked(engine, "numbers-beyond-title", plan=SECOND)
    assert {(row["unprinted"], row["unprintedInAll"]) for row in beyond} == {("5", "6")} and len(beyond) == 5


def test_actions_are_compared_by_axis_and_by_theme(engine, second):
    actions = rows(second / "csv/actions.csv")
    axes = {(row["tier"], row["rank"]): row["label"] for row in rows(second / "csv/axes.csv")}
    by_axis = Counter(axes[tuple(row["axis"].rsplit("-", 1))] for row in actions)
    assert {row["axis"]: int(row["actions"]) for row in asked(engine, "actions-per-axis-and-plan") if row["plan"] == SECOND} == by_axis
    assert len([row for row in asked(engine, "actions-per-axis-and-plan") if row["plan"] == FIRST]) == 13
    themes = {row["id"]: row["label"] for row in rows(second / "csv/concepts.csv") if row["kind"] == "theme"}
    by_theme = Counter(themes[row["theme"]] for row in actions if row["theme"])
    answer = asked(engine, "actions-per-theme-and-plan")
    assert {row["theme"]: int(row["actions"]) for row in answer if row["plan"] == SECOND} == by_theme
    assert {row["plan"] for row in answer if row["theme"] == "Santé"} == {FIRST, SECOND}
    assert {row["plan"] for row in answer if row["theme"] == "Eau"} == {SECOND}


def test_actors_of_both_plans_are_found(engine, second):
    named = Counter(row["actors"] for row in rows(second / "csv/actions.csv") if row["actors"])
    labels = {row["id"]: row["label"] for row in rows(second / "csv/concepts.csv")}
    answer = asked(engine, "shared-actors", least="2")
    shared = {"agglomerations", "bailleurs", "cci-artois"}
    assert {(row["actor"], int(row["actions"])) for row in answer if row["plan"] == SECOND} == {(labels[actor], named[actor]) for actor in shared}
    assert {row["actor"] for row in answer if row["plan"] == FIRST} == {labels[actor] for actor in shared} and {row["plans"] for row in answer} == {"2"}
    assert labels["agence-d-essai"] in {row["actor"] for row in asked(engine, "shared-actors")}


def test_places_that_both_plans_touch_are_found(engine, second):
    named = Counter(row["places"].partition("=")[0] for row in rows(second / "csv/actions.csv"))
    met = Counter(row["place"] for row in rows(second / "csv/meetings.csv"))
    answer = {row["place"]: (int(row["actions"]), int(row["meetings"])) for row in asked(engine, "places-of-several-plans", least="2") if row["plan"] == SECOND}
    assert answer == {"Lens": (named["lens"], met["lens"]), "Douai": (named["douai"], met["douai"]), "Béthune": (named["bethune"], met["bethune"])}
    assert {row["place"] for row in asked(engine, "places-of-several-plans")} >= {"Essai-sur-Scarpe", "Auby"}


def test_the_release_is_presented_by_both_titles(joined):
    title = joined.manifest["about"]["graph"]["title"]["fr"]
    assert synthetic.TITLE in title and "100 actions pour poursuivre la mutation du Bassin Minier" in title
    assert "Les textes « 100 actions" in joined.manifest["about"]["graph"]["description"]["fr"]
    assert joined.manifest["about"]["temporal"] == {"start": "2013-01-01", "end": "2031-12-31"}


def test_a_thing_of_the_second_plan_has_its_page(joined, second):
    entries = {row["number"]: row["quote"] for row in rows(second / "csv/actions.csv")}
    process, service = start("--release", joined.folder)
    try:
        status, _, body = service.get(f"/page/id/{synthetic.SLUG}/action/3?lang=fr", Accept="text/html")
        assert status == 200 and entries["3"] in html.unescape(body.decode())
        assert service.get(f"/id/{synthetic.SLUG}/action/7", Accept="text/turtle")[0] == 404  # it is not printed
        for thing in ("lieu/lens", "theme/sante"):
            assert service.get(f"/page/id/{thing}?lang=fr", Accept="text/html")[0] == 200
    finally:
        stop(process)


# --- the tables -----------------------------------------------------------------------------------------------------

def begun(folder: Path) -> Path:
    """The examples of the templates, as a plan."""
    (folder / "val.txt").write_text(VAL, encoding="utf-8")
    intake.begin(folder / "val", None, "Plan d’exemple du Val", SourceText.read(folder / "val.txt"))
    uncomment(folder / "val")
    return folder / "val"


@pytest.fixture
def val(tmp_path) -> Path:
    return begun(tmp_path)


def rewrite(path: Path, filled: list[dict[str, str]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, filled[0])
        writer.writeheader()
        writer.writerows(filled)


def given_text(folder: Path) -> SourceText:
    return SourceText.read(folder.with_suffix(".txt"))


def test_the_examples_of_the_templates_make_a_plan(val):
    done = run("from-csv", val, "--text", val.with_suffix(".txt"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert run("check", "--plan", val).stdout.strip() == "nothing to report"
    assert "lens=à Lens" in (val / "csv/README.md").read_text(encoding="utf-8")


def test_the_guide_is_followed(tmp_path):
    """docs/second-plan.md, word for word but for the filling in."""
    (tmp_path / "val.txt").write_text(VAL, encoding="utf-8")
    (tmp_path / "data").symlink_to(ROOT / "data")
    guide = (ROOT / "docs/second-plan.md").read_text(encoding="utf-8").partition("```console\n")[2].partition("```")[0]
    commands = re.findall(r"^\$ (?:CPBM_SOURCE_TEXT=(\S+) )?cpbm-kg (.*)$", guide, re.MULTILINE)
    assert [line.split()[0] for _, line in commands] == ["new-plan", "from-csv", "check", "build"]
    for text, line in commands:
        done = run(*shlex.split(line), cwd=tmp_path, environment={"CPBM_SOURCE_TEXT": text and str(tmp_path / text), "CPBM_RELEASE": str(tmp_path / "release")})
        assert done.returncode == 0, done.stdout + done.stderr
        if line.startswith("new-plan"):
            uncomment(tmp_path / "val")
    assert "val" in open_release(tmp_path / "release").manifest["highestNumbers"].popitem()[0]


def uncomment(folder: Path) -> None:
    """Make the examples of the templates rows."""
    for path in (folder / "csv").glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("\n# ", "\n"), encoding="utf-8")


def test_an_example_is_not_read(tmp_path):
    done = run("new-plan", tmp_path / "vide", "--title", "Vide")
    assert done.returncode == 0 and (tmp_path / "vide/csv/README.md").is_file()
    done = run("from-csv", tmp_path / "vide")
    assert done.returncode == 1 and "plan.csv:2:6: violation" in done.stdout and "actions.csv" not in done.stdout


def test_offsets_without_the_text_say_the_same(val):
    intake.convert(val, given_text(val))
    with_words = tree(val / "source")
    for path in (val / "csv").glob("*.csv"):
        filled = rows(path)
        for row in filled:
            words = row["quote"] or row.get("label") or row["title"]
            row["passage"] = f"{VAL.index(words)}-{VAL.index(words) + len(words)}"
        rewrite(path, filled)
    # Names are found by their first whole word; `index` takes what comes first.
    intake.convert(val, None)
    assert tree(val / "source") == with_words


def test_what_a_spreadsheet_saves_is_read(val):
    intake.convert(val, given_text(val))
    written = tree(val / "source")
    for path in (val / "csv").glob("*.csv"):
        cells = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        with open(path, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(cells)
    intake.convert(val, given_text(val))
    assert tree(val / "source") == written


# Each fault: table, what is changed, where it is found, and a piece of what is said.
FAULTS = {
    "number that is none": ("actions", "1,Ouvrir", "un,Ouvrir", (2, 1), "cannot be read"),
    "axis without a row": ("actions", "prioritaires-1", "prioritaires-2", (2, 4), "no row in axes.csv"),
    "tier without a row": ("axes", "prioritaires,1", "autres,1", (2, 1), "no row in tiers.csv"),
    "verb without a row": ("actions", ",ouvrir,", ",fermer,", (2, 5), "no row in concepts.csv (verb)"),
    "place without a row": ("actions", "lens=à Lens", "lille=à Lens", (2, 7), "no row in places.csv"),
    "words that the entry has not": ("actions", "lens=à Lens", "lens=vers Lens", (2, 7), "not in the printed words"),
    "label that the entry has not": ("actions", "1,Ouvrir un sentier", "1,Ouvrir deux sentiers", (2, 2), "not in the printed entry"),
    "entry of another number": ("actions", "1,Ouvrir", "2,Ouvrir", (2, 12), "the first number"),
    "entry that the text has not": ("actions", "Action n°1 Ouvrir un", "Action n°1 Fermer un", (2, 12), "not in the text"),
    "offsets of other words": ("tiers", ",,Les actions", ",0-24,Les actions", (2, 5), "the text has"),
    "offsets beyond the text": ("tiers", ",,Les actions", ",9000-9024,Les actions", (2, 4), "the text ends"),
    "offsets the wrong way": ("tiers", ",,Les actions", ",24-0,Les actions", (2, 4), "cannot be read"),
    "words that stand twice": ("tiers", "Les actions prioritaires,The priority actions,,Les actions prioritaires", "Lens,Lens,,Lens", (2, 5), "2 times"),
    "day that is none": ("meetings", "2031-05-22", "22/05/2031", (2, 7), "cannot be read"),
    "workshop without hours": ("meetings", "18:00,20:00", ",", (2, 8), "go together"),
    "workshop without a theme": ("meetings", "workshop,1,transport-et-mobilite", "workshop,1,", (2, 3), "has a theme"),
    "kind that is not provided for": ("meetings", "workshop,", "atelier,", (2, 1), "not provided for"),
    "kind of place that is not provided for": ("places", "commune", "ville", (2, 2), "not provided for"),
    "identifier with a capital": ("places", "lens,commune", "Lens,commune", (2, 1), "cannot be read"),
    "needed cell left empty": ("places", "lens,commune,Lens", "lens,commune,", (2, 3), "to fill in"),
    "cell too many": ("axes", "1 Relier les communes", "1 Relier, les communes", (2, 6), "7 cells"),
    "unknown column": ("axes", "rank", "rang", (1, 2), "unknown"),
    "unknown time zone": ("plan", "Europe/Paris", "Europe/Lens", (2, 12), "unknown time zone"),
    "another text": ("plan", "Plan d’exemple du Val,,,,", "Plan d’exemple du Val,,,,0", (2, 6), "cannot be read"),
    "period told by halves": ("plan", ",,,,Europe", ",,l’an 2031,,Europe", (2, 8), "go together"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_row_is_found_at_its_cell_and_nothing_is_written(name, val):
    table, old, new, (line, column), said = FAULTS[name]
    path = val / f"csv/{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    before = tree(val)
    with pytest.raises(ViolationError) as refused:
        intake.convert(val, given_text(val))
    found = [finding for finding in refused.value.findings if (Path(finding.place.path).name, finding.place.line, finding.place.column) == (path.name, line, column)]
    assert found and any(said in finding.fault.en for finding in found), [str(finding.place) + finding.fault.en for finding in refused.value.findings]
    assert all(finding.fault.fr and finding.remedy.fr and finding.remedy.en for finding in refused.value.findings)
    assert tree(val) == before


def test_another_text_is_refused(val, tmp_path):
    (tmp_path / "autre.txt").write_text(VAL + "Et encore.\n", encoding="utf-8")
    with pytest.raises(ViolationError) as refused:
        intake.convert(val, SourceText.read(tmp_path / "autre.txt"))
    (finding,) = refused.value.findings
    assert (finding.place.line, finding.path) == (2, "sha256") and "has the digest" in finding.fault.en


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_whatever_a_cell_holds_is_what_the_turtle_says_or_a_finding(words, tmp_path_factory):
    """The translation of an action and the note on the plan, which are free text."""
    folder = begun(tmp_path_factory.mktemp("free"))
    for table, column in (("actions", "label_en"), ("plan", "note")):
        filled = rows(folder / f"csv/{table}.csv")
        filled[0][column] = words
        rewrite(folder / f"csv/{table}.csv", filled)
    said = words.strip()
    try:
        intake.convert(folder, given_text(folder))
    except ViolationError as refused:
        assert "\x00" in said and {finding.path for finding in refused.findings} == {"label_en", "note"}
        return
    for file, thing, predicate in (("translation/actions.ttl", f"{BASE}id/val/action/1", SKOS.prefLabel), ("editorial/notes.ttl", f"{BASE}id/val", RDFS.comment)):
        read = {str(value) for value in turtle.read(folder / file).graph.objects(URIRef(thing), predicate)} if (folder / file).exists() else set()
        assert read == ({said} if said else set())


def test_a_number_used_twice_is_found(val):
    path = val / "csv/actions.csv"
    path.write_text(path.read_text(encoding="utf-8") + path.read_text(encoding="utf-8").splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(ViolationError) as refused:
        intake.convert(val, given_text(val))
    assert [(finding.place.line, finding.place.column) for finding in refused.value.findings] == [(3, 1)]


def test_a_shared_thing_has_one_name_in_all_plans(val):
    path = val / "csv/places.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("commune,Lens,Lens", "commune,à Lens,Lens"), encoding="utf-8")
    done = run("from-csv", val, "--text", val.with_suffix(".txt"))
    assert done.returncode == 1 and "places.csv:2:3" in done.stdout and "data/source/lieux.ttl:" in done.stdout and "\"also\"" in done.stdout


def test_what_a_person_edited_is_not_written_over(val):
    intake.convert(val, given_text(val))
    edited = val / "source/axes.ttl"
    edited.write_text(edited.read_text(encoding="utf-8").replace("Relier les", "Relier toutes les"), encoding="utf-8")
    (val / "source/complements.ttl").write_text("# À la main.\n", encoding="utf-8")
    before = tree(val)
    with pytest.raises(ViolationError) as refused:
        intake.convert(val, given_text(val))
    assert [finding.place.path for finding in refused.value.findings] == [str(edited)] and tree(val) == before
    edited.unlink()
    intake.convert(val, given_text(val))
    assert (val / "source/complements.ttl").read_text(encoding="utf-8") == "# À la main.\n"


def test_what_has_no_row_any_more_goes(val):
    intake.convert(val, given_text(val))
    (val / "csv/meetings.csv").unlink()
    intake.convert(val, given_text(val))
    assert not (val / "source/ateliers.ttl").exists() and (val / "source/actions.ttl").exists()


def test_a_plan_is_not_begun_where_one_stands(val, tmp_path):
    before = tree(tmp_path)
    for folder, slug in ((val, None), (ROOT / "data", "autre"), (tmp_path / "neuf", "Pas bon")):
        with pytest.raises(UsageError):
            intake.begin(folder, slug, None, None)
    assert tree(tmp_path) == before
