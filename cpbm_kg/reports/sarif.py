"""Findings as SARIF 2.1.0, for code scanning and editors (OASIS, Static Analysis Results Interchange Format 2.1.0).

A fingerprint rests on rule, file, thing, property and value, never on the line: a finding keeps its name when lines
are added above it (3.27.16). Of equal ones, each carries its rank.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import quote

from cpbm_kg import __version__, rules
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.reports.text import about
from cpbm_kg.vocabulary import BASE

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "cpbmFinding/v1"
_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def log(findings: Iterable[Finding], language: str) -> str:
    """A SARIF log of one run: the rules that were broken, and a result for each finding."""
    findings = list(findings)
    names = sorted({finding.rule for finding in findings})
    said = {finding.rule: finding for finding in reversed(findings)}
    seen: Counter[str] = Counter()
    run = {
        "tool": {"driver": {
            "name": "cpbm-kg", "version": __version__, "informationUri": BASE, "language": language,
            "rules": [_rule(said[name], language) for name in names]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, names.index(finding.rule), seen, language) for finding in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(finding: Finding, language: str) -> dict:
    own = rules.OWN.get(finding.rule)
    reason, remedy = (own.reason, own.remedy) if own else (finding.fault, finding.remedy)
    return {
        "id": finding.rule,
        "shortDescription": {"text": remedy.within(language) or finding.rule},
        "fullDescription": {"text": reason.within(language) or finding.rule},
        "help": {"text": f"{reason.within(language)}\n→ {remedy.within(language)}"},
        "helpUri": rules.link(finding.rule),
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
    }


def _result(finding: Finding, index: int, seen: Counter[str], language: str) -> dict:
    said = [about(finding, language), finding.fault.within(language), f"→ {finding.remedy.within(language)}"]
    result = {
        "ruleId": finding.rule, "ruleIndex": index, "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(part for part in said if part)},
        "locations": [_location(finding.place.path, finding.place.line, finding.place.column, finding.thing)],
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding, seen)},
    }
    if finding.shape:
        result["relatedLocations"] = [_location(finding.shape.path, finding.shape.line, finding.shape.column, f"shape:{finding.rule}")]
    return result


def _location(path: str, line: int, column: int, thing: str) -> dict:
    """A relative path is a relative URI; an absolute one is of the file scheme (3.4.3)."""
    uri = f"file://{quote(path)}" if PurePosixPath(path).is_absolute() else quote(path)
    physical: dict = {"artifactLocation": {"uri": uri}}
    if line:
        physical["region"] = {"startLine": line} | ({"startColumn": column} if column else {})
    location: dict = {"physicalLocation": physical}
    if thing:
        location["logicalLocations"] = [{"fullyQualifiedName": thing}]
    return location


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    said = "\n".join((finding.rule, finding.place.path, finding.thing, finding.path, finding.value))
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
