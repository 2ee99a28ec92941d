"""Random HTTP/1.1 requests as bytes: what urllib and curl cannot or will not send, and an exchange over a bare socket.

A request of `requests` is well formed by RFC 9112 and must be answered; one of `broken` need not be, but must not hurt.
"""

from __future__ import annotations

import http.client
import socket
import urllib.parse
from dataclasses import dataclass

from hypothesis import strategies as st

from random_queries import Draw, chance, many, one_of, queries

PATIENCE_S = 0.3  # how long a broken request is waited for: a server may be waiting for the rest of it
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "QUERY", "get", "!#$%&'*+-.^_`|~")
PATHS = ("/fr/", "/en/things", "/fr/things/actions", "/fr/query", "/query/terms.json", "/map", "/en/network", "/picture/map.fr.svg", "/text/cpbm-2013/5", "/lacunes", "/ontology", "/q/actions.csv", *["/sparql"] * 25, "/", "/health", "/export/source.ttl", "/export/manifest.json", "/export/..%2f..%2fetc%2fpasswd", "/id/lieu/auby",
         "/id/%00", "/id/../../x", "/data/id/lieu/auby.ttl", "/data/id/lieu/auby.exe", "/ontology", "/graph/source", "//evil.example/", "/sparql/", "/sparql;a=b", "/é".encode().decode("latin-1"),
         "/%C3%A9", "/%ff", "/%", "/<script>", "/id/" + "a" * 3000, "*", "http://127.0.0.1/sparql")
NAMES = ("query", "query", "query", "update", "default-graph-uri", "named-graph-uri", "format", "timeout", "using-graph-uri", "q", "")
VALUES = ("", "ASK {}", "SELECT * { ?s ?p ?o } LIMIT 3", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3", "DROP ALL", "json", "csv", "text/turtle", "geojson", "1", "-1", "1e309", "NaN", "0", "0.01",
          "https://w3id.org/bassin-minier/graph/source", "file:///etc/passwd", "http://127.0.0.1:9/", "not an iri", "é", "\x00", "%", "+", "a" * 2000)
TYPES = ("application/sparql-query", "application/x-www-form-urlencoded", "application/sparql-query; charset=utf-8", "application/x-www-form-urlencoded;charset=latin-1", "text/plain",
         "multipart/form-data; boundary=x", "multipart/form-data", "application/sparql-update", "application/json", "APPLICATION/SPARQL-QUERY", "a/b/c", ";", "application/sparql-query; charset=utf-16", "")
ACCEPTS = ("*/*", "text/csv", "application/sparql-results+json", "application/sparql-results+xml;q=0.9, */*;q=0.1", "text/turtle, application/rdf+xml", "text/html", "application/json;q=0",
           "a/b", "*", "q=1", "text/csv;q=nan", "text/csv;q=99999999999999999999", ",,,", "text/*;q=1e3, a/*;level=\"", "*/*;q=" + "9" * 400, "text/csv" + ", text/csv" * 200, "\xe9/\xe9")
OTHERS = ("Accept-Encoding: gzip", "Accept-Encoding: gzip;q=0, identity;q=0", "Accept-Encoding: \xff", "Accept-Language: fr;q=zz", "Range: bytes=0-,5-2", "Range: bytes=-1", "If-None-Match: *",
          'If-None-Match: W/"a", b', "If-Modified-Since: yesterday", "If-Modified-Since: Mon, 01 Jan 0001 00:00:00 GMT", "If-Match: x", "Origin: null", "Origin: \xe9", "Access-Control-Request-Method: \x80",
          "Content-Encoding: gzip", "X-Forwarded-For: ::1, a, 1.2.3.4", "X-Forwarded-For: " + "1.1.1.1," * 300, "X-Forwarded-Host: evil.example", "Forwarded: for=\"[::1]\"", "Cookie: " + "a=b;" * 300,
          "Authorization: Basic =", "Expect: 100-continue", "Upgrade: websocket", "Connection: upgrade, close", "X-A:\tb\t", "Referer: \xff\xfe", "Content-Language: ", "Date: 0", "TE: trailers")


@dataclass(frozen=True)
class Request:
    """`method` tells how the answer is read: HEAD has no body."""

    method: str
    data: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@st.composite
def requests(draw: Draw) -> Request:
    """A well-formed request, whatever it may ask."""
    method = one_of(draw, *METHODS)
    target = one_of(draw, *PATHS)
    if chance(draw, 6) and target != "*":
        target += "?" + _parameters(draw)
    body = _body(draw) if chance(draw, 8 if method in ("POST", "PUT", "PATCH") else 1) else None
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *([] if chance(draw, 2) else [f"Accept: {one_of(draw, *ACCEPTS)}"])]
    lines += [f"Content-Type: {one_of(draw, *TYPES)}"] if body is not None and chance(draw, 9) else []
    lines += [one_of(draw, *OTHERS) for _ in range(draw(st.integers(0, 3)))]
    framing, payload = _framed(draw, body)
    return Request(method, "\r\n".join([*lines, *framing, "Connection: close", "", ""]).encode("latin-1") + payload)


@st.composite
def broken(draw: Draw) -> Request:
    """A request with bytes cut, doubled, or put in where they do not belong."""
    request = draw(requests())
    data = request.data
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        middle = draw(st.sampled_from([b"", b"\r\n", b"\n", b"\r", b"\x00", b" ", b":", b"\t", b"\xff", b"HTTP/2.0", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
                                       b"Host: other\r\n", b"0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", data[start:end] * 2]))
        data = data[:start] + middle + data[end:]
    return Request(request.method, data)


def exchange(port: int, request: Request, patience_s: float = 30) -> Reply | None:
    """Send the bytes on a new connection and read one answer; None where the other side sends nothing in time, or
    closes without a word. Raises http.client.HTTPException for an answer that is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience_s) as connection:
        try:
            connection.sendall(request.data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it had everything
        response = http.client.HTTPResponse(connection, method=request.method)
        try:
            response.begin()
            return Reply(response.status, response.headers, response.read())
        except (TimeoutError, http.client.RemoteDisconnected, ConnectionResetError):
            return None
        finally:
            response.close()


def _parameters(draw: Draw) -> str:
    def pair() -> str:
        name = one_of(draw, *NAMES)
        value = one_of(draw, *VALUES) if chance(draw, 8) else draw(queries())
        raw = f"{urllib.parse.quote(name)}={urllib.parse.quote(value, safe='')}"
        return one_of(draw, raw, raw, raw, raw.replace("%", "%25"), "%FF%FE=" + raw, raw.replace("=", "", 1), "&" + raw)

    return many(draw, 4, pair, between="&")


def _body(draw: Draw) -> bytes:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return one_of(draw, *VALUES).encode()
    if kind == 1:
        return _parameters(draw).encode()
    return draw(queries()).encode() if kind == 2 else draw(st.binary(max_size=60))


def _framed(draw: Draw, body: bytes | None) -> tuple[list[str], bytes]:
    """The header lines that say how long the body is, and the body so framed (RFC 9112, 6)."""
    if body is None:
        return [], b""
    if chance(draw, 7):
        return [f"Content-Length: {len(body)}"], body
    size = draw(st.integers(1, 50))
    chunks = [body[start:start + size] for start in range(0, len(body), size)]
    return ["Transfer-Encoding: chunked"], b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
