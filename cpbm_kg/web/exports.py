"""The files of releases, as they were written: `/export/source.ttl` is the newest, `/release/<id>/source.ttl` stays."""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_file

from cpbm_kg.errors import ReleaseError
from cpbm_kg.media import CSV, FILES, GEOJSON
from cpbm_kg.release import MANIFEST, Release, kept_release

_TYPES = {f".{format.name}": format.content_type for format in (*FILES, CSV, GEOJSON)} | {
    ".csv-metadata.json": "application/csvm+json; charset=utf-8", ".json": "application/json; charset=utf-8", ".gz": "application/gzip"}


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
    described = release.files.get(name)
    # A type of ours: one that is guessed says of a .gz that it is only encoded so, and clients would unpack it.
    content_type = next(type for ending, type in _TYPES.items() if name.endswith(ending))
    response = send_file(path, mimetype=content_type, etag=described["sha256"] if described else True, conditional=True)
    response.content_type = content_type
    response.headers["Cache-Control"] = caching
    response.headers["Last-Modified"] = release.modified
    response.headers["CPBM-Release"] = release.id
    return response
