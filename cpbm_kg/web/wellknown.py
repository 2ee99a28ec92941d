"""What machines look for at fixed addresses: VoID (https://www.w3.org/TR/void/#well-known)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from cpbm_kg import description, media, void
from cpbm_kg.errors import NotAcceptableError
from cpbm_kg.media import OFFERED, Form
from cpbm_kg.release import Release
from cpbm_kg.web.answers import answered


def blueprint(release: Release, url: str) -> Blueprint:
    """Routes under `/.well-known/`; `url` is the public address."""
    routes = Blueprint("wellknown", __name__, url_prefix="/.well-known")

    @routes.get("/void")
    def dataset() -> Response:
        format = media.negotiate(request.headers.get("Accept"), OFFERED[Form.GRAPH])
        if format is None:
            raise NotAcceptableError(tuple(f.media_type for f in OFFERED[Form.GRAPH]))
        return answered(description.write(void.describe(release.manifest, url), format), format)

    return routes
