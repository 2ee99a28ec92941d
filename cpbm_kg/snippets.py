"""A query as code to paste: Python, R and a shell's curl, each asking the endpoint for CSV."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

Parameters = Sequence[tuple[str, str]]


def all_of(endpoint: str, query: str, dataset: Parameters) -> dict[str, str]:
    """The code by the name of its language; `dataset` are further parameters of the request."""
    return {"Python": python(endpoint, query, dataset), "R": r(endpoint, query, dataset), "curl": curl(endpoint, query, dataset)}


def python(endpoint: str, query: str, dataset: Parameters) -> str:
    """With pandas; the query as a literal that Python reads back."""
    pairs = "".join(f"\n    {pair!r}," for pair in dataset)
    return (f"import pandas as pd\nfrom urllib.parse import urlencode\n\nquery = {_python_text(query)}\n"
            f"parameters = [(\"query\", query), (\"format\", \"csv\"),{pairs}]\ntable = pd.read_csv(\"{endpoint}?\" + urlencode(parameters))\n")


def r(endpoint: str, query: str, dataset: Parameters) -> str:
    """With what R has by itself."""
    escaped = query.replace("\\", "\\\\").replace('"', '\\"')
    rest = urlencode([("format", "csv"), *dataset])
    return f'query <- "{escaped}"\ntable <- read.csv(paste0("{endpoint}?{rest}&query=", URLencode(query, reserved = TRUE)), encoding = "UTF-8")\n'


def curl(endpoint: str, query: str, dataset: Parameters) -> str:
    """For a POSIX shell."""
    rest = "".join(f" \\\n  --data-urlencode {_shell(f'{name}={value}')}" for name, value in dataset)
    return f"curl {endpoint} -H 'Accept: text/csv' \\\n  --data-urlencode {_shell(f'query={query}')}{rest}\n"


def _python_text(query: str) -> str:
    if "\\" in query or '"""' in query or query.endswith('"'):
        return repr(query)
    return f'"""\\\n{query}"""'


def _shell(text: str) -> str:
    """One word for a POSIX shell (POSIX.1-2017, 2.2.2): nothing inside single quotes is special but themselves."""
    return "'" + text.replace("'", "'\\''") + "'"
