"""Frames between the pool and its workers: a length, a head in JSON, a body of bytes.

Nothing that a worker sends is executed: the web process reads JSON and known names, never a pickle, so a worker that a
hostile query has taken over can only give a wrong answer to that query.

    frame = length of the rest (8 bytes) · length of the head (4 bytes) · head · body
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping

from cpbm_kg import errors
from cpbm_kg.engine import Answer, Query
from cpbm_kg.errors import CpbmError, Message, NotAcceptableError, QuerySyntaxError
from cpbm_kg.media import OFFERED, Form, Format

LENGTH = struct.Struct("!Q")
_HEAD = struct.Struct("!I")
LARGEST_HEAD = 65536
_READ_BYTES = 65536
FORK = b"f"

Formats = Mapping[Form, Format | None]
_FORMATS = {format.name: format for offered in OFFERED.values() for format in offered}


def frame(head: object, body: bytes = b"") -> bytes:
    """One message, whole."""
    data = json.dumps(head).encode()
    return LENGTH.pack(_HEAD.size + len(data) + len(body)) + _HEAD.pack(len(data)) + data + body


def unframe(data: bytes | bytearray | memoryview) -> tuple[object, bytes]:
    """Head and body of a message without its length; raises ValueError where it is none."""
    (size,) = _HEAD.unpack_from(data)
    view = memoryview(data)
    return json.loads(bytes(view[_HEAD.size:_HEAD.size + size])), bytes(view[_HEAD.size + size:])


def receive(channel: socket.socket) -> tuple[object, bytes]:
    """The next message; raises EOFError where the other end is gone, TimeoutError by the channel's own time-out.

    Nearly all come whole in one read: each end waits for the other, so nothing of a later message can follow.
    """
    data = b""
    while len(data) < LENGTH.size:
        data += _some(channel)
    (size,) = LENGTH.unpack_from(data)
    if len(data) < LENGTH.size + size:
        parts = [data]
        missing = LENGTH.size + size - len(data)
        while missing > 0:
            parts.append(_some(channel))
            missing -= len(parts[-1])
        data = b"".join(parts)
    return unframe(memoryview(data)[LENGTH.size:])


def request(query: Query, formats: Formats, limit_s: float, lively: bool = False) -> bytes:
    """A query as a worker takes it, with what is left of its time; to end it is the pool's affair. A `lively` worker
    does not sleep at once after its reply."""
    return frame([query.text, query.default_graphs, query.named_graphs, {form.value: format and format.name for form, format in formats.items()}, limit_s, lively])


def read_request(head: object) -> tuple[Query, Formats, bool]:
    """What `request` packed."""
    text, default, named, formats, limit_s, lively = head
    query = Query(text, None if default is None else tuple(default), None if named is None else tuple(named), limit_s)
    return query, {Form(form): _FORMATS.get(name) for form, name in formats.items()}, lively


def answer(found: Answer) -> bytes:
    """An answer as the pool takes it."""
    return frame({"form": found.form.value, "format": found.format.name, "rows": found.rows}, found.body)


def failure(error: CpbmError) -> bytes:
    """An error as the pool takes it."""
    return frame({"error": type(error).__name__, "fault": [error.fault.fr, error.fault.en], "remedy": [error.remedy.fr, error.remedy.en],
                  "place": error.place and str(error.place), "line": getattr(error, "line", 0), "column": getattr(error, "column", 0),
                  "offered": getattr(error, "offered", ())})


def read_reply(head: dict, body: bytes) -> Answer | CpbmError:
    """An answer, or the error to raise in its place; raises ValueError or KeyError for what is neither."""
    if "error" not in head:
        return Answer(Form(head["form"]), _FORMATS[head["format"]], body, int(head["rows"]))
    kind = getattr(errors, head["error"])
    if kind is NotAcceptableError:
        return NotAcceptableError(tuple(head["offered"]))
    fault, remedy = Message(*head["fault"]), Message(*head["remedy"])
    return kind(fault, remedy, head["line"], head["column"]) if kind is QuerySyntaxError else kind(fault, remedy, *filter(None, [head["place"]]))


def _some(channel: socket.socket) -> bytes:
    data = channel.recv(_READ_BYTES)
    if not data:
        raise EOFError("the other end of the channel is gone")
    return data
