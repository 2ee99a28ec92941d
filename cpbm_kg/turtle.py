"""Reads Turtle 1.1 and remembers where every triple stands.

rdflib parses; a subclass of its parser notes the offset of each object as it is read, which is exact for object
lists, literals over several lines and nested brackets (measured on 1,874 of 1,874 triples, architecture.md, 9).
"""

from __future__ import annotations

import bisect
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import rdflib
from rdflib.namespace import RDF
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink, SinkParser
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg import faults
from cpbm_kg.errors import Message, Place, TurtleSyntaxError, UnreadableError

# What a person wrote stays as written: "01"^^xsd:integer is not rewritten to 1 (the switch is global in rdflib).
rdflib.NORMALIZE_LITERALS = False
# A date that is none is a finding with its place (`validation`), not a traceback on the terminal.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

Triple = tuple[Node, Node, Node]

# What rdflib reads and no RDF syntax may hold: characters that an IRI excludes (Turtle 6.5, IRIREF), NUL and surrogates.
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")

# Far above what a person edits (our largest file has 0.8 MB), far below what would fill the memory while parsing.
LARGEST_FILE = 16 * 1024 * 1024


@dataclass
class LocatedGraph:
    """A graph, the place of its triples and of the blocks of its subjects, and the prefixes of the text. Triples of an
    RDF list have no place."""

    graph: rdflib.Graph = field(default_factory=lambda: rdflib.Graph("SimpleMemory", bind_namespaces="none"))
    places: dict[Triple, Place] = field(default_factory=dict)
    subjects: dict[Node, Place] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)


def read(path: Path, name: str | None = None) -> LocatedGraph:
    """Read one Turtle file. `name` is how places call it (default: the path as given).

    Raises UnreadableError where the file cannot be opened, TurtleSyntaxError with line and column where it is too
    large, not UTF-8 or not Turtle 1.1.
    """
    name = name or str(path)
    return parse(read_text(path, name), name)


def read_text(path: Path, name: str) -> str:
    """The characters of a file that people edit, a byte order mark included; raises as `read`."""
    try:
        size = path.stat().st_size if path.is_file() else 0  # a folder or a device says itself what is wrong with it
        if size > LARGEST_FILE:
            raise _too_large(size, name)
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UnreadableError(Message("ce n’est pas un fichier", "this is no file"), Message("donnez un fichier Turtle", "give a Turtle file"), name)
        return decoded(path.read_bytes(), name)
    except OSError as error:
        raise UnreadableError(
            Message(f"fichier illisible ({error.strerror})", f"file cannot be read ({error.strerror})"),
            Message("vérifiez le chemin et les droits", "check the path and the permissions"), name) from None


