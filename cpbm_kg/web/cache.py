"""Whole replies of one release, ready to be sent: the cache that stands before Flask and before the engine.

Flask costs about 65 µs a request, and a cache inside it was 4.6 times slower (architecture.md, 6). It is bounded in
bytes; it belongs to one release and goes with it, so nothing in it is ever out of date.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

from cachetools import LRUCache
from werkzeug.http import is_resource_modified, parse_accept_header

from cpbm_kg.web.exchange import Reply

_SMALLEST_TO_COMPRESS = 1024  # bytes; below, the headers weigh more than what is won
_GZIP_LEVEL = 6
_OVERHEAD = 1024  # bytes that a kept reply takes beside its body, roughly
_PLAIN = ("text/", "application/json", "application/sparql-results", "application/ld+json", "application/rdf+xml", "application/n-", "application/trig",
          "application/problem+json", "application/geo+json", "application/xml", "application/atom+xml")
Headers = list[tuple[str, str]]


class Packed:
    """A reply as it goes out: its headers once and for all, its body plain and, when first asked for, compressed."""

    def __init__(self, reply: Reply, common: Headers):
        self.reply = reply
        self.tag = reply.headers.get("ETag", "")
        self.compressible = len(reply.body) >= _SMALLEST_TO_COMPRESS and reply.headers.get("Content-Type", "").startswith(_PLAIN)
        self._compressed: tuple[Headers, bytes] | None = None
        own = {name.lower(): value for name, value in reply.headers.items() if name.lower() != "content-length"}
        headers = dict(common) | own
        if "link" in own and "link" in dict(common):
            headers["link"] = f"{own['link']}, {dict(common)['link']}"
        if self.compressible and "vary" not in headers:
            headers["vary"] = "Accept-Encoding"
        if not self.tag:
            headers.pop("last-modified", None)  # without a tag it is no representation that stays
        self.modified = headers.get("last-modified")
        self.headers: Headers = list(headers.items())

    @property
    def bytes(self) -> int:
        """What it takes, its compressed body included at its plain size: an upper bound, known from the start."""
        return _OVERHEAD + (2 if self.compressible else 1) * len(self.reply.body)

    def compressed(self) -> tuple[Headers, bytes]:
        """Headers and body with gzip; the tag says so, since the bytes are others (RFC 9110, 8.8.3)."""
        if self._compressed is None:
            squeeze = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
            body = squeeze.compress(self.reply.body) + squeeze.flush()
            headers = [(name, f'{value[:-1]}-gzip"' if name == "etag" else value) for name, value in self.headers]
            self._compressed = ([*headers, ("content-encoding", "gzip")], body)
        return self._compressed

    def held_by(self, none_match: str | None, modified_since: str | None) -> bool:
        """Whether the client has it already (RFC 9110, 13.1.2 and 13.1.3)."""
        if none_match is None and modified_since is None:
            return False
        tag = f'{self.tag[:-1]}-gzip"' if none_match and '-gzip"' in none_match else self.tag
        asked = {"REQUEST_METHOD": "GET"} | ({"HTTP_IF_NONE_MATCH": none_match} if none_match else {}) | (
            {"HTTP_IF_MODIFIED_SINCE": modified_since} if modified_since else {})
        return not is_resource_modified(asked, tag or None, None, self.modified)


class Cache(LRUCache):
    """Replies by what was asked, the least lately used first to go; `limit` in bytes."""

    def __init__(self, limit: int):
        super().__init__(limit, getsizeof=lambda packed: packed.bytes)

    def keep(self, key: tuple, packed: Packed) -> None:
        """Keep a reply that has a tag; one that would push out half of the others is not worth it."""
        if packed.tag and packed.reply.status == 200 and packed.bytes * 2 <= self.maxsize:
            self[key] = packed


@lru_cache(256)
def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether Accept-Encoding names gzip with a quality above 0 (RFC 9110, 12.5.3)."""
    return bool(accept_encoding) and parse_accept_header(accept_encoding)["gzip"] > 0
