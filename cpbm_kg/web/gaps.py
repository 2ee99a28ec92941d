"""`/lacunes`: what is missing, in words."""

from __future__ import annotations

from flask import Blueprint, Response

from cpbm_kg import gaps
from cpbm_kg.engine import Engine
from cpbm_kg.web import links, pages


def blueprint(engine: Engine) -> Blueprint:
    """The route."""
    routes = Blueprint("gaps", __name__)

    @pages.address(routes, "/lacunes")
    def missing() -> Response:
        return pages.page("gaps.html", gaps=gaps.found(engine), address=links.address)

    return routes
