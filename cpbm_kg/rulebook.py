"""All rules as a page for people: `docs/rules.md`, generated, an anchor for each."""

from __future__ import annotations

from collections.abc import Iterable

from cpbm_kg.errors import Message
from cpbm_kg.findings import Severity
from cpbm_kg.rules import OWN, Rule

_NAMES = {Severity.VIOLATION: Message("violation", "violation"), Severity.WARNING: Message("avertissement", "warning"), Severity.INFO: Message("information", "info")}

_HEAD = """# Règles · Rules

*Résumé : chaque constat de `cpbm-kg check` nomme une règle ; voici pourquoi elle existe et que faire. Page produite par `cpbm-kg rules` à partir d’`ontology/shapes/` et du code ; ne pas éditer.*

Every finding of `cpbm-kg check` names a rule; here is why it exists and what to do. Written by `cpbm-kg rules` from `ontology/shapes/` and the code; do not edit.
"""


def markdown(shapes: Iterable[Rule]) -> str:
    """The page: first the checks of ours, then the shapes, each by name."""
    lines = [_HEAD, "## Contrôles du programme · Checks of the program", ""]
    for rule in sorted(OWN.values(), key=lambda rule: rule.name):
        lines += _entry(rule)
    lines += ["## Contraintes SHACL · SHACL shapes", ""]
    for rule in shapes:
        lines += _entry(rule)
    return "\n".join(lines).rstrip() + "\n"


def _entry(rule: Rule) -> list[str]:
    severity, written = _NAMES[rule.severity], f" · [`{rule.place.path}`](../{rule.place.path})" if rule.place else ""
    return [f"### <a id=\"{rule.name}\"></a>{rule.name}", "", f"*{severity.fr} · {severity.en}*{written}", "",
            f"{rule.reason.fr} **{rule.remedy.fr}**", "", f"{rule.reason.en} **{rule.remedy.en}**", ""]
