"""The order of things: read, derive, judge, and only then write."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib.term import Literal, URIRef

from cpbm_kg import answers, contracts, derivation, examples, graphs, release, rules, validation
from cpbm_kg import dataset as datasets
from cpbm_kg import questions as asked_questions
from cpbm_kg.apart import judging, parts
from cpbm_kg.apart.parts import Part
from cpbm_kg.beside import Beside
from cpbm_kg.changes import Touched
from cpbm_kg.contracts import Contract
from cpbm_kg.coverage import Extent
from cpbm_kg.dataset import PASSAGES, SENTENCES, Dataset
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import Message, SourceTextError, UnreadableError, UsageError, ViolationError
from cpbm_kg.findings import Finding, Severity, gravest
from cpbm_kg.questions import Known
from cpbm_kg.release import Release
from cpbm_kg.rules import Rule
from cpbm_kg.settings import ROOT
from cpbm_kg.source import LONGEST_QUOTE, Passage, SourceText
from cpbm_kg.turtle import Triple
from cpbm_kg.vocabulary import BM, DEFAULT_LAYERS, LAYERS, OA, ONTOLOGY_LAYERS, RDF, SCHEMA, passage_span

ONTOLOGY_FOLDER = ROOT / "ontology"
DEFAULT_PROFILES = (ROOT / "data",)
QUESTIONS_FOLDER = ROOT / "queries"
_LARGEST_ANSWER = 2**26  # bytes


def derive(profiles: Iterable[Path] = DEFAULT_PROFILES) -> tuple[Dataset, list[Finding]]:
    """Read profiles and complete them; the findings are those of the computation alone.

    Raises UnreadableError (a file that is missing or not Turtle).
    """
    dataset = datasets.read(ONTOLOGY_FOLDER, profiles)
    return dataset, derivation.derive(dataset)


def judge(profiles: Iterable[Path] = DEFAULT_PROFILES, source_text: Path | None = None) -> tuple[Dataset, list[Finding]]:
    """Read, complete and validate profiles: all that is wrong with them. With the text, every passage is read again.

    Raises UnreadableError (a file that is missing or not Turtle) and SourceTextError (another text).
    """
    dataset, findings = derive(profiles)
    findings += validation.validate(dataset, read_source_text(dataset, source_text))
    return dataset, sorted(findings, key=lambda finding: finding.order)


def complete_and_validate(dataset: Dataset, source_text: Path | None = None, change: Touched | None = None) -> list[Finding]:
    """Derive a dataset as read and validate it; with a `change`, core constraints judge only what that can affect.
    Raises SourceTextError (another text)."""
    findings = derivation.derive(dataset)
    findings += validation.validate(dataset, read_source_text(dataset, source_text), change)
    return sorted(findings, key=lambda finding: finding.order)


def all_rules() -> list[Rule]:
    """Every rule of the shapes as they stand in ontology/; raises UnreadableError."""
    dataset = datasets.read(ONTOLOGY_FOLDER, ())
    return rules.of_shapes(dataset.layers["shapes"], dataset.subjects)


def questions(paths: Iterable[Path] | None = None) -> tuple[list[Contract], list[Finding]]:
    """The questions (by default all that are published) whose heads can be read, and all that can be said against any
    without data. Raises UnreadableError where none is published."""
    found, findings = [], []
    for path in contracts.files(QUESTIONS_FOLDER) if paths is None else paths:
        contract, faults = asked_questions.judge(path)
        findings += faults
        if contract is not None:
            found.append(contract)
    return found, findings


def judge_answers(dataset: Dataset, asked: Iterable[Contract], folder: Path | None = None) -> tuple[list[Finding], list[Finding]]:
    """The terms of questions that a derived dataset does not know, and the answers that are not those expected; with
    the folder of all questions, also the answers in it without a question."""
    known = Known.of(dataset)
    unknown = [finding for contract in asked for finding in asked_questions.unknown_terms(contract, known)]
    return unknown, list(answers.compare(engine_of(dataset), asked, folder))


def engine_of(dataset: Dataset) -> MemoryEngine:
    """An engine that answers from a derived dataset as one does from the release built of it."""
    graphs = {str(layer.iri): dataset.layers[layer.name].serialize(format="nt", encoding="utf-8") for layer in LAYERS}
    return MemoryEngine.of_graphs(graphs, [str(layer.iri) for layer in LAYERS if layer.name in DEFAULT_LAYERS], _LARGEST_ANSWER)


def build(profiles: Iterable[Path], folder: Path, source_text: Path | None = None) -> tuple[Release, list[Finding]]:
    """Judge, then freeze; with a violation nothing is written, the old release stays, and ViolationError carries
    the findings as `findings`."""
    of_questions = Beside(_published)
    with tempfile.TemporaryDirectory(prefix="cpbm-kg-") as room:
        judged = _judged(tuple(profiles), source_text, Path(room))
        published, bundle, faults = of_questions.result()
        findings = sorted([*judged.findings, *faults], key=lambda finding: finding.order)
        _refuse_violations(findings)
        return _frozen(judged, Path(room), folder, published, bundle), findings


def freeze(dataset: Dataset, folder: Path, questions: bytes = contracts.bundle(())) -> Release:
    """A release of one derived dataset, judged or not, with the file of its questions; raises as `release.write`."""
    with tempfile.TemporaryDirectory(prefix="cpbm-kg-") as room:
        return _frozen(_whole(dataset, (), Path(room)), Path(room), folder, (), questions)


def judge_apart(profiles: Sequence[Path], source_text: Path | None, faults: list[UnreadableError]) -> list[Finding]:
    """As `judge`, one plan after the other: neither memory nor time grow with more than the largest. Files that cannot
    be read go to `faults`, and then the rules are not judged."""
    with tempfile.TemporaryDirectory(prefix="cpbm-kg-") as room:
        judged = _apart(profiles, source_text, Path(room), faults)
        return list(judged.findings) if judged else []


@dataclass(frozen=True)
class _Judged:
    """What is to be frozen: the folders of the ontology's layers and of those of `parts`; `dataset` where one holds it all."""

    findings: Sequence[Finding]
    ontology: Dataset
    vocabulary: Path
    parts: Sequence[Part]
    dataset: Dataset | None = None


