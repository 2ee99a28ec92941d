"""What machines and finders of faults look for at fixed addresses: VoID (https://www.w3.org/TR/void/#well-known), and
where to report a weakness (RFC 9116)."""

from __future__ import annotations

import datetime

from flask import Blueprint, Response, abort, request

from cpbm_kg import description, media, void
from cpbm_kg.errors import NotAcceptableError
from cpbm_kg.media import OFFERED, Form, Format
from cpbm_kg.release import Release
from cpbm_kg.web.answers import answered

_VALID_DAYS = 364  # less than a year is recommended (RFC 9116, 2.5.5); a release a year is not too much to ask
_TEXT = Format("txt", "text/plain")


def blueprint(release: Release, url: str, report_url: str) -> Blueprint:
    """Routes under `/.well-known/`; `url` is the public address, `report_url` where errors are reported, if anywhere."""
    routes = Blueprint("wellknown", __name__, url_prefix="/.well-known")

    @routes.get("/void")
    def dataset() -> Response:
        format = media.negotiate(request.headers.get("Accept"), OFFERED[Form.GRAPH])
        if format is None:
            raise NotAcceptableError(tuple(f.media_type for f in OFFERED[Form.GRAPH]))
        return answered(description.write(void.describe(release.manifest, url), format), format)

    @routes.get("/security.txt")
    def security() -> Response:
        if not report_url:
            abort(404)
        expires = datetime.date.fromisoformat(release.manifest["date"]) + datetime.timedelta(days=_VALID_DAYS)
        return answered("\n".join((f"Contact: {report_url}", f"Expires: {expires}T00:00:00Z", "Preferred-Languages: fr, en",
                                   f"Canonical: {url}/.well-known/security.txt", "")).encode(), _TEXT)

    return routes
