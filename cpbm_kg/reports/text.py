"""Findings and the coverage map as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cpbm_kg import rules
from cpbm_kg.coverage import Coverage
from cpbm_kg.errors import Message
from cpbm_kg.findings import Finding, Severity

SEVERITY_NAMES = {
    Severity.VIOLATION: Message("violation", "violation"),
    Severity.WARNING: Message("avertissement", "warning"),
    Severity.INFO: Message("information", "info"),
}


def findings_text(findings: Iterable[Finding], language: str) -> str:
    """All findings, each `file:line:column: severity [rule]`, what it is about, what is wrong, what to do and where the
    rule is explained; then a summary line."""
    findings = list(findings)
    return "\n".join([*(_block(finding, language) for finding in findings), summary(findings, language)])


def about(finding: Finding, language: str) -> str:
    """Thing with its label, property and value, on one line."""
    label = Message(f"« {finding.label} »", f"“{finding.label}”").within(language) if finding.label else ""
    return " ".join(part for part in (finding.thing, label, finding.path, finding.value) if part)


def _block(finding: Finding, language: str) -> str:
    lines = [f"{finding.place}: {SEVERITY_NAMES[finding.severity].within(language)} [{finding.rule}]"]
    lines += [f"    {said}" for said in (about(finding, language), finding.fault.within(language)) if said]
    lines += [f"    → {finding.remedy.within(language)}"] if finding.remedy.within(language) else []
    written = f" ({finding.shape})" if finding.shape else ""
    lines.append(f"    {rules.link(finding.rule)}{written}")
    return "\n".join(lines)


def summary(findings: Iterable[Finding], language: str) -> str:
    """How many findings of each severity, in one line."""
    counts = Counter(finding.severity for finding in findings)
    if not counts:
        return Message("rien à signaler", "nothing to report").within(language)
    return ", ".join(f"{counts[severity]} × {SEVERITY_NAMES[severity].within(language)}" for severity in sorted(counts, reverse=True))


def coverage(measured: Coverage, language: str, gaps_only: bool = False) -> str:
    """One line a sentence: its span, how many statements and things rest on it, or the reason why none does; then the sum."""
    silent = Message("rien, et aucune raison donnée", "nothing, and no reason given").within(language)
    lines = [f"{sentence.start}-{sentence.end}\t{len(sentence.bearers) or sentence.reason or silent}"
             for sentence in measured.sentences if not (gaps_only and sentence.covered)]
    total = len(measured.sentences)
    lines.append(Message(f"{measured.covered} phrases sur {total} portent un énoncé, {measured.explained} autres une raison ; {measured.extent.quoted_share:.1%} des caractères sont cités",
                         f"{measured.covered} of {total} sentences carry a statement, {measured.explained} more a reason; {measured.extent.quoted_share:.1%} of the characters are quoted").within(language))
    return "\n".join(lines)
