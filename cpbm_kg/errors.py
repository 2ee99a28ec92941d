"""The tree of errors: each carries a place, a fault and a remedy, in French and English.

CpbmError
├── UsageError            the command line or a setting is wrong                    (exit 2)
├── UnreadableError       a file cannot be read as what it should be                (exit 3)
│   ├── TurtleSyntaxError     the file is not Turtle; place = line and column
│   └── SourceTextError       the source text is absent or is another text
├── ViolationError        the data break a rule; nothing was written                (exit 1)
├── ReleaseError          a release is missing, incomplete or damaged               (exit 3)
└── QueryError            a query cannot be answered; `web` maps its kinds to a status
    ├── QuerySyntaxError      not SPARQL 1.1 query text
    ├── RequestError          the HTTP request is not one of the SPARQL 1.1 Protocol
    ├── MediaTypeError        its body is of a type that the protocol does not know
    ├── UpdateRefusedError    an update was sent to a read-only service
    ├── NotFoundError         what is asked for is not here
    ├── ServiceRefusedError   the query wants to call another endpoint or a foreign function
    ├── TooComplexError       the query nests or chains deeper than the engine bears
    ├── NotAcceptableError    no offered format suits the client
    ├── AnswerTooLargeError   the answer exceeds its byte budget
    ├── QueryTimeoutError     the query takes longer than it may
    │   └── UpstreamTimeoutError  … on the server behind the remote engine
    ├── OverloadedError       no place came free in time; `retry_s` says when to ask again
    │   └── TooManyError          this client has its share of slow queries already
    ├── EngineFailureError    the query's process died
    └── UpstreamError         the server behind the remote engine is not there, or its answer is none

Exit codes are those of `cpbm-kg check`: 0 clean, 1 violation, 2 usage, 3 unreadable.
"""

from __future__ import annotations

import copyreg
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Message:
    """One sentence for people, French first."""

    fr: str
    en: str

    def within(self, language: str) -> str:
        """The sentence in `language` ("fr" or "en"); French for any other."""
        return self.en if language == "en" else self.fr


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where something stands in a file; line and column count from 1, 0 = the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"


def shown(path: Path) -> str:
    """A path as people see it: relative to where they stand, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


class CpbmError(Exception):
    """A fault that a person can mend. `place` may be None where no file is concerned."""

    exit_code = 1

    def __init__(self, fault: Message, remedy: Message, place: Place | Path | str | None = None):
        super().__init__(fault.en)
        self.fault = fault
        self.remedy = remedy
        self.place = Place(str(place)) if isinstance(place, (Path, str)) else place

    def __reduce__(self) -> tuple:
        """From one process to another as it is, whatever its kind takes to be made."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)

    def explain(self, language: str = "fr") -> str:
        """`place: fault` and the remedy on a second line."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.fault.within(language)}\n  → {self.remedy.within(language)}"


class UsageError(CpbmError):
    exit_code = 2


class UnreadableError(CpbmError):
    exit_code = 3


class TurtleSyntaxError(UnreadableError):
    pass


class SourceTextError(UnreadableError):
    pass


class ViolationError(CpbmError):
    """`findings` says what is wrong, one by one, where there is more than this error's own fault."""

    def __init__(self, fault: Message, remedy: Message, place: Place | Path | str | None = None, findings: tuple = ()):
        super().__init__(fault, remedy, place)
        self.findings = tuple(findings)


class ReleaseError(CpbmError):
    exit_code = 3


class QueryError(CpbmError):
    pass


class QuerySyntaxError(QueryError):
    """`line` and `column` count from 1 in the query text; 0 where the parser does not tell."""

    def __init__(self, fault: Message, remedy: Message, line: int = 0, column: int = 0):
        super().__init__(fault, remedy)
        self.line = line
        self.column = column


class RequestError(QueryError):
    pass


class MediaTypeError(QueryError):
    pass


class UpdateRefusedError(QueryError):
    pass


class ServiceRefusedError(QueryError):
    pass


class TooComplexError(QueryError):
    pass


class NotAcceptableError(QueryError):
    """`offered` lists the media types that the service can give for this form of query."""

    def __init__(self, offered: tuple[str, ...]):
        types = ", ".join(offered)
        super().__init__(
            Message("aucun format demandé n'est disponible pour cette forme de requête",
                    "no requested format is available for this form of query"),
            Message(f"demandez l'un de : {types}", f"ask for one of: {types}"),
        )
        self.offered = offered


class NotFoundError(QueryError):
    pass


class AnswerTooLargeError(QueryError):
    pass


class QueryTimeoutError(QueryError):
    pass


class UpstreamTimeoutError(QueryTimeoutError):
    pass


class OverloadedError(QueryError):
    """`retry_s`: seconds after which it makes sense to ask again."""

    def __init__(self, fault: Message, remedy: Message, retry_s: int = 1):
        super().__init__(fault, remedy)
        self.retry_s = retry_s


class TooManyError(OverloadedError):
    pass


class EngineFailureError(QueryError):
    pass


class UpstreamError(QueryError):
    exit_code = 3