def _judged(profiles: Sequence[Path], source_text: Path | None, room: Path) -> _Judged:
    """Plans judged; raises as `judge`."""
    if len(profiles) == 1:
        dataset, findings = judge(profiles, source_text)
        return _whole(dataset, findings, room)
    faults: list[UnreadableError] = []
    judged = _apart(profiles, source_text, room, faults)
    if not judged:
        raise faults[0]
    return judged


def _whole(dataset: Dataset, findings: Sequence[Finding], room: Path) -> _Judged:
    return _Judged(findings, dataset, _vocabulary(dataset, room), [parts.of(dataset, (), room / "plans")], dataset)


def _apart(profiles: Sequence[Path], source_text: Path | None, room: Path, faults: list[UnreadableError]) -> _Judged | None:
    """Plans judged one after the other; None with faults."""
    ontology = datasets.read_ontology(ONTOLOGY_FOLDER, faults=faults)
    text = SourceText.read(source_text) if source_text else None
    taken, unread = parts.take(ontology, profiles, room, text)
    faults += unread
    if faults:
        return None
    if text is not None:
        _refuse_other(text, set().union(*(part.pinned for part in taken)), source_text)
    vocabulary = _vocabulary(ontology, room)
    return _Judged(judging.judge(ontology, vocabulary, taken), ontology, vocabulary, taken)


def _vocabulary(ontology: Dataset, room: Path) -> Path:
    return graphs.write_part(room / "ontology", {layer: ontology.layers[layer] for layer in ONTOLOGY_LAYERS})


def _frozen(judged: _Judged, room: Path, folder: Path, published: Iterable[Triple], questions: bytes) -> Release:
    """Join the parts, and what is `published` of the questions, and write the release."""
    of_questions = rdflib.Graph()
    for triple in published:
        of_questions.add(triple)
    whole = graphs.join([
        judged.vocabulary,
        *(part.folder for part in judged.parts),
        parts.across(judged.ontology, judged.parts, room / "across"),
        graphs.write_part(room / "examples", {"examples": of_questions})], room / "whole")
    covered = sum((part.extent for part in judged.parts), Extent())
    return release.write(whole, judged.dataset or parts.together(whole), covered, folder, questions)


def _published() -> tuple[list[Triple], bytes, list[Finding]]:
    """What the release says of the published questions, their file, and all that can be said against any without data."""
    asked, faults = questions()
    return list(examples.triples(asked)), contracts.bundle(asked), faults


def _refuse_violations(findings: Sequence[Finding]) -> None:
    if gravest(findings) is Severity.VIOLATION:
        count = sum(finding.severity is Severity.VIOLATION for finding in findings)
        raise ViolationError(
            Message(f"{count} violation(s) : rien n'a été écrit, la version précédente reste en place",
                    f"{count} violation(s): nothing was written, the previous release stays"),
            Message("corrigez-les, puis relancez « cpbm-kg build »", "mend them, then run \"cpbm-kg build\" again"),
            findings=tuple(findings))


