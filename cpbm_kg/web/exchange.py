"""A request and its reply as plain values, so that the endpoint needs neither Flask nor a particular server."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Call:
    """A request that has arrived whole. `content_type` without parameters and in lower case; `client` is the address
    that fairness counts."""

    method: str
    query_string: str = ""
    content_type: str = ""
    accept: str | None = None
    body: bytes = b""
    client: str = ""


@dataclass
class Reply:
    """A response before compression, conditions and HEAD; `file` in place of a body that is too large to hold.
    `rows` and `outcome` are for the record of what happened."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    rows: int = 0
    outcome: str = "ok"
    file: Path | None = None


def tagged(reply: Reply) -> Reply:
    """The reply with the digest of its bytes: as entity tag (RFC 9110, 8.8.3), so that each representation has its
    own, and for those who cite it (RFC 9530, Repr-Digest)."""
    digest = hashlib.sha256(reply.body).digest()
    reply.headers["ETag"] = f'"{digest[:16].hex()}"'
    reply.headers["Repr-Digest"] = f"sha-256=:{b64encode(digest).decode()}:"
    return reply
