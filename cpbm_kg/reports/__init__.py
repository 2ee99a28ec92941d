"""What was found, for every kind of reader: people, GitHub, code scanning, programs, RDF tools."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cpbm_kg.findings import Finding
from cpbm_kg.reports import github, graph, sarif, structured
from cpbm_kg.reports.text import coverage, findings_text, summary

# A format to what writes it: findings and language in, text out. The last is for `/validate` alone (decisions.md, 22).
WRITERS: dict[str, Callable[[Iterable[Finding], str], str]] = {
    "text": findings_text, "github": github.annotations, "sarif": sarif.log, "json": structured.document,
    "ttl": graph.report,
}

__all__ = ["WRITERS", "coverage", "findings_text", "summary"]
