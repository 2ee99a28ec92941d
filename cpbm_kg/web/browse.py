"""Lists for those who look around: `/things` names the kinds and finds words in all of them, `/things/<kind>` lists one kind,
narrowed by facets and words."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, abort

from cpbm_kg import labels, listing
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message, RequestError
from cpbm_kg.listing import KINDS, LONGEST_SEARCH, PAGE, Listing
from cpbm_kg.release import Release
from cpbm_kg.statistics import DEFAULT
from cpbm_kg.vocabulary import LAYERS
from cpbm_kg.web import links, pages

WORDS: dict[str, Message] = {
    "actions": Message("Actions proposées", "Proposed actions"), "wordings": Message("Formulations imprimées", "Printed wordings"),
    "measures": Message("Mesures", "Component measures"), "axes": Message("Axes", "Axes"), "tiers": Message("Niveaux", "Tiers"),
    "workshops": Message("Ateliers", "Workshops"), "committee-meetings": Message("Réunions du comité", "Committee meetings"), "phases": Message("Phases", "Phases"),
    "initiatives": Message("Initiatives", "Initiatives"), "instruments": Message("Instruments et programmes", "Instruments and programmes"),
    "findings": Message("Constats", "Findings"), "people": Message("Personnes", "People"), "organisations": Message("Organisations", "Organisations"),
    "places": Message("Lieux", "Places"), "documents": Message("Documents", "Documents"), "concepts": Message("Notions", "Concepts"), "passages": Message("Passages", "Passages"),
}
FACETS: dict[str, Message] = {
    "tier": Message("niveau", "tier"), "axis": Message("axe", "axis"), "public": Message("public", "public"), "object": Message("objet", "object"),
    "verb": Message("verbe", "verb"), "place": Message("lieu", "place"), "actor": Message("acteur", "actor"), "theme": Message("thème", "theme"),
    "about": Message("à propos de", "about"), "scheme": Message("schéma", "scheme"),
}


def blueprint(engine: Engine, release: Release) -> Blueprint:
    """The routes; counts of kinds are the release's own."""
    routes = Blueprint("browse", __name__)
    iris = {name: listing.type_iri(kind) for name, kind in KINDS.items()}
    counted = release.manifest["statistics"][DEFAULT]["classes"]
    counts = {name: counted[iri] for name, iri in iris.items() if iri in counted}

    @pages.address(routes, "/things")
    def overview() -> Response:
        words = _words()
        found = listing.matching(engine, words) if words.split() else None
        return pages.page("things.html", counts=counts, kinds=WORDS, layers=LAYERS, search=words, found=found, address=links.address)

    @pages.address(routes, "/things/<name>")
    def one_kind(name: str) -> Response:
        if name not in KINDS:
            abort(404)
        kind, words = KINDS[name], _words()
        chosen = {facet: value for facet in kind.facets for value in pages.given().get(facet, [""])[:1] if value}
        _iris(chosen)
        shown = listing.listed(engine, kind, chosen, words, _offset())
        return pages.page("list.html", shown=shown, title=WORDS[name], facets=FACETS, chosen=chosen, search=words, address=links.address, narrowed=_narrowed(name, chosen, words),
                          neighbours=_neighbours(name, shown, chosen, words))

    return routes


def _words() -> str:
    words = pages.given().get("search", [""])[0]
    if len(words) > LONGEST_SEARCH:
        raise RequestError(Message(f"plus de {LONGEST_SEARCH} caractères à chercher", f"more than {LONGEST_SEARCH} characters to search"), Message("cherchez moins de mots", "search fewer words"))
    return words


def _offset() -> int:
    text = pages.given().get("offset", ["0"])[0]
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise RequestError(Message("offset n’est pas un nombre", "offset is no number"), Message("donnez un entier à partir de 0", "give a whole number from 0"))
    return int(text)


def _iris(chosen: dict[str, str]) -> None:
    for facet, iri in chosen.items():
        if not labels.speakable(iri):
            raise RequestError(Message(f"{facet} n’est pas un IRI", f"{facet} is no IRI"), Message("choisissez une valeur de la liste", "choose a value of the list"))


def _address(name: str, chosen: dict[str, str], words: str, offset: int = 0) -> str:
    query = {**chosen, **({"search": words} if words else {}), **({"offset": offset} if offset else {})}
    return pages.to(f"/things/{name}" + (f"?{urlencode(query)}" if query else ""))


def _narrowed(name: str, chosen: dict[str, str], words: str):
    """The address of the list with one facet set, or without it where `value` is empty."""
    return lambda facet, value: _address(name, {**{key: of for key, of in chosen.items() if key != facet}, **({facet: value} if value else {})}, words)


def _neighbours(name: str, shown: Listing, chosen: dict[str, str], words: str) -> dict[str, str]:
    found = {}
    if shown.offset:
        found["prev"] = _address(name, chosen, words, max(0, shown.offset - PAGE))
    if shown.offset + PAGE < shown.count:
        found["next"] = _address(name, chosen, words, shown.offset + PAGE)
    return found
