"""What was found, for every kind of reader: people, GitHub, code scanning, programs, RDF tools."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cpbm_kg.findings import Finding
from cpbm_kg.reports import github, sarif, structured
from cpbm_kg.reports.text import coverage, findings_text, summary

# A format of `check --format` to what writes it: findings and language in, text out.
WRITERS: dict[str, Callable[[Iterable[Finding], str], str]] = {
    "text": findings_text, "github": github.annotations, "sarif": sarif.log, "json": structured.document,
}

__all__ = ["WRITERS", "coverage", "findings_text", "summary"]
