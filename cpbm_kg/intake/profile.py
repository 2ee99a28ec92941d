"""The folder of a plan: templates written into it, Turtle written from them, and nothing that a person wrote over.

A generated file says so in its head, with the digest of the rest: what no longer has that digest has been edited, and is its
editor's from then on.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from cpbm_kg import rules
from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Message, Place, UsageError, ViolationError, shown
from cpbm_kg.findings import Finding
from cpbm_kg.intake import guide
from cpbm_kg.intake.mapping import Mapping
from cpbm_kg.intake.reading import RULE, SLUG, read
from cpbm_kg.intake.tables import TABLES, TO_FILL, Table
from cpbm_kg.source import SourceText, digest
from cpbm_kg.vocabulary import PROFILE_LAYERS, SKOS

TEMPLATES = "csv"
_MARK = re.compile(r"^# Produit par `cpbm-kg from-csv`.* ; empreinte ([0-9a-f]{64})\.\n", re.MULTILINE)
_ZONE = "Europe/Paris"


def begin(folder: Path, slug: str | None, title: str | None, text: SourceText | None) -> list[Path]:
    """Write the templates of a new plan into `folder`, which may not have any; the files written.

    Raises UsageError where there are templates or data already, or for a slug that no IRI can have.
    """
    slug = slug or folder.resolve().name
    if not SLUG.fullmatch(slug):
        raise UsageError(Message(f"« {slug} » ne peut être un segment d’IRI", f"“{slug}” cannot be a segment of an IRI"),
                         Message("donnez --slug : minuscules sans accent, chiffres, traits d’union", "give --slug: unaccented lower case, digits, hyphens"))
    if taken := [path for path in (folder / TEMPLATES, *(folder / layer for layer in PROFILE_LAYERS)) if path.exists()]:
        raise UsageError(Message("il y a déjà un plan ici : rien n’a été écrit", "there is a plan here already: nothing was written"),
                         Message("choisissez un autre dossier", "choose another folder"), taken[0])
    row = {"slug": slug, "title": title or TO_FILL, "sha256": text.sha256 if text else TO_FILL, "characters": str(len(text.text)) if text else TO_FILL, "time_zone": _ZONE}
    written = {folder / TEMPLATES / table.file: _template(table, row if table.name == "plan" else None) for table in TABLES.values()}
    written[folder / TEMPLATES / "README.md"] = guide.markdown(folder.name)
    for path, content in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
    return list(written)


def _template(table: Table, row: dict[str, str] | None) -> str:
    """Header, examples behind a # sign, and the row that is known."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [column.name for column in table.columns], lineterminator="\n", restval="")
    writer.writeheader()
    first = table.columns[0].name
    writer.writerows(example | {first: f"# {example[first]}"} for example in table.examples)
    if row:
        writer.writerow(row)
    return out.getvalue()


def convert(folder: Path, text: SourceText | None, others: Dataset | None = None) -> list[Path]:
    """Write the Turtle of a folder's filled templates; the files written. `others` are the plans that it will be built with:
    what is shared must have one name in all.

    Raises ViolationError with a finding for each fault, templates that cannot be read included: then nothing is written.
    """
    tables = read(folder / TEMPLATES)
    findings = tables.findings
    plans = tables.rows["plan"]
    if len(plans) != 1 and not findings:
        findings.append(rules.own(RULE, Place(shown(folder / TEMPLATES / "plan.csv"), 1), "plan", Message(f"{len(plans)} lignes", f"{len(plans)} rows"),
                                  Message("écrivez une ligne : un dossier est un plan", "write one row: a folder is one plan")))
    texts: dict[Path, str] = {}
    if plans:
        _compare_text(plans[0], text)
        mapping = Mapping(tables, text)
        _compare_names(mapping, others)
        title = plans[0]["title"] or ""
        texts = {folder / file: _marked(mapping.plan.turtle((guide.head(file, title),), blocks)) for file, blocks in mapping.files.items()}
    generated, edited = _existing(folder)
    findings += [_edited(path) for path in edited if path in texts]
    if findings:
        raise ViolationError(Message(f"{len(findings)} constat(s) : rien n’a été écrit", f"{len(findings)} finding(s): nothing was written"),
                             Message("corrigez-les, puis relancez « cpbm-kg from-csv »", "mend them, then run \"cpbm-kg from-csv\" again"),
                             findings=tuple(sorted(findings, key=lambda finding: finding.order)))
    for path in generated - set(texts):
        path.unlink()  # its rows are gone
    for path, content in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
    return sorted(texts)


def _compare_text(row, text: SourceText | None) -> None:
    if text and row["sha256"] and row["sha256"] != text.sha256:
        row.fault("sha256", Message(f"le texte donné a l’empreinte {text.sha256}", f"the text given has the digest {text.sha256}"),
                  Message("donnez le texte que le plan décrit, ou corrigez l’empreinte", "give the text that the plan describes, or mend the digest"))
    elif text and row["characters"] and row["characters"] != len(text.text):
        row.fault("characters", Message(f"le texte donné en a {len(text.text)}", f"the text given has {len(text.text)}"), Message("corrigez ce nombre", "mend this number"))


def _compare_names(mapping: Mapping, others: Dataset | None) -> None:
    """What is shared has one preferred label a language, in whichever plan it stands (SKOS S14)."""
    for thing, row in mapping.origins.items() if others else ():
        if mapping.plan.owns(thing):
            continue
        for column, layer, language in (("label", "source", "fr"), ("label_en", "translation", "en")):
            for label in others.layers[layer].objects(thing, SKOS.prefLabel):
                if row[column] and label.language == language and str(label) != row[column]:
                    place = others.places.get((thing, SKOS.prefLabel, label)) or others.subjects[thing]
                    row.fault(column, Message(f"un autre plan l’appelle « {label} » ({place})", f"another plan calls it “{label}” ({place})"), Message(
                        "si c’est la même chose, prenez ce nom et mettez l’autre forme dans « also » ; sinon, changez l’identifiant",
                        "if it is the same thing, take that name and put the other form into \"also\"; otherwise change the identifier"))


def _marked(text: str) -> str:
    """The text with a second line in its head that holds the digest of the rest."""
    first, _, rest = text.partition("\n")
    return f"{first}\n# Produit par `cpbm-kg from-csv` à partir de {TEMPLATES}/, et réécrit tant que rien n’y est changé ; empreinte {digest(first + rest)}.\n{rest}"


def _existing(folder: Path) -> tuple[set[Path], set[Path]]:
    """The Turtle files of the layers: those that stand as they were generated, and the others."""
    generated, edited = set(), set()
    for path in (path for layer in PROFILE_LAYERS for path in (folder / layer).rglob("*.ttl")):
        text = path.read_text(encoding="utf-8", errors="replace")
        mark = _MARK.search(text)
        intact = mark and digest("".join((text[: mark.start()] + text[mark.end():]).partition("\n")[::2])) == mark[1]
        (generated if intact else edited).add(path)
    return generated, edited


def _edited(path: Path) -> Finding:
    return rules.own(RULE, Place(shown(path)), path.name, Message("ce fichier a été édité : il n’est pas réécrit", "this file has been edited: it is not written over"), Message(
        "portez ce changement dans les tables et retirez le fichier, ou écrivez vos compléments dans un fichier d’un autre nom",
        "carry the change into the tables and remove the file, or write your additions in a file of another name"))
