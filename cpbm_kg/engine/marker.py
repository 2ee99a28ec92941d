"""Which release a server holds: one triple in a graph of its own, which no query of a reader sees.

`push` takes it away before it touches a graph that answers, and writes it back as the last thing. So an answer after
which the marker still stands came whole from that release.
"""

from __future__ import annotations

from urllib.parse import quote

from cpbm_kg.vocabulary import BASE, DCTERMS, GRAPH

MARKER = str(GRAPH["release"])
WHICH = f"SELECT ?release {{ <{BASE}> <{DCTERMS.identifier}> ?release }}"


def triple(release: str) -> str:
    """The marker's one triple, in N-Triples."""
    return f'<{BASE}> <{DCTERMS.identifier}> "{release}" .'


def filled(url: str, release: str) -> str:
    """An address with the release in it, where it has a place for it."""
    return url.replace("{release}", quote(release, safe=""))
