"""Where a page's link to a thing leads: our own names stay on this server, and nothing but the web is a link."""

from __future__ import annotations

from cpbm_kg.vocabulary import BASE, ONTOLOGY
from cpbm_kg.web import pages


def address(iri: str) -> str:
    """The address of what says more about `iri`, in the language of the page."""
    if iri.startswith((BASE + "id/", BASE + "source/", BASE + "graph/")):
        return pages.to(f"/page/{iri.removeprefix(BASE)}")
    if iri.startswith((f"{ONTOLOGY}#", f"{ONTOLOGY}/")) or iri == str(ONTOLOGY):
        return pages.to("/" + iri.removeprefix(BASE)) if "/shapes" not in iri else "/" + iri.removeprefix(BASE)
    if iri.startswith(BASE):
        return "/" + iri.removeprefix(BASE)
    return iri if iri.startswith(("http://", "https://")) else "#"
