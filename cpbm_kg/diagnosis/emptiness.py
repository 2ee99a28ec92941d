"""Whether an answer has no row, counts none, or says no: what makes an explanation worth announcing."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode

from rdflib.query import Result

from cpbm_kg.engine import Answer, Query
from cpbm_kg.media import Form

_LARGEST_COUNT = 4096  # bytes; one row of numbers is hardly more than its column names
_LONGEST_LINK = 4000  # characters; longer headers are refused on their way


def is_empty(answer: Answer) -> bool:
    """Whether `answer` has no row or triple, has one row of zeros alone, or says no."""
    if answer.form is Form.ASK:
        return not _parsed(answer).askAnswer
    if not answer.rows or answer.form is Form.GRAPH:
        return not answer.rows
    return answer.rows == 1 and len(answer.body) <= _LARGEST_COUNT and all(str(value) == "0" for row in _parsed(answer) for value in row)


def _parsed(answer: Answer) -> Result:
    return Result.parse(BytesIO(answer.body), format=answer.format.name)


def link(query: Query, answer: Answer) -> str | None:
    """The Link header (RFC 8288, relation `help`) that leads from an empty answer to its explanation; None for any other."""
    if not is_empty(answer):
        return None
    target = address(query)
    return f'<{target}>; rel="help"' if len(target) <= _LONGEST_LINK else None


def address(query: Query) -> str:
    """Where the explanation of a query stands, without a host."""
    graphs = [("default-graph-uri", iri) for iri in query.default_graphs or ()] + [("named-graph-uri", iri) for iri in query.named_graphs or ()]
    return f"/diagnose?{urlencode([('query', query.text), *graphs])}"
