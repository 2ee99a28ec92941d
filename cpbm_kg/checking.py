"""What `cpbm-kg check` does: which files, in what state, judged against what, and which findings are shown.

Whatever is asked of, the judgement is that of the whole repository: a file alone would lack what it refers to. What is
shown is what stands in the files asked for; the rest is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg import canonical, changes, derivation, pipeline, revisions, rules, turtle, validation
from cpbm_kg import dataset as datasets
from cpbm_kg.beside import Beside
from cpbm_kg.changes import Touched
from cpbm_kg.contracts import EXPECTED_SUFFIXES
from cpbm_kg.dataset import Dataset, Draft, Edits, collected
from cpbm_kg.engine.oxigraph import parse
from cpbm_kg.errors import Message, Place, QueryError, TurtleSyntaxError, UnreadableError, UsageError, shown
from cpbm_kg.findings import Finding, Severity, gravest
from cpbm_kg.layout import LAY_OUT
from cpbm_kg.layout.order import disorders
from cpbm_kg.vocabulary import PROFILE_LAYERS

STDIN = "-"
_SYNTAX = "file-unreadable"


@dataclass(frozen=True)
class Request:
    """`paths` are files and folders, "-" for `stdin`; none means the whole. `stdin_path` is the file that `stdin` is a
    new state of. `changed` names the git revision against which only what differs is judged."""

    profiles: tuple[Path, ...] = pipeline.DEFAULT_PROFILES
    paths: tuple[str, ...] = ()
    stdin: bytes = b""
    stdin_path: Path | None = None
    changed: str | None = None
    source_text: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """`elsewhere` counts findings outside of what was asked for; `notes` say what was judged and what was not."""

    findings: tuple[Finding, ...]
    elsewhere: int = 0
    notes: tuple[Message, ...] = ()

    def exit_code(self, fail_on: Severity) -> int:
        """3 where a file cannot be read, 1 for a finding as grave as `fail_on`, else 0."""
        if any(finding.rule == _SYNTAX for finding in self.findings):
            return 3
        return int(any(finding.severity >= fail_on for finding in self.findings))


def check(request: Request) -> Outcome:
    """Judge what is asked for. Raises UsageError for a request that makes no sense, SourceTextError for another text."""
    whole, ours = not request.paths, request.profiles == pipeline.DEFAULT_PROFILES
    notes: list[Message] = []
    faults: list[UnreadableError] = []
    asked, edits = _asked(request, faults)
    change = _change(request, notes) if request.changed else None
    folder = pipeline.QUESTIONS_FOLDER if whole and ours else None
    asked_questions = [path for path in asked.values() if path and path.suffix == ".rq"]
    if request.changed and change != Touched() and folder:
        asked_questions = sorted(folder.glob("*.rq"))  # whatever changed may change an answer
    of_texts = Beside(lambda: ({name: _of_text(name, path, edits) for name, path in asked.items()}, pipeline.questions(asked_questions)))
    dataset, ruled = _ruled(request, edits, change, faults)
    layout, (contracts, of_questions) = of_texts.result()
    findings = list(of_questions)
    if faults:
        notes.append(Message("un fichier ne se lit pas : les règles n’ont pas été jugées", "a file cannot be read: the rules were not judged"))
        faulty = {error.place.path for error in faults if error.place}
        findings += [rules.of_error(error) for error in faults]
        findings += [finding for name, found in layout.items() if name not in faulty for finding in found]
    else:
        unknown, differing = pipeline.judge_answers(dataset, contracts, folder) if ours and contracts else ([], [])
        findings += [*ruled(), *unknown, *(finding for found in layout.values() for finding in found)]
        if gravest(findings) is not Severity.VIOLATION:
            findings += differing
        elif differing:  # wrong data give wrong answers: one fault, one finding
            notes.append(Message("les réponses attendues n’ont pas été comparées : corrigez d’abord les violations",
                                 "expected answers were not compared: mend the violations first"))
    return _outcome(findings, set(asked) | _answers_of(asked_questions), whole, notes)


def _ruled(request: Request, edits: Edits, change: Touched | None, faults: list[UnreadableError]) -> tuple[Dataset | None, Callable[[], list[Finding]]]:
    """What is judged, None for several plans as they stand, which are read one after the other; and what waits for the
    findings of the rules. What cannot be read goes to `faults`, and then nothing is judged."""
    if len(request.profiles) > 1 and not request.paths and not request.changed:
        judged = pipeline.judge_apart(request.profiles, request.source_text, faults)
        return None, lambda: judged
    dataset = datasets.read(pipeline.ONTOLOGY_FOLDER, request.profiles, edits, faults)
    if faults:
        return dataset, list
    derived = derivation.derive(dataset)
    of_rules = Beside(lambda: validation.validate(dataset, pipeline.read_source_text(dataset, request.source_text), change))
    return dataset, lambda: derived + of_rules.result()


def _outcome(findings: list[Finding], names: set[str], whole: bool, notes: list[Message]) -> Outcome:
    """What stands in the files `names` is shown, and what cannot be read; the rest is counted."""
    kept = [finding for finding in findings if whole or finding.place.path in names or finding.rule == _SYNTAX]
    return Outcome(tuple(sorted(set(kept), key=lambda finding: finding.order)), len(findings) - len(kept), tuple(notes))


def _answers_of(questions: Iterable[Path]) -> set[str]:
    return {shown(path.with_suffix(suffix)) for path in questions for suffix in EXPECTED_SUFFIXES}


def _asked(request: Request, faults: list[UnreadableError]) -> tuple[dict[str, Path | None], Edits]:
    """Every file to show findings of, by its name in places (None: a draft), and what is judged in place of files."""
    inside = set(_inside(request.profiles))
    if request.changed is not None:
        folders = (pipeline.ONTOLOGY_FOLDER, *request.profiles, pipeline.QUESTIONS_FOLDER)
        changed = (path for folder in folders for path in revisions.changed(folder, request.changed))
        return {shown(path): path for path in changed if path.suffix in LAY_OUT and path.is_file()}, Edits()
    if not request.paths:
        ours = sorted(pipeline.QUESTIONS_FOLDER.glob("*.rq")) if request.profiles == pipeline.DEFAULT_PROFILES else []
        return {shown(path): path for path in (*sorted(inside), *ours)}, Edits()
    return _given(request, inside, faults)


def _given(request: Request, inside: set[Path], faults: list[UnreadableError]) -> tuple[dict[str, Path | None], Edits]:
    """The files that were named; Turtle that is none of ours is judged as a draft beside it."""
    asked: dict[str, Path | None] = {}
    texts, drafts = {}, []
    for given in request.paths:
        if given == STDIN:
            path = request.stdin_path and request.stdin_path.resolve()
            name = shown(path) if path else STDIN
            asked[name] = path if path in inside else None
            with collected(faults):
                text = turtle.decoded(request.stdin, STDIN)
                if path in inside:
                    texts[path] = text
                else:
                    drafts.append(Draft(name, text))
            continue
        for path in expanded(Path(given)):
            asked[shown(path)] = path
            if path.suffix == ".ttl" and path not in inside:
                with collected(faults):
                    drafts.append(Draft(shown(path), turtle.read_text(path, shown(path))))
    return asked, Edits(texts, tuple(drafts))


def _inside(profiles: Iterable[Path]) -> Iterable[Path]:
    """The Turtle files that make the dataset."""
    yield from datasets.turtle_files(pipeline.ONTOLOGY_FOLDER)
    for profile in profiles:
        for layer in (*PROFILE_LAYERS, "evidence"):
            if (profile / layer).is_dir():
                yield from datasets.turtle_files(profile / layer, may_be_empty=True)


def expanded(path: Path) -> list[Path]:
    """A file, or the files that we judge below a folder; an expected answer stands for its question."""
    path = path.resolve()
    if path.is_dir() and path.suffix not in LAY_OUT:
        return sorted({_or_its_question(found) for suffix in LAY_OUT for found in path.rglob(f"*{suffix}")})
    path = _or_its_question(path)
    if path.suffix not in LAY_OUT:
        raise UsageError(Message("ce fichier n’est ni du Turtle ni une question", "this file is neither Turtle nor a question"),
                         Message("donnez un fichier .ttl ou .rq, un dossier, ou - pour l’entrée standard",
                                 "give a .ttl or .rq file, a folder, or - for standard input"), path)
    return [path]


def _or_its_question(path: Path) -> Path:
    question = path.with_suffix(".rq")
    return question if path.suffix in EXPECTED_SUFFIXES and question.is_file() else path


def _of_text(name: str, path: Path | None, edits: Edits) -> list[Finding]:
    """What can be said of a text by itself: layout, order, strict syntax. The layout of what is generated is its maker's."""
    drafts = {draft.name: draft.text for draft in edits.drafts}
    try:
        text = drafts.get(name) or edits.texts.get(path) or (turtle.read_text(path, name) if path else "")
    except UnreadableError as error:
        return [rules.of_error(error)]
    kind = path.suffix if path else ".ttl"
    if kind == ".ttl" and (refused := canonical.refusal(text)):
        fault = Message("erreur de syntaxe Turtle : ceci n’est pas du Turtle 1.1", "Turtle syntax error: this is not Turtle 1.1")
        return [rules.of_error(TurtleSyntaxError(fault, rules.OWN[_SYNTAX].remedy, Place(name, *refused)))]
    generated = path is not None and path.parent.name == "evidence"
    return [] if generated or not _parses(text, kind) else layout_findings(text, name, kind)


