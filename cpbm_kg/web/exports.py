"""The files of the release, as they were written: `/export/source.ttl`, `/export/all.trig`, `/export/manifest.json` …"""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_file

from cpbm_kg.media import FILES
from cpbm_kg.release import MANIFEST, Release

_TYPES = {format.name: format.content_type for format in FILES} | {"json": "application/json; charset=utf-8"}


def blueprint(release: Release) -> Blueprint:
    """Routes that hand out the files of `release`."""
    routes = Blueprint("exports", __name__, url_prefix="/export")

    @routes.get("/<name>")
    def export(name: str) -> Response:
        path = release.folder / MANIFEST if name == MANIFEST else release.file(name)
        if path is None:
            abort(404)
        described = release.manifest["files"].get(name)
        response = send_file(path, etag=described["sha256"] if described else True, conditional=True)
        response.content_type = _TYPES[path.suffix[1:]]
        return response

    return routes
