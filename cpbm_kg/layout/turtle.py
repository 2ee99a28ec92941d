"""Lays out Turtle as style.md shows it: one predicate a line, the full stop alone, so that a fact added is a line added.

Where an object list or a bracket breaks is its author's choice and stays (as gofmt leaves line ends inside a call);
spaces, indentation, separators, prefixes and blank lines are not. Works on tokens: comments keep their place and their
order, strings their bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from cpbm_kg.layout.prologue import Directive, arranged, directive
from cpbm_kg.layout.tokens import Token, tokens

VERB_INDENT = 4
OBJECT_INDENT = 8


@dataclass
class Block:
    """One statement without its full stop, with the comments above it and the one after the full stop."""

    tokens: list[Token]
    above: list[Token] = field(default_factory=list)
    after: Token | None = None


@dataclass
class Parts:
    """A text cut at its full stops; `in_order` holds everything as written, `head` and `foot` the comments around it."""

    head: list[Token]
    in_order: list[Directive | Block]
    foot: list[Token]

    @property
    def directives(self) -> list[Directive]:
        return [part for part in self.in_order if isinstance(part, Directive)]

    @property
    def blocks(self) -> list[Block]:
        return [part for part in self.in_order if isinstance(part, Block)]


def lay_out(text: str) -> str:
    """The text in its one layout; it must be Turtle (what is not may come out as anything)."""
    parts = cut(text)
    chunks = [_comment_lines(parts.head)] if parts.head else []
    first_block = next((i for i, part in enumerate(parts.in_order) if isinstance(part, Block)), len(parts.in_order))
    if any(isinstance(part, Directive) for part in parts.in_order[first_block:]):
        chunks += [_lines(part) for part in parts.in_order]  # a prefix bound between blocks holds from there on
    else:
        used = {token.prefix for block in parts.blocks for token in block.tokens if token.prefix is not None}
        prefixes = [line for one in arranged(parts.directives, used) for line in one.lines()]
        chunks += [prefixes] if prefixes else []
        chunks += [_lines(block) for block in parts.blocks]
    chunks += [_comment_lines(parts.foot)] if parts.foot else []
    return "\n\n".join("\n".join(lines) for lines in chunks) + "\n" if chunks else ""


@lru_cache(maxsize=1)  # layout and order are asked of a text one after the other
def cut(text: str) -> Parts:
    """The statements of a text, each with the comments that belong to it."""
    found = tokens(text)
    parts, above, i = [], [], 0
    while i < len(found):
        if found[i].kind == "comment":
            _ends_line(found[i], parts, above)
            i += 1
            continue
        begun = directive(found, i)
        if begun:
            one, i = begun
        else:
            end = _full_stop(found, i)
            one, i = Block(found[i:end]), end + 1
        one.above = above
        above = []
        parts.append(one)
    return Parts(_taken_from_first(parts), parts, above)


def _taken_from_first(parts: list[Directive | Block]) -> list[Token]:
    """The comments at the head of the text: they open the file, and stay when prefixes are sorted. Before a block
    without prefixes, those that an empty line parts from it."""
    if not parts:
        return []
    above = parts[0].above
    if isinstance(parts[0], Directive):
        parts[0].above = []
        return above
    first = parts[0].tokens[0] if parts[0].tokens else None
    gap = [*(token.breaks for token in above[1:]), first.breaks if first else 0]
    last = max((i for i, breaks in enumerate(gap, 1) if breaks > 1), default=0)
    parts[0].above = above[last:]
    return above[:last]


def _ends_line(comment: Token, parts: list[Directive | Block], above: list[Token]) -> None:
    """A comment on the line of what precedes it belongs to that, any other to what follows."""
    if comment.breaks == 0 and parts and not above and parts[-1].after is None:
        parts[-1].after = comment
    else:
        above.append(comment)


def _full_stop(found: list[Token], i: int) -> int:
    while i < len(found) and not (found[i].kind == "sign" and found[i].text == "."):
        i += 1
    return i


def _comment_lines(comments: list[Token]) -> list[str]:
    lines = []
    for number, comment in enumerate(comments):
        if number and comment.breaks > 1:
            lines.append("")
        lines.append(comment.text.rstrip())
    return lines


def _lines(part: Directive | Block) -> list[str]:
    if isinstance(part, Directive):
        return part.lines()
    end = f". {part.after.text.rstrip()}" if part.after else "."
    above = _comment_lines(part.above)
    if above and part.tokens and part.tokens[0].breaks > 1:
        above.append("")  # the comment opens a section, not the block
    return [*above, *_Writer(part.tokens).lines(), end]


@dataclass
class _Word:
    """A token that is no comment, with the comments that follow it."""

    token: Token
    comments: list[Token] = field(default_factory=list)

    def is_sign(self, signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs


def _words(block: list[Token]) -> list[_Word]:
    """The block without idle semicolons; a comment between a value and the separator that ends it comes after that."""
    words: list[_Word] = []
    for token in block:
        if token.kind == "comment":
            words[-1].comments.append(token)
        elif token.text == ";" and words[-1].is_sign(";"):
            continue
        else:
            if token.text in ("]", ")") and words[-1].is_sign(";"):
                words[-1:] = _without_semicolon(words)
            words.append(_Word(token))
            if words[-1].is_sign(";,])") and len(words) > 1 and not words[-2].is_sign("[("):
                words[-1].comments, words[-2].comments = words[-2].comments, []
    if len(words) > 1 and not words[-1].is_sign(";") and _states(words):
        words.append(_Word(Token("sign", ";", -1, 0), words[-1].comments))
        words[-2].comments = []
    return words


def _without_semicolon(words: list[_Word]) -> list[_Word]:
    """What replaces the last word, a semicolon before a closing bracket: nothing, its comments kept on the word before."""
    words[-2].comments += words[-1].comments
    return []


def _states(words: list[_Word]) -> bool:
    """Whether the block has a predicate; a bracket may stand alone (Turtle 6.5 [6])."""
    depth = 0
    for i, word in enumerate(words):
        depth += word.is_sign("[(") - word.is_sign("])")
        if depth == 0:
            return i + 1 < len(words)
    return False


@dataclass
class _Frame:
    """An open block, bracket or list: the column of its sign, and what it awaits."""

    kind: str
    column: int
    awaits: str
    apart: bool = False  # each object of the list on a line of its own
    first: bool = True

    def indent(self) -> int:
        """Where a new line inside begins."""
        if self.kind == "block":
            return {"subject": 0, "verb": VERB_INDENT}.get(self.awaits, OBJECT_INDENT)
        return self.column + (2 if self.awaits != "object" else VERB_INDENT)


class _Writer:
    """Writes one block, word by word."""

    def __init__(self, block: list[Token]):
        self._words = _words(block)
        self._lines = [""]
        self._frames = [_Frame("block", 0, "subject")]
        self._broken = False  # a comment has ended the line

    def lines(self) -> list[str]:
        for i, word in enumerate(self._words):
            self._write(i, word)
            for number, comment in enumerate(word.comments):
                if number == 0 and comment.breaks == 0:
                    self._put(f" {comment.text.rstrip()}")
                else:
                    self._new_line()
                    self._put(comment.text.rstrip())
                self._broken = True
        return self._lines

    def _write(self, i: int, word: _Word) -> None:
        text, frame = word.token.text, self._frames[-1]
        if word.is_sign(";,"):
            frame.awaits = "verb" if text == ";" else "object"
            self._put(f" {text}")
        elif word.is_sign("])"):
            if self._broken:  # only a comment stands inside
                self._new_line()
            closed = self._frames.pop()
            self._put(text if closed.first else f" {text}")
            self._follow(self._frames[-1])
        elif word.token.kind == "at" or text == "^^" or self._lines[-1].endswith("^^"):
            self._put(text)
        else:
            self._part(i, word, frame)
            frame.first = False
            self._put(text)
            if word.is_sign("[("):
                self._frames.append(_Frame("bracket" if text == "[" else "list", len(self._lines[-1]) - 1, "verb" if text == "[" else "item"))
            else:
                self._follow(frame)
        self._broken = False

    def _part(self, i: int, word: _Word, frame: _Frame) -> None:
        """The space or the line end before a verb, an object or an item."""
        if frame.awaits == "verb" and frame.kind == "block":
            frame.apart = self._several_with_bracket(i)
            breaks = True
        elif frame.awaits == "object" and frame.kind == "block":
            breaks = frame.apart or word.token.breaks > 0
        else:
            breaks = word.token.breaks > 0 and not frame.first
        if frame.awaits == "subject":
            return
        if self._broken or breaks:
            self._new_line()
        else:
            self._put(" ")

    def _follow(self, frame: _Frame) -> None:
        """What the frame awaits once a term stands."""
        frame.awaits = {"subject": "verb", "verb": "object", "item": "item"}.get(frame.awaits, "separator")

    def _several_with_bracket(self, i: int) -> bool:
        """Whether the verb at `i` has several objects of which one is a bracket with content."""
        depth, several, bracket = 0, False, False
        for j in range(i + 1, len(self._words)):
            word = self._words[j]
            if depth == 0 and word.is_sign(";"):
                break
            bracket |= word.is_sign("[") and not self._words[j + 1].is_sign("]")
            depth += word.is_sign("[(") - word.is_sign("])")
            several |= depth == 0 and word.is_sign(",")
        return several and bracket

    def _new_line(self) -> None:
        self._lines.append(" " * self._frames[-1].indent())

    def _put(self, text: str) -> None:
        """Text that goes on in the line; a string over several lines ends in a line of its own."""
        first, *more = text.split("\n")
        self._lines[-1] += first
        self._lines += more
