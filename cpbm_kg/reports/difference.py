"""What changed between two states, in words for people, as Markdown for a pull request, and as Turtle."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rdflib.term import Literal, Node, URIRef

from cpbm_kg import canonical
from cpbm_kg.comparison import Change, Difference, State, Thing, label
from cpbm_kg.errors import Message
from cpbm_kg.names import Names
from cpbm_kg.vocabulary import BASE, BM, RDF

LARGEST_MARKDOWN = 65_536  # characters that GitHub takes in a comment or the body of a pull request
MOST_ROWS = 20  # of an answer that are shown on either side
_OF_PLAN = re.compile(re.escape(BASE) + r"id/[^/]+/(?P<kind>[a-z-]+)/")


class Words:
    """Writes a difference in one language; `code` wraps what is written as in a file (Markdown needs that: a value such
    as "x"@fr would otherwise call a person)."""

    def __init__(self, old: State, new: State, language: str, code: str = ""):
        self._old, self._new = old, new
        self._language = language
        self._code = code
        self._names = Names(_prefixes(old, new))

    def things(self, things: Iterable[Thing]) -> list[str]:
        """A line for each thing and one, indented, for each change of it."""
        lines = []
        for thing in things:
            lines.append(f"- {self._sign(thing)}{self.name(thing.iri)}" if self._code else f"{self._sign(thing)}{self.name(thing.iri)}")
            lines += [f"  - {self._change(change)}" if self._code else f"    {self._change(change)}" for change in thing.changes]
        return lines

    def name(self, thing: Node) -> str:
        """A thing with its kind and number or its label: "Action 24 « … » (action:24)"."""
        number = next(iter(self._new.values(thing, BM.number) or self._old.values(thing, BM.number)), None)
        kind = next((kind for kind in sorted(self._new.values(thing, RDF.type) or self._old.values(thing, RDF.type)) if str(kind).startswith(str(BM))), None)
        head = f"{str(kind).removeprefix(str(BM))} {number} " if number is not None and kind else ""
        said = label(thing, self._language, self._new, self._old)
        quoted = self._say(f"« {said} » ", f"“{said}” ") if said else ""
        return f"{head}{self._plain(quoted)}{self._as_code(self._names.term(thing))}"

    def row(self, row: tuple[str, ...]) -> str:
        """A row of an answer."""
        return self._as_code(" | ".join(cell.replace("\n", " ") for cell in row))

    def _sign(self, thing: Thing) -> str:
        if not thing.was:
            return self._say("nouveau : ", "new: ")
        return "" if thing.is_now else self._say("retiré : ", "removed: ")

    def _change(self, change: Change) -> str:
        name = self._property(change.property)
        if change.about is not None:
            name = self._say(f"{name} de « {self._property(change.about)} »", f"{name} of “{self._property(change.about)}”")
        before, after = (", ".join(map(self._value, values)) for values in (change.removed, change.added))
        if before and after:
            return f"{name}{self._colon()}{before} → {after}"
        return f"{name}{self._colon()}+ {after}" if after else f"{name}{self._colon()}− {before}"

    def _property(self, property: Node) -> str:
        return self._plain(label(property, self._language, self._new, self._old)) or self._as_code(self._names.term(property))

    def _value(self, value: Node) -> str:
        written = self._as_code(self._names.term(value))
        said = "" if isinstance(value, Literal) else label(value, self._language, self._new, self._old)
        return f"{written} {self._plain(self._say(f'« {said} »', f'“{said}”'))}" if said else written

    def _as_code(self, text: str) -> str:
        return f"{self._code}{text.replace('`', '’')}{self._code}" if self._code else text

    def _plain(self, text: str) -> str:
        """Words of the data between our own: in Markdown their signs are no signs, and nobody is called."""
        return re.sub(r"([\\\\`*_\[\]<>|#~])", r"\\\1", text).replace("@", "@\u200b") if self._code else text

    def _colon(self) -> str:
        return self._say(" : ", ": ")

    def _say(self, fr: str, en: str) -> str:
        return Message(fr, en).within(self._language)


def text(difference: Difference, old: State, new: State, answers: Iterable, language: str) -> str:
    """Breaking changes, then thing by thing, then the answers; one line says that nothing differs."""
    return "\n".join(_lines(Words(old, new, language), difference, list(answers), language, heading="", item=""))


def markdown(difference: Difference, old: State, new: State, answers: Iterable, language: str, largest: int = LARGEST_MARKDOWN) -> str:
    """The same for a pull request, cut at a line end below `largest` characters with a line that says what was cut."""
    lines = _lines(Words(old, new, language, code="`"), difference, list(answers), language, heading="### ", item="- ")
    room, kept = largest - 200, []
    for number, line in enumerate(lines):
        room -= len(line.encode("utf-16-le")) // 2 + 1  # as JavaScript counts
        if room < 0:
            rest = len(lines) - number
            kept += ["", Message(f"*Coupé ici : {rest} lignes de plus. Tout : `cpbm-kg diff`.*", f"*Cut here: {rest} more lines. All of it: `cpbm-kg diff`.*").within(language)]
            break
        kept.append(line)
    return "\n".join(kept)


def turtle(difference: Difference) -> str:
    """Two blocks of Turtle, what is gone and what has come."""
    blocks = []
    for title, triples in (("− retiré · removed", difference.removed), ("+ ajouté · added", difference.added)):
        blocks.append(f"# {title} : {len(triples)}\n\n{canonical.turtle_of(triples)}")
    return "\n".join(blocks)


def _lines(words: Words, difference: Difference, answers: list, language: str, heading: str, item: str) -> list[str]:
    say = lambda fr, en: Message(fr, en).within(language)  # noqa: E731
    lines = []
    if difference.breaking:
        lines += [f"{heading}{say('Ruptures pour qui emploie l’ontologie', 'Breaking changes of the ontology')}", ""]
        lines += [f"{item}{words.name(term)}{say(' : ', ': ')}{message.within(language)}" for term, message in difference.breaking] + [""]
    if difference.things:
        lines += [f"{heading}{say(f'Choses changées : {len(difference.things)}', f'Things changed: {len(difference.things)}')}", "", *words.things(difference.things), ""]
    for change in answers:
        lines += [f"{heading}{say('Réponse : ', 'Answer: ')}{change.contract.name}, {change.contract.title.within(language)}", ""]
        lines += [f"{item}{change.failed.within(language)}"] if change.failed else []
        for sign, rows in (("−", change.removed), ("+", change.added)):
            lines += [f"{item}{sign} {words.row(row)}" for row in rows[:MOST_ROWS]]
            lines += [f"{item}{sign} … {len(rows) - MOST_ROWS}"] if len(rows) > MOST_ROWS else []
        lines.append("")
    return lines[:-1] or [say("rien ne change", "nothing changes")]


def _prefixes(*states: State) -> dict[str, str]:
    """`action:` and the like: the kinds of things of a plan, where only one plan has them."""
    found: dict[str, set[str]] = {}
    for state in states:
        for subject in state.by_subject:
            if isinstance(subject, URIRef) and (match := _OF_PLAN.match(subject)):
                found.setdefault(match["kind"], set()).add(match[0])
    return {kind: next(iter(namespaces)) for kind, namespaces in found.items() if len(namespaces) == 1}
