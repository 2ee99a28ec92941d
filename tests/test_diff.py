"""`diff`: thing by thing, with labels, in words; what breaks whoever relies on the ontology; which answers change."""

import os
import shutil
import subprocess

import pytest
import rdflib
from rdflib.compare import isomorphic

from conftest import ROOT, run
from cpbm_kg import comparison, states
from cpbm_kg.reports import difference
from cpbm_kg.vocabulary import BM, GRAPH, OWL, RDF, RDFS, SCHEMA, SH, SHAPE, SKOS

ALPHA = ROOT / "tests" / "plans" / "alpha"


@pytest.fixture
def plan(tmp_path):
    shutil.copytree(ALPHA, tmp_path / "alpha")
    return tmp_path / "alpha"


def edit(plan, *changes: tuple[str, str]) -> None:
    path = plan / "source/plan.ttl"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def said(*arguments, **options) -> str:
    done = run("diff", *arguments, **options)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return done.stdout


def test_nothing_changes(plan):
    assert said(ALPHA, plan) == "nothing changes\n"


def test_a_change_is_told_by_thing_with_labels_in_words(plan):
    edit(plan, ('skos:prefLabel "Ouvrir un sentier"@fr', 'skos:prefLabel "Ouvrir deux sentiers"@fr'), ("bm:number 1 ;", "bm:number 2 ;"))
    english = said(ALPHA, plan).splitlines()
    thing = english.index("Action 3 “Ouvrir deux sentiers” action:3")
    assert english[thing + 1] == '    preferred label: "Ouvrir un sentier"@fr → "Ouvrir deux sentiers"@fr'
    assert "    number: 1 → 2" in english
    french = said(ALPHA, plan, "--lang", "fr")
    assert "Action 3 « Ouvrir deux sentiers » action:3\n    libellé : " in french


def test_what_is_said_about_a_claim_is_told_of_its_thing(plan):
    edit(plan, ("passage:34-44 , passage:74-102 ]", "passage:34-44 ; bm:modality <https://w3id.org/bassin-minier/id/modality/normalised> ]"))
    told = said(ALPHA, plan)
    assert "evidence of “in axis”: − passage:74-102" in told and "modality of “in axis”: modality:stated “stated” → modality:normalised" in told


def test_a_thing_that_comes_or_goes_is_named(plan):
    edit(plan, ("action:3\n    a bm:Action ;", "action:4\n    a bm:Action ;"))
    told = said(ALPHA, plan)
    assert "new: Action 3 “Ouvrir un sentier” action:4" in told and "removed: Action 3 “Ouvrir un sentier” action:3" in told


def test_turtle_has_a_block_of_what_is_gone_and_one_of_what_has_come(plan):
    edit(plan, ("bm:number 1 ;", "bm:number 2 ;"))
    gone, come = said(ALPHA, plan, "--format", "turtle").split("# + ")
    number = rdflib.URIRef("https://w3id.org/bassin-minier/id/alpha/action/1"), BM.number
    assert list(rdflib.Graph().parse(data=gone, format="turtle")) == [(*number, rdflib.Literal(1))]
    assert list(rdflib.Graph().parse(data="# " + come, format="turtle")) == [(*number, rdflib.Literal(2))]


def test_files_and_releases_are_compared(release, tmp_path):
    (tmp_path / "one.ttl").write_text("PREFIX ex: <http://ex/>\nex:a ex:b 1 .\n", encoding="utf-8")
    (tmp_path / "two.nt").write_text("<http://ex/a> <http://ex/b> \"x\" .\n", encoding="utf-8")
    assert '<http://ex/b>: 1 → "x"' in said(tmp_path / "one.ttl", tmp_path / "two.nt")
    assert said(release.folder, release.folder, "--answers") == "nothing changes\n"


@pytest.mark.parametrize("name", ["nowhere", "--upload-pack=x", "HEAD~9999", "odd.csv"])
def test_a_name_that_names_nothing_is_refused(tmp_path, name):
    (tmp_path / "odd.csv").write_text("a,b\n", encoding="utf-8")
    done = run("diff", "--", tmp_path / "odd.csv" if name == "odd.csv" else name, ALPHA)
    assert done.returncode in (2, 3) and name.split("/")[-1] in done.stderr and "Traceback" not in done.stderr


def test_answers_of_a_file_are_refused(tmp_path):
    (tmp_path / "one.ttl").write_text("PREFIX ex: <http://ex/>\nex:a ex:b 1 .\n", encoding="utf-8")
    done = run("diff", "--answers", tmp_path / "one.ttl", tmp_path / "one.ttl")
    assert done.returncode == 2 and "Traceback" not in done.stderr


QUESTION = """#+ summary: "s"
#+ title@fr: "Les numéros"
#+ title@en: "The numbers"
#+ question@fr: "q"
#+ question@en: "q"
#+ tags: [actions]
#+ columns:
#+   number: {type: integer, fr: "n", en: "n"}
#+   label: {type: text, fr: "l", en: "l"}
#+ shows: table
#+ exercises: [bm:number, skos:prefLabel]

PREFIX bm: <https://w3id.org/bassin-minier/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?number ?label
WHERE { ?action bm:number ?number ; skos:prefLabel ?label }
ORDER BY ?number
"""


