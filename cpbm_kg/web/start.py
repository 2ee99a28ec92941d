"""The start page: what this is, what it holds and lacks, where to begin, where machines go, how to cite. All of it is read from the release."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from cpbm_kg.contracts import Contract
from cpbm_kg.release import Release
from cpbm_kg.vocabulary import LAYERS
from cpbm_kg.web import browse, pages

# What a reader may like to ask first; the release's own first questions where it lacks them.
_FIRST = ("action-places", "actions-of-axis", "unprinted-numbers")
_SHOWN = 3


def blueprint(release: Release | None, questions: Mapping[str, Contract], url: str) -> Blueprint:
    """The route; `url` is the public address."""
    routes = Blueprint("start", __name__)
    names = [name for name in (*_FIRST, *questions) if name in questions][:_SHOWN]

    @pages.address(routes, "/")
    def start() -> Response:
        return pages.page("start.html", url=url, layers=LAYERS, kinds=browse.WORDS, first=[questions[name] for name in dict.fromkeys(names)], questions=len(questions))

    return routes
