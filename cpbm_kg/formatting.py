"""What `cpbm-kg fmt` does: which files, and never to a text that its parser refuses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cpbm_kg import turtle
from cpbm_kg.checking import STDIN, expanded
from cpbm_kg.engine.oxigraph import parse
from cpbm_kg.errors import Place, QuerySyntaxError, shown
from cpbm_kg.layout import LAY_OUT
from cpbm_kg.pipeline import DEFAULT_PROFILES, ONTOLOGY_FOLDER, QUESTIONS_FOLDER


def differing(paths: Iterable[str]) -> list[tuple[Path, str]]:
    """The files (below folders too; by default all that people write) whose layout differs, each with its new text.

    Raises UnreadableError, TurtleSyntaxError or QuerySyntaxError for the first that its parser refuses.
    """
    given = [Path(path) for path in paths] or [*DEFAULT_PROFILES, ONTOLOGY_FOLDER, QUESTIONS_FOLDER]
    found = []
    for path in [file for one in given for file in expanded(one)]:
        text = turtle.read_text(path, shown(path))
        laid_out = _laid_out(text, shown(path), path.suffix)
        if laid_out != text:
            found.append((path, laid_out))
    return found


def laid_out_stdin(data: bytes) -> str:
    """Turtle from standard input, laid out; raises TurtleSyntaxError."""
    return _laid_out(turtle.decoded(data, STDIN), STDIN, ".ttl")


def _laid_out(text: str, name: str, kind: str) -> str:
    if kind == ".ttl":
        turtle.parse(text, name)
    else:
        try:
            parse(text.removeprefix("\ufeff"))
        except QuerySyntaxError as error:
            error.place = Place(name, error.line, error.column)
            raise
    return LAY_OUT[kind](text)