def test_the_rows_of_a_question_that_change_are_shown(plan, tmp_path):
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries/numbers.rq").write_text(QUESTION, encoding="utf-8")
    (tmp_path / "queries/same.rq").write_text(QUESTION.replace("?number ; skos:prefLabel", "?number . ?plan bm:highestNumber ?highest ; skos:prefLabel"), encoding="utf-8")
    edit(plan, ('skos:prefLabel "Ouvrir un sentier"@fr', 'skos:prefLabel "Ouvrir deux sentiers"@fr'))
    with states.opened(str(ALPHA)) as old, states.opened(str(plan)) as new:
        answers = states.answer_changes(old, new, tmp_path / "queries")
        told = difference.text(comparison.compare(old.state, new.state), old.state, new.state, answers, "en")
    assert told.partition("Answer")[2] == ": numbers, The numbers\n\n− 3 | Ouvrir un sentier\n+ 3 | Ouvrir deux sentiers"


def test_git_revisions_are_compared(tmp_path):
    copy = tmp_path / "repository"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "release", "__pycache__", ".pytest_cache", ".hypothesis", "external", "editorial", "inferred", "translation"))
    shutil.rmtree(copy / "data")
    shutil.copytree(ALPHA, copy / "data")

    def git(*arguments):
        subprocess.run(["git", "-C", copy, "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments], check=True, capture_output=True,
                       env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    edit(copy / "data", ("bm:number 1 ;", "bm:number 2 ;"))
    git("commit", "-qam", "two")
    told = said("HEAD~1", "HEAD", cwd=copy, environment={"PYTHONPATH": str(copy)})
    assert "number: 1 → 2" in told and "Things changed: 1" in told


# --- the ontology ------------------------------------------------------------------------------------------------

TERM, OTHER = BM.inAxis, BM.Axis
BASE = {(TERM, RDF.type, OWL.ObjectProperty), (OTHER, RDF.type, OWL.Class), (TERM, SCHEMA.domainIncludes, BM.Action), (OTHER, RDFS.subClassOf, SKOS.Concept),
        (TERM, RDFS.label, rdflib.Literal("in axis", lang="en"))}


def two_states(gone=(), come=(), shapes=((), ())):
    return [comparison.state({str(GRAPH.vocabulary): triples, str(GRAPH.shapes): rules})
            for triples, rules in ((BASE, set(shapes[0])), ((BASE - set(gone)) | set(come), set(shapes[1])))]


@pytest.mark.parametrize("gone, come, word", [
    ([(OTHER, RDF.type, OWL.Class), (OTHER, RDFS.subClassOf, SKOS.Concept)], [], "removed"),
    ([], [(TERM, RDFS.domain, BM.Action)], "narrows"),
    ([], [(TERM, RDFS.range, BM.Axis)], "narrows"),
    ([], [(TERM, RDF.type, OWL.FunctionalProperty)], "FunctionalProperty"),
    ([(TERM, SCHEMA.domainIncludes, BM.Action)], [], "domain"),
    ([(OTHER, RDFS.subClassOf, SKOS.Concept)], [], "superclass"),
    ([], [(OTHER, OWL.disjointWith, BM.Action)], "disjoint"),
])
def test_a_breaking_change_of_the_ontology_is_named(gone, come, word):
    old, new = two_states(gone, come)
    found = comparison.compare(old, new)
    assert len(found.breaking) == 1 and word in found.breaking[0][1].en
    assert "Breaking changes" in difference.text(found, old, new, [], "en")


def test_harmless_changes_of_the_ontology_break_nothing():
    old, new = two_states(come=[(TERM, SCHEMA.domainIncludes, BM.Measure), (BM.newTerm, RDF.type, OWL.Class), (TERM, RDFS.label, rdflib.Literal("x", lang="fr"))])
    assert not comparison.compare(old, new).breaking


def test_a_rule_that_becomes_a_violation_is_named():
    old, new = two_states(shapes=([(SHAPE.Rule, SH.severity, SH.Info), (SHAPE.Rule, RDF.type, SH.NodeShape)], [(SHAPE.Rule, SH.severity, SH.Violation), (SHAPE.Rule, RDF.type, SH.NodeShape)]))
    assert [term for term, _ in comparison.compare(old, new).breaking] == [SHAPE.Rule]


# --- Markdown ----------------------------------------------------------------------------------------------------

def test_markdown_is_cut_below_githubs_limit_and_says_so():
    many = [(BM[f"x{n}"], SKOS.prefLabel, rdflib.Literal("é😀 " * 40, lang="fr")) for n in range(2000)]
    old, new = two_states(come=many)
    cut = difference.markdown(comparison.compare(old, new), old, new, [], "en")
    assert len(cut.encode("utf-16-le")) // 2 <= 65_536 and len(cut) > 40_000
    last = cut.splitlines()[-1]
    assert "more lines" in last and last.startswith("*Cut here: ")


def test_words_of_the_data_are_no_markdown_and_call_nobody():
    old, new = two_states(come=[(BM.x, SKOS.prefLabel, rdflib.Literal("a | b <b> @team [x](y) `c` *d*", lang="fr"))])
    line = next(line for line in difference.markdown(comparison.compare(old, new), old, new, [], "fr").splitlines() if line.startswith("- "))
    plain = "".join(line.split("`")[::2])
    assert "<b>" not in plain.replace("\\<", "") and "@team" not in plain and "](" not in plain.replace("\\]", "")


def test_turtle_of_a_difference_reads_back():
    old, new = two_states(come=[(BM.x, SKOS.prefLabel, rdflib.Literal('a "quote"\nand more', lang="fr"))])
    found = comparison.compare(old, new)
    come = rdflib.Graph()
    for triple in found.added:
        come.add(triple)
    assert isomorphic(rdflib.Graph().parse(data=difference.turtle(found), format="turtle"), come)
