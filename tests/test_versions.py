"""One version: package, ontology, citation file, changelog and release say the same."""

import re

from conftest import ROOT
from cpbm_kg import __version__
from cpbm_kg.vocabulary import ONTOLOGY, OWL, DCTERMS


def test_all_versions_and_dates_agree(dataset, release):
    vocabulary = dataset.layers["vocabulary"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert {
        __version__,
        str(vocabulary.value(ONTOLOGY, OWL.versionInfo)),
        str(vocabulary.value(ONTOLOGY, OWL.versionIRI)).rpartition("/")[2],
        re.search(r"^version: (\S+)$", citation, re.MULTILINE)[1],
        re.search(r"^## (\S+) —", changelog, re.MULTILINE)[1],
        release.version,
    } == {__version__}
    assert {
        str(vocabulary.value(ONTOLOGY, DCTERMS.modified)),
        re.search(r"^date-released: (\S+)$", citation, re.MULTILINE)[1],
        re.search(r"^## \S+ — (\S+)$", changelog, re.MULTILINE)[1],
        release.manifest["date"],
    } == {release.manifest["date"]}