def decoded(data: bytes, name: str) -> str:
    """The text of UTF-8 bytes; raises TurtleSyntaxError with the line and column of the first byte that is not, and
    UnreadableError for more than people edit."""
    if len(data) > LARGEST_FILE:
        raise _too_large(len(data), name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8")) + 1
        raise TurtleSyntaxError(
            Message("ce fichier n'est pas en UTF-8", "this file is not UTF-8"),
            Message("enregistrez-le en UTF-8", "save it as UTF-8"), Place(name, line, column)) from None


def _too_large(size: int, name: str) -> UnreadableError:
    return UnreadableError(
        Message(f"{size} octets : plus que {LARGEST_FILE}", f"{size} bytes: more than {LARGEST_FILE}"),
        Message("coupez-le en plusieurs fichiers", "cut it into several files"), name)


def parse(text: str, name: str) -> LocatedGraph:
    """Read Turtle text, with or without a byte order mark; raises TurtleSyntaxError. `name` stands in places."""
    text = text.removeprefix("\ufeff")
    located = LocatedGraph()
    lines = Lines(text, name)
    parser = _LocatingParser(RDFSink(located.graph), located, lines)
    try:
        parser.loadBuf(text)
    except BadSyntax as error:
        # The parser stops at the end of a text that is never closed; its beginning is what people look for.
        at = parser.reached if error._why.startswith("unterminated string") else max(error._i, parser.reached)
        raise _syntax_error(error._why, lines.place(at)) from None
    except RecursionError:
        raise _syntax_error(faults.NESTED, lines.place(parser.reached)) from None
    except (AssertionError, IndexError, ValueError, TypeError, AttributeError) as error:
        # rdflib reports some faults (a relative IRI, the end of the file inside a term) by whatever Python raises.
        raise _syntax_error(str(error) or faults.ENDED, lines.place(parser.reached)) from None
    _refuse_circles(located, lines)
    located.prefixes = dict(parser._bindings)
    return located


def _refuse_circles(located: LocatedGraph, lines: Lines) -> None:
    """No RDF list may lead back into itself: whoever walks along it would never arrive."""
    rest = dict(located.graph.subject_objects(RDF.rest))
    sound: set[Node] = set()
    for start in rest:
        walked: list[Node] = []
        seen: set[Node] = set()
        node = start
        while node in rest and node not in sound:
            if node in seen:
                places = [located.places[link] for link in ((one, RDF.rest, rest[one]) for one in walked) if link in located.places]
                raise TurtleSyntaxError(
                    Message("cette liste revient sur elle-même (rdf:rest)", "this list leads back into itself (rdf:rest)"),
                    Message("terminez-la par rdf:nil, ou écrivez-la ( a b c )", "end it by rdf:nil, or write it ( a b c )"), min(places, default=lines.place(0)))
            seen.add(node)
            walked.append(node)
            node = rest[node]
        sound |= seen


def _syntax_error(why: str, place: Place) -> TurtleSyntaxError:
    meant = faults.meaning(why)
    return TurtleSyntaxError(
        Message(f"erreur de syntaxe Turtle : {meant.fr}", f"Turtle syntax error: {meant.en}"),
        Message("corrigez cette ligne ou celle qui la précède (point, point-virgule, guillemet, préfixe)",
                "mend this line or the one before it (full stop, semicolon, quote, prefix)"), place)


def _unwritable(place: Place) -> TurtleSyntaxError:
    return TurtleSyntaxError(
        Message("erreur de syntaxe Turtle : un signe que ni IRI ni texte n’admet (espace ou accolade dans une IRI, NUL, demi-caractère)",
                "Turtle syntax error: a sign that neither an IRI nor a text admits (space or brace in an IRI, NUL, half a character)"),
        Message("récrivez l’IRI (une espace s’y écrit %20) ou retirez ce signe", "write the IRI again (a space in it reads %20) or remove that sign"), place)


class Lines:
    """Offsets of a text to places in the file called `name`."""

    def __init__(self, text: str, name: str):
        self._name = name
        self._starts = [0, *(i + 1 for i, character in enumerate(text) if character == "\n")]

    def place(self, offset: int) -> Place:
        line = bisect.bisect_right(self._starts, offset)
        return Place(self._name, line, offset - self._starts[line - 1] + 1)


class _LocatingParser(SinkParser):
    """rdflib's parser, noting offsets. `object` runs once per object and once per block's subject; `objectList`
    hands the offsets of its objects to the `makeStatement` calls that follow it, in the same order."""

    def __init__(self, sink: RDFSink, located: LocatedGraph, lines: Lines):
        super().__init__(sink, baseURI="", turtle=True)
        self._located = located
        self._place = lines.place
        self._starts: list[int] = []
        self._made: Iterator[int] = iter(())
        self.reached = 0

    def object(self, argstr, i, res):
        start = self.skipSpace(argstr, i)
        if start < 0:
            return start
        self.reached = start
        end = super().object(argstr, start, res)
        if end >= 0:
            self._starts.append(start)
        return end

    def objectList(self, argstr, i, res):
        outer, self._starts = self._starts, []
        end = super().objectList(argstr, i, res)
        self._made, self._starts = iter(self._starts), outer
        return end

    def property_list(self, argstr, i, subj):
        # On entry the last object begun is the subject itself, a bracket included.
        self._located.subjects.setdefault(subj, self._place(self.reached))
        return super().property_list(argstr, i, subj)

    def makeStatement(self, quadruple):
        start = next(self._made, None)
        for term in quadruple[1:]:
            if (isinstance(term, URIRef) and _NO_IRI.search(term)) or (isinstance(term, str) and _NO_TEXT.search(term)):
                raise _unwritable(self._place(self.reached if start is None else start))
        if isinstance(quadruple[2], Literal) or isinstance(quadruple[1], (BNode, Literal)):  # N3 admits both
            raise _syntax_error("in Turtle mode", self._place(self.reached if start is None else start))
        super().makeStatement(quadruple)
        if start is not None:
            context, predicate, subject, value = quadruple
            normal = self._store.normalise
            triple = (normal(context, subject), normal(context, predicate), normal(context, value))
            self._located.places.setdefault(triple, self._place(start))
