"""Findings as JSON, for programs: one document, both languages where a sentence is for people."""

from __future__ import annotations

import json
from collections.abc import Iterable

from cpbm_kg import rules
from cpbm_kg.findings import Finding


def document(findings: Iterable[Finding], language: str) -> str:
    """An object with `language` and `findings`; `fault` and `remedy` in `language`, and in both under their tags."""
    return json.dumps({"language": language, "findings": [record(finding, language) for finding in findings]}, ensure_ascii=False, indent=2)


def record(finding: Finding, language: str) -> dict:
    """One finding; lines and columns count from 1, 0 = the file as a whole."""
    said = {
        "path": finding.place.path, "line": finding.place.line, "column": finding.place.column,
        "severity": finding.severity.name.lower(), "rule": finding.rule, "thing": finding.thing, "label": finding.label,
        "property": finding.path, "value": finding.value, "fault": finding.fault.within(language), "remedy": finding.remedy.within(language),
        "documentation": rules.link(finding.rule), "messages": {"fr": _both(finding, "fr"), "en": _both(finding, "en")},
    }
    if finding.shape:
        said["shape"] = {"path": finding.shape.path, "line": finding.shape.line}
    return said


def _both(finding: Finding, language: str) -> dict[str, str]:
    return {"fault": finding.fault.within(language), "remedy": finding.remedy.within(language)}
