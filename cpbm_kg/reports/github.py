"""Findings as GitHub sees them: workflow commands that become annotations on the lines, and a summary of the step.

Format and escaping: docs.github.com, "Workflow commands for GitHub Actions" (data escape %, CR and LF; properties `:`
and `,` too). GitHub shows at most 10 errors and 10 warnings of a step: the summary holds them all.
"""

from __future__ import annotations

from collections.abc import Iterable

from cpbm_kg import rules
from cpbm_kg.errors import Message
from cpbm_kg.findings import Finding, Severity
from cpbm_kg.reports.text import SEVERITY_NAMES, about, summary

_COMMANDS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
LARGEST_SUMMARY = 1_000_000  # bytes; GitHub takes 1 MiB a step


def annotations(findings: Iterable[Finding], language: str) -> str:
    """One workflow command a finding, then a summary line."""
    findings = list(findings)
    return "\n".join([*(_command(finding, language) for finding in findings), summary(findings, language)])


def _command(finding: Finding, language: str) -> str:
    place = {"file": finding.place.path, "line": finding.place.line, "col": finding.place.column}
    title = {"title": f"{finding.rule} ({SEVERITY_NAMES[finding.severity].within(language)})"}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in (place | title).items() if value)
    said = [about(finding, language), finding.fault.within(language), f"→ {finding.remedy.within(language)}", rules.link(finding.rule)]
    return f"::{_COMMANDS[finding.severity]} {properties}::{_data(chr(10).join(part for part in said if part))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def step_summary(findings: Iterable[Finding], language: str) -> str:
    """A Markdown table of all findings, cut where GitHub would refuse it, with a line that says so."""
    findings = list(findings)
    say = Message("| Où | Gravité | Règle | De quoi | Que faire |", "| Where | Severity | Rule | What about | What to do |").within(language)
    lines = [f"### cpbm-kg check : {summary(findings, language)}", "", *([say, "|---|---|---|---|---|"] if findings else [])]
    size = sum(len(line.encode()) + 1 for line in lines)
    for number, finding in enumerate(findings):
        cells = (f"`{finding.place}`", SEVERITY_NAMES[finding.severity].within(language), f"[{finding.rule}]({rules.link(finding.rule)})",
                 about(finding, language), finding.remedy.within(language))
        line = "| " + " | ".join(_cell(cell) for cell in cells) + " |"
        size += len(line.encode()) + 1
        if size > LARGEST_SUMMARY - 200:
            rest = len(findings) - number
            lines += ["", Message(f"… et {rest} autres : lancez `cpbm-kg check`.", f"… and {rest} more: run `cpbm-kg check`.").within(language)]
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
