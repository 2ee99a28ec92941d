"""The files of releases, as they were written: `/export/source.ttl` is the newest, `/release/<id>/source.ttl` stays."""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_file

from cpbm_kg.errors import ReleaseError
from cpbm_kg.media import FILES
from cpbm_kg.release import MANIFEST, Release, kept_release

_TYPES = {format.name: format.content_type for format in FILES} | {"json": "application/json; charset=utf-8"}


def blueprint(release: Release) -> Blueprint:
    """Routes that hand out the files of `release`, and of those kept beside it."""
    routes = Blueprint("exports", __name__)

    @routes.get("/export/<name>")
    def export(name: str) -> Response:
        return _file(release, name, "public, no-cache")

    @routes.get("/release/<id>/<name>")
    def frozen(id: str, name: str) -> Response:
        try:
            kept = release if id == release.id else kept_release(release, id)
        except ReleaseError:
            abort(404)
        return _file(kept, name, "public, max-age=31536000, immutable")

    return routes


def _file(release: Release, name: str, caching: str) -> Response:
    path = release.folder / MANIFEST if name == MANIFEST else release.file(name)
    if path is None:
        abort(404)
    described = release.manifest["files"].get(name)
    response = send_file(path, etag=described["sha256"] if described else True, conditional=True)
    response.content_type = _TYPES[path.suffix[1:]]
    response.headers["Cache-Control"] = caching
    response.headers["Last-Modified"] = release.modified
    response.headers["CPBM-Release"] = release.id
    return response
