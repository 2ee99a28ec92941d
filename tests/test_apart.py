"""Plans read one after the other are judged and published as plans read together."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from conftest import ROOT
from cpbm_kg import canonical, graphs, pipeline
from cpbm_kg.errors import SourceTextError, UnreadableError
from cpbm_kg.findings import Finding
from cpbm_kg.vocabulary import BM, GRAPH, LAYER_NAMES, RDF

PLANS = ROOT / "tests" / "plans"
XSD = "http://www.w3.org/2001/XMLSchema#"
# Faults of the second plan: those that show in it alone, and those that show beside the first.
FAULTS = {
    "nothing is wrong": ("bm:number 3 ;", "bm:number 3 ;"),
    "a term that nothing declares": ("bm:number 3 ;", "bm:nmber 3 ;"),
    "a number twice": ("bm:number 3 ;", "bm:number 1 ;"),
    "a literal that is none of its type": ("bm:number 3 ;", f'bm:number "trois"^^<{XSD}integer> ;'),
    "another type of number": ("bm:number 3 ;", f'bm:number "3"^^<{XSD}int> ;'),
    "a number written otherwise": ("bm:number 3 ;", f'bm:number "03"^^<{XSD}integer> ;'),
    "no number": ("bm:number 3 ;", ""),
    "two numbers that are one": ("bm:number 3 ;", f'bm:number 3 , "03"^^<{XSD}integer> ;'),
    "no name": ("bm:number 3 ;", "bm:number 3 ; dcterms:relation [ dcterms:relation plan:alpha ] ;"),
    "a list": ("bm:number 3 ;", "bm:number 3 ; dcterms:relation ( 1 2 ) ;"),
    "a bracket that claims nothing": ("[ bm:inAxis axe:premier-1 ; bm:evidence passage:34-44 , passage:74-102 ]", "[ bm:evidence passage:34-44 , passage:74-102 ]"),
    "an axis that nothing describes": ("[ bm:inAxis axe:premier-1 ; bm:evidence passage:34-44 , passage:74-102 ]", "[ bm:inAxis axe:premier-9 ; bm:evidence passage:34-44 , passage:74-102 ]"),
    "a passage that nobody records": ("bm:evidence passage:74-102 ;", "bm:evidence passage:74-101 ;"),
    "a passage of the other plan": ("bm:evidence passage:74-102 ;", "bm:evidence passage:74-102 , <https://w3id.org/bassin-minier/id/beta/passage/0-17> ;"),
    "an axis of the other plan": ("[ bm:inAxis axe:premier-1 ; bm:evidence passage:34-44 , passage:74-102 ]",
                                  "[ bm:inAxis <https://w3id.org/bassin-minier/id/beta/axe/premier-1> ; bm:evidence passage:34-44 , passage:74-102 ]"),
    "what the other plan says too": ("formulation:3-1\n", "<https://w3id.org/bassin-minier/id/beta/action/1> bm:number 77 .\n\nformulation:3-1\n"),
    "a label in no language": ('skos:prefLabel "Ouvrir un sentier"@fr ;', 'skos:prefLabel "Ouvrir un sentier" ;'),
    "a class that is another's": ("action:3\n    a bm:Action ;", "action:3\n    a bm:Action , prov:Activity ;"),
}

SILENT = {"nothing is wrong", "a passage of the other plan", "a number written otherwise"}


@pytest.fixture
def plans(tmp_path) -> list[Path]:
    return [Path(shutil.copytree(PLANS / name, tmp_path / name)) for name in ("beta", "alpha")]


def damage(plan: Path, old: str, new: str) -> None:
    path = plan / "source/plan.ttl"
    text = path.read_text(encoding="utf-8")
    assert old in text
    head, _, tail = text.rpartition(old)
    path.write_text(head + new + tail, encoding="utf-8")


def shown(finding: Finding) -> Finding:
    """A finding without the terms that it rests on: blank nodes of shapes are others each time they are read."""
    return replace(finding, terms=())


@pytest.mark.parametrize("fault", FAULTS)
def test_findings_are_those_of_plans_read_together(fault, plans):
    damage(plans[1], *FAULTS[fault])
    unreadable: list[UnreadableError] = []
    apart = pipeline.judge_apart(plans, None, unreadable)
    _, together = pipeline.judge(plans)
    assert list(map(shown, apart)) == list(map(shown, together)) and not unreadable
    assert bool(apart) == (fault not in SILENT)


def test_every_quote_is_held_to_the_text_of_its_plan(plans):
    text = PLANS / "alpha.txt"
    wrong = plans[1] / "evidence/passages.ttl"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("passage:0-18", "passage:1-19"), encoding="utf-8")
    apart = pipeline.judge_apart(plans, text, [])
    assert list(map(shown, apart)) == list(map(shown, pipeline.judge(plans, text)[1]))
    assert {finding.rule for finding in apart} >= {"passage-quote"}


def test_a_text_of_no_plan_is_refused(plans, tmp_path):
    (other := tmp_path / "autre.txt").write_text("Un autre texte.", encoding="utf-8")
    with pytest.raises(SourceTextError):
        pipeline.judge_apart(plans, other, [])


def test_all_files_that_cannot_be_read_are_named(plans):
    for plan in plans:
        damage(plan, " ;\n.", "\n.\n<")
    unreadable: list[UnreadableError] = []
    assert pipeline.judge_apart(plans, None, unreadable) == []
    assert sorted(error.place.path for error in unreadable) == sorted(str(plan / "source/plan.ttl") for plan in plans)
    assert all(error.place.line > 60 and error.fault.fr and error.remedy.en for error in unreadable)


def test_the_release_is_that_of_plans_read_together(plans, tmp_path):
    """Blank nodes of the ontology, a thing of which both plans speak, a passage of one that the other cites."""
    damage(plans[1], *FAULTS["a passage of the other plan"])
    damage(plans[1], "formulation:3-1\n", '<https://w3id.org/bassin-minier/id/beta/action/1> skos:altLabel "Des haies"@fr .\n\nformulation:3-1\n')
    release, _ = pipeline.build(plans, tmp_path / "release")
    dataset, _ = pipeline.judge(plans)
    lines = canonical.canonical_lines({layer: dataset.layers[layer] for layer in LAYER_NAMES if layer != "examples"})
    expected = sorted(f"{line[:-3]} <{GRAPH[layer]}> .\n" for layer, of_layer in lines.items() for line in of_layer)
    published = (release.folder / "all.nq").read_text(encoding="utf-8").splitlines(keepends=True)
    assert [line for line in published if not line.endswith(f"<{GRAPH.examples}> .\n")] == expected
    assert release.manifest["triples"] | {"examples": 0} == {layer: len(lines.get(layer, ())) for layer in LAYER_NAMES}


def test_a_chain_that_leads_through_two_plans_is_followed(plans, tmp_path):
    """`bm:inTier` of an action is its axis's: the axis stands in one plan, its tier in another."""
    head, tail = "    bm:statement\n        [ bm:inTier niveau:premier ; bm:evidence passage:19-33 , passage:34-44 ] ;\n", ""
    damage(plans[1], head, tail)
    axis, tier = (f"https://w3id.org/bassin-minier/id/alpha/{name}" for name in ("axe/premier-1", "niveau/premier"))
    with open(plans[0] / "source/plan.ttl", "a", encoding="utf-8") as beta:
        beta.write(f"\n<{axis}>\n    bm:statement\n        [ bm:inTier <{tier}> ; bm:evidence passage:0-17 ] ;\n.\n")
    release, _ = pipeline.build(plans, tmp_path / "release")
    entailed = canonical.triples_by_graph(release.folder / "all.nq")[str(GRAPH.entailed)]
    assert (URIRef("https://w3id.org/bassin-minier/id/alpha/action/1"), BM.inTier, URIRef(tier)) in entailed


def test_more_parts_than_files_may_be_open_are_merged_in_rounds(tmp_path, monkeypatch):
    monkeypatch.setattr(graphs, "_AT_ONCE", 2)
    parts = []
    for number in range(7):
        source = Graph()
        source.add((URIRef(f"http://example.org/{number}"), RDF.value, Literal(number)))
        source.add((URIRef("http://example.org/10"), RDF.value, Literal(number % 3)))  # said by several
        parts.append(graphs.write_part(tmp_path / str(number), {"source": source}))
    whole = graphs.join(parts, tmp_path / "whole")
    lines = list(whole.lines("source"))
    assert whole.counts["source"] == len(lines) == 7 + 3
    assert lines == canonical.in_reading_order(set(lines)) and lines[-1].startswith("<http://example.org/10>")