def read_source_text(dataset: Dataset, path: Path | None) -> SourceText | None:
    """The text at `path`, which must be the one that a plan of the dataset pins; None without a path.

    Raises SourceTextError where no plan pins this text.
    """
    if path is None:
        return None
    pinned = {str(digest) for digest in dataset.layers["source"].objects(None, SCHEMA.sha256)}
    text = SourceText.read(path, next(iter(pinned)) if len(pinned) == 1 else None)
    _refuse_other(text, pinned, path)
    return text


def _refuse_other(text: SourceText, pinned: set[str], path: Path) -> None:
    if pinned and text.sha256 not in pinned:
        raise SourceTextError(
            Message(f"aucun des plans lus ne décrit ce texte (sha256 {text.sha256})", f"none of the plans read describes this text (sha256 {text.sha256})"),
            Message("donnez le texte de l'un d'eux, ou videz CPBM_SOURCE_TEXT", "give the text of one of them, or empty CPBM_SOURCE_TEXT"), path)


def record_passages(profile: Path, source_text: Path | None) -> tuple[Path, int]:
    """Write the quotes and digests of all passages that a profile cites, and the sentences of its text; the file of
    the passages and their number.

    Raises UsageError without the text, ViolationError where a cited span is not in the text or too long to quote.
    """
    dataset = datasets.read(ONTOLOGY_FOLDER, (profile,))
    text = read_source_text(dataset, source_text)
    if text is None:
        raise UsageError(Message("il faut le texte pour relever les passages", "the text is needed to record passages"),
                         Message("donnez son chemin dans CPBM_SOURCE_TEXT", "give its path in CPBM_SOURCE_TEXT"))
    wordings = _wordings(dataset)
    blocks = []
    cited = derivation.cited_passages(dataset)
    for passage in sorted(cited, key=lambda iri: (iri.split("/passage/")[0], passage_span(iri))):
        start, end = passage_span(passage)
        if end - start > LONGEST_QUOTE and passage not in wordings:
            raise ViolationError(
                Message(f"passage:{start}-{end} a {end - start} caractères, plus que {LONGEST_QUOTE}",
                        f"passage:{start}-{end} has {end - start} characters, more than {LONGEST_QUOTE}"),
                Message("citez la plus courte suite de mots qui énonce le fait", "cite the shortest span that states the fact"), cited[passage])
        try:
            found = text.passage(start, end)
        except ValueError:
            raise ViolationError(
                Message(f"passage:{start}-{end} n'est pas dans le texte", f"passage:{start}-{end} is not in the text"),
                Message("corrigez les positions (points de code, fin exclue)", "mend the offsets (code points, end exclusive)"), cited[passage]) from None
        blocks.append((passage, found))
    plan = next(dataset.layers["source"].subjects(RDF.type, BM.ActionPlan))  # a profile is one plan
    sentences = [(URIRef(f"{plan}/phrase/{start}-{end}"), text.passage(start, end)) for start, end in text.sentences()]
    _write(profile / PASSAGES, "Passages du texte cités par les données : citation et empreinte (sha256) de chacun.", blocks, quoted=True)
    _write(profile / SENTENCES, "Phrases du texte, sans leurs mots : position et empreinte (sha256) de chacune, pour la carte de couverture.", sentences, quoted=False)
    return profile / PASSAGES, len(blocks)


def _wordings(dataset: Dataset) -> set[URIRef]:
    """The passages that hold a printed wording, the only ones that may be longer than a quote."""
    source = dataset.layers["source"]
    return {passage for wording in source.subjects(RDF.type, BM.Formulation) for passage in source.objects(wording, BM.evidence)}


def _write(path: Path, head: str, records: list[tuple[URIRef, Passage]], quoted: bool) -> None:
    """A generated record as Turtle, laid out like what people write."""
    prefixes = {f"{iri.rpartition('/')[0]}/": iri.split("/")[-2] for iri, _ in records}
    lines = [f"# {head}", "# Produit par `cpbm-kg passages` à partir du texte ; ne pas éditer. Positions : dans l'IRI, en points de code, fin exclue.", ""]
    lines += [f"PREFIX {prefix}: <{namespace}>" for namespace, prefix in [*([(str(OA), "oa")] if quoted else []), *prefixes.items(), (str(SCHEMA), "schema")]]
    for iri, found in records:
        namespace, _, span = iri.rpartition("/")
        lines += ["", f"{prefixes[namespace + '/']}:{span}"]
        lines += [f"    oa:exact {Literal(found.quote, lang='fr').n3()} ;"] if quoted else []
        lines += [f"    schema:sha256 \"{found.sha256}\" ;", "."]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