def _parses(text: str, kind: str) -> bool:
    """Whether a layout can be spoken of; what is wrong with a question is said by `questions`."""
    if kind == ".rq":
        try:
            parse(text.removeprefix("\ufeff"))
        except QueryError:
            return False
    return True


def layout_findings(text: str, name: str, kind: str) -> list[Finding]:
    """The first line that `fmt` would change, and what it cannot mend."""
    findings, lines = [], turtle.Lines(text, name)
    laid_out = LAY_OUT[kind](text)
    if laid_out != text:
        findings.append(rules.own("layout", _first_difference(text, laid_out, name)))
    if kind == ".ttl":
        findings += [rules.own("block-order", lines.place(found.offset), found.thing, found.fault) for found in disorders(text)]
    return findings


def _first_difference(text: str, laid_out: str, name: str) -> Place:
    ours, theirs = text.split("\n"), laid_out.split("\n")
    line = next((n for n, (one, other) in enumerate(zip(ours, theirs), 1) if one != other), min(len(ours), len(theirs)))
    return Place(name, line, 1)


def _change(request: Request, notes: list[Message]) -> Touched | None:
    """What differs from the revision; None, which means all, where the ontology itself does."""
    if revisions.changed(pipeline.ONTOLOGY_FOLDER, request.changed):
        notes.append(Message("l’ontologie a changé : tout est jugé", "the ontology changed: everything is judged"))
        return None
    change = Touched()
    differing = (path for profile in request.profiles for path in revisions.changed(profile, request.changed))
    for path in (path for path in differing if path.suffix == ".ttl"):
        now = path.read_text(encoding="utf-8") if path.is_file() else None
        change |= changes.touched(_graph(revisions.text(path, request.changed)), _graph(now))
    count = len(change.nodes)
    notes.append(Message(
        f"depuis {request.changed} : {count} choses touchées ; les règles qui ne regardent qu’un triplet n’ont jugé qu’elles et leurs voisines, "
        "les autres ont tout jugé",
        f"since {request.changed}: {count} things touched; rules that look one triple far judged only these and their neighbours, "
        "all others judged everything"))
    return change


def _graph(text: str | None):
    try:
        return turtle.parse(text or "", "").graph
    except TurtleSyntaxError:  # what the revision held was no Turtle: all that is new counts
        return turtle.parse("", "").graph
