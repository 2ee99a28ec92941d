"""A WSGI application behind the front: its environment from an RSGI scope, its answer as a reply (PEP 3333).

The body has arrived whole before, and conditions are the front's affair, so the application always gives the whole
representation; HEAD asks for what GET would send.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from cpbm_kg.web.exchange import Reply

_WHOLE_BYTES = 16 * 1024 * 1024  # a larger file is sent from the disk
_CONDITIONS = {"if-none-match", "if-modified-since", "if-match", "if-unmodified-since"}


def run(application, scope, body: bytes, client: str) -> Reply:
    """What `application` answers to the request of `scope`."""
    status, headers = "", {}

    def start_response(said: str, pairs: list[tuple[str, str]], exc_info=None) -> None:
        nonlocal status, headers
        status, headers = said, dict(pairs)

    chunks = application(_environment(scope, body, client), start_response)
    try:
        if isinstance(chunks, _File) and (path := chunks.large()):
            return Reply(int(status.split()[0]), headers, file=path)
        data = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    code = int(status.split()[0])
    return Reply(code, headers, data, outcome="ok" if code < 400 else str(code))


class _File:
    """`wsgi.file_wrapper`: a file that the application hands over (PEP 3333, platform-specific file handling)."""

    def __init__(self, file, block: int = 65536):
        self._file, self._block = file, block
        self.close = file.close

    def __iter__(self):
        return iter(lambda: self._file.read(self._block), b"")

    def large(self) -> Path | None:
        """Its path, where it is too large to be held."""
        path = Path(self._file.name)
        return path if path.stat().st_size > _WHOLE_BYTES else None


def _environment(scope, body: bytes, client: str) -> dict:
    ranged = "range" in scope.headers
    environment = {
        "REQUEST_METHOD": "GET" if scope.method == "HEAD" else scope.method, "SCRIPT_NAME": "",
        "PATH_INFO": _octets(scope.path), "QUERY_STRING": _octets(scope.query_string), "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": scope.server.rpartition(":")[0], "SERVER_PORT": scope.server.rpartition(":")[2], "REMOTE_ADDR": client,
        "wsgi.version": (1, 0), "wsgi.url_scheme": scope.scheme, "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False, "wsgi.file_wrapper": _File, "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in scope.headers.items():
        key = "HTTP_" + name.upper().replace("-", "_")
        if name == "content-type":
            environment["CONTENT_TYPE"] = value
        elif name not in _CONDITIONS and name not in ("content-length", "transfer-encoding") and (ranged or name != "if-range"):
            environment[key] = f"{environment[key]},{value}" if key in environment else value
    return environment


def _octets(text: str) -> str:
    """A string whose characters stand for bytes, as PEP 3333 wants it; the server has decoded it from UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
