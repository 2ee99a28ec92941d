"""The coverage map of the real graph: nearly every sentence carries a statement, the rest a reason."""

import re

from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT, run
from cpbm_kg.coverage import measure
from cpbm_kg.source import SourceText
from cpbm_kg.vocabulary import passage_span


def test_at_least_95_percent_of_the_sentences_carry_a_statement_and_the_rest_a_reason(dataset):
    coverage = measure(dataset)
    assert len(coverage.sentences) > 150
    assert coverage.covered / len(coverage.sentences) >= 0.95
    assert [sentence.iri for sentence in coverage.sentences if not sentence.covered and not sentence.reason] == []


def test_a_sentence_is_not_covered_by_itself_alone(dataset):
    """A statement whose passage is the whole sentence says nothing about which words state it."""
    for sentence in measure(dataset).sentences:
        inside = [span for bearer in sentence.bearers for span in map(passage_span, map(str, _passages(dataset, bearer)))
                  if span and sentence.start <= span[0] and span[1] <= sentence.end]
        assert inside or not sentence.covered


def test_the_manifest_publishes_the_figures(dataset, release):
    coverage = measure(dataset)
    published = release.manifest["coverage"]
    assert published == {"sentences": len(coverage.sentences), "covered": coverage.covered, "explained": coverage.explained, "quotedShare": round(coverage.extent.quoted_share, 4)}
    assert 0 < published["quotedShare"] < 1


def test_coverage_prints_a_line_for_every_sentence():
    lines = run("coverage").stdout.splitlines()
    assert all(re.match(r"\d+-\d+\t", line) for line in lines[:-1]) and len(lines) > 150
    assert re.search(r"(\d+) of \1|carry a statement", lines[-1])


def test_a_plan_without_statements_has_gaps():
    done = run("coverage", "--gaps", "--plan", ROOT / "tests/plans/alpha")
    assert "0 of" not in done.stdout and done.returncode == 0


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40), max_size=12))
def test_sentences_are_in_order_disjoint_and_leave_out_white_space_alone(lines):
    text = SourceText("\n".join(lines), "")
    spans = text.sentences()
    assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:]))
    kept = "".join(text.text[start:end] for start, end in spans)
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", text.text)


def _passages(dataset, bearer):
    from cpbm_kg.vocabulary import BM

    for layer in ("source", "evidence"):
        yield from dataset.layers[layer].objects(bearer, BM.evidence)
