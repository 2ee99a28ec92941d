"""Charts of counts: questions that count, and the figures of the release's manifest."""

from __future__ import annotations

from collections.abc import Mapping

from cpbm_kg.contracts import Contract
from cpbm_kg.drawing import bars
from cpbm_kg.drawing.bars import Bar
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message
from cpbm_kg.pictures.picture import Entry, Picture, Table, ask, labels, table
from cpbm_kg.release import Release
from cpbm_kg.vocabulary import MODALITY

# Each question whose answer is words and numbers; the words of a row are its columns of text, in order.
QUESTIONS = ("tier-counts", "axes", "workshops-per-theme", "verbs", "oddities-by-kind")
MANIFEST = ("numbers", "coverage", "statements")
NAMES = ("numbers", "tier-counts", "axes", "workshops-per-theme", "statements", "coverage", "oddities-by-kind", "verbs")
_SOURCE = Message("D’après le manifeste de la version.", "From the manifest of the release.")


def chart(engine: Engine, contracts: Mapping[str, Contract], release: Release, name: str, language: str) -> Picture:
    """The chart of one of NAMES; raises the engine's errors."""
    if name in MANIFEST:
        return _of_manifest(name, {"numbers": _numbers, "coverage": _coverage, "statements": _statements}[name](engine, release.manifest, language), language)
    contract = contracts[name]
    found = ask(engine, contract, language)
    counted = [column for column in contract.columns if column.type == "integer" and column.name != "ordinal"]
    worded = [column.name for column in contract.columns if column not in counted and not (name == "tier-counts" and column.name == "tier")]
    rows = [Bar(" ".join(str(row[column]) for column in worded), tuple(float(row[column.name]) for column in counted)) for row in found.rows]
    title, asks = contract.title.within(language), contract.question.within(language)
    canvas = bars.draw(name, title, asks, language, [column.meaning.within(language) for column in counted], rows)
    return Picture(name, title, asks, canvas, table(engine, found, language, {}), found.data, found.address)


Figures = tuple[Message, Message, Message, list[tuple[str, str, int]]]  # title, what it says, what is counted, rows of words, IRI, number


def _of_manifest(name: str, figures: Figures, language: str) -> Picture:
    title, about, counted = (message.within(language) for message in figures[:3])
    rows = figures[3]
    canvas = bars.draw(name, title, about, language, [counted], [Bar(words, (float(value),)) for words, _, value in rows])
    shown = Table((Message("ce qui est compté", "what is counted").within(language), counted),
                  tuple((Entry(words, iri), Entry(str(value), is_number=True)) for words, iri, value in rows))
    return Picture(name, title, about, canvas, shown, f"/picture/{name}.{language}.csv", notes=(_SOURCE.within(language),))


def _numbers(engine: Engine, manifest: dict, language: str) -> Figures:
    actions, highest = manifest["things"].get("Action", 0), sum(manifest["highestNumbers"].values())
    return (Message("Numéros d’action : imprimés et absents", "Action numbers: printed and absent"),
            Message(f"{actions} actions sont décrites ; les numéros vont jusqu’à {highest}, et {highest - actions} ne sont pas imprimés.",
                    f"{actions} actions are described; the numbers run to {highest}, and {highest - actions} are not printed."),
            Message("numéros", "numbers"),
            [(Message("imprimés dans le texte", "printed in the text").within(language), "", actions),
             (Message("absents du texte", "absent from the text").within(language), "", highest - actions)])


def _coverage(engine: Engine, manifest: dict, language: str) -> Figures:
    measured = manifest["coverage"]
    without = measured["sentences"] - measured["covered"] - measured["explained"]
    return (Message("Phrases du texte : ce qui repose sur elles", "Sentences of the text: what rests on them"),
            Message(f"{measured['covered']} phrases sur {measured['sentences']} portent un énoncé ; {measured['quotedShare']:.0%} des caractères sont cités.",
                    f"{measured['covered']} of {measured['sentences']} sentences carry a statement; {measured['quotedShare']:.0%} of the characters are quoted."),
            Message("phrases", "sentences"),
            [(Message("portent un énoncé", "carry a statement").within(language), "", measured["covered"]),
             (Message("n’en portent pas, et la raison est dite", "carry none, and the reason is given").within(language), "", measured["explained"]),
             (Message("n’en portent pas", "carry none").within(language), "", without)])


def _statements(engine: Engine, manifest: dict, language: str) -> Figures:
    counted = sorted(manifest["statements"].items(), key=lambda pair: (-pair[1], pair[0]))
    words = labels(engine, [str(MODALITY[name]) for name, _ in counted], language)
    return (Message("Énoncés par modalité", "Statements by modality"),
            Message("Ce que dit le texte, ce que nous en avons normalisé ou déduit, ce que nous avons traduit, ce qui vient d’ailleurs ; toutes les couches.",
                    "What the text says, what we normalised or inferred, what we translated, what comes from elsewhere; all layers."),
            Message("énoncés", "statements"), [(words.get(str(MODALITY[name]), name), str(MODALITY[name]), value) for name, value in counted])
