"""A release loaded into a SPARQL server, so that the remote engine can ask it there: layer by layer, all or nothing.

Layers go up by the Graph Store Protocol under names that carry the release; then one update moves them all to the names
that queries use. Where the address names the release's own dataset, they go to those names at once. The marker
(engine/marker.py) is taken away before and written after, so a load that breaks off never passes for a release.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from cpbm_kg.engine.marker import MARKER, triple
from cpbm_kg.errors import Message, UpstreamError, UsageError
from cpbm_kg.release import Release
from cpbm_kg.vocabulary import BASE, GRAPH, LAYER_NAMES

_PART_LINES = 100_000  # of a layer in one request, about 20 MB
_PATIENCE_S = 600
_LINES = "application/n-triples"


class _Digest(urllib.request.HTTPDigestAuthHandler):
    """Answers the challenge of one request in all that follow: Virtuoso closes the connection on a body for which nobody
    has asked leave yet."""

    _challenge: dict[str, str] | None = None

    def retry_http_digest_auth(self, req, auth):
        self._challenge = urllib.request.parse_keqv_list(filter(None, urllib.request.parse_http_list(auth.partition(" ")[2])))
        return super().retry_http_digest_auth(req, auth)

    def http_request(self, req):
        if self._challenge and (known := self.get_authorization(req, self._challenge)):
            req.add_unredirected_header(self.auth_header, f"Digest {known}")
        return req

    https_request = http_request


class GraphStore:
    """A server's graphs by the SPARQL 1.1 Graph Store HTTP Protocol, and its update service, where it has one.
    `login` is `user:password`; the server says whether it wants it as Basic or as Digest."""

    def __init__(self, url: str, update_url: str | None, login: str):
        self.url, self.update_url = url, update_url
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        user, _, password = login.partition(":")
        for address in filter(None, (url, update_url)):
            passwords.add_password(None, address, user, password)
        handlers = (_Digest(passwords), urllib.request.HTTPBasicAuthHandler(passwords)) if login else ()
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, graph: str) -> str:
        """A graph as N-Triples, "" where there is none (Graph Store Protocol, 5.2)."""
        return self._send("GET", self._named(graph), None, {"Accept": _LINES}, absent_is_fine=True)

    def put(self, graph: str, lines: bytes, more: bool = False) -> None:
        """Replace a graph by N-Triples (5.3), or add `more` to it (5.5)."""
        self._send("POST" if more else "PUT", self._named(graph), lines, {"Content-Type": _LINES})

    def delete(self, graph: str) -> None:
        """Remove a graph, if it is there (5.4)."""
        self._send("DELETE", self._named(graph), None, {}, absent_is_fine=True)

    def update(self, text: str) -> None:
        """SPARQL 1.1 Update, by a form (SPARQL 1.1 Protocol, 2.2.1)."""
        self._send("POST", self.update_url, urlencode({"update": text}).encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def _named(self, graph: str) -> str:
        return f"{self.url}{'&' if '?' in self.url else '?'}graph={quote(graph, safe='')}"

    def _send(self, method: str, url: str, body: bytes | None, headers: dict[str, str], absent_is_fine: bool = False) -> str:
        try:
            with self._opener.open(urllib.request.Request(url, body, headers, method=method), timeout=_PATIENCE_S) as response:
                return response.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404 and absent_is_fine:
                    return ""
                said = " ".join(error.read(2000).decode("utf-8", "replace").split())[:300]
            raise _refused(f"{error.code} {said}", url) from None
        except OSError as error:
            raise _refused(str(getattr(error, "reason", error)), url) from None


def push(release: Release, store: GraphStore) -> bool:
    """Load a release; False where the server holds it already. Raises UsageError where it would overwrite another
    release that answers, and UpstreamError where the server refuses: then what it held answers as before, or, should
    the last step have begun, its marker is gone and the remote engine says so until a push succeeds."""
    held = store.get(MARKER)
    if f'"{release.id}"' in held:
        return False
    if held.strip() and store.update_url is None:
        raise UsageError(Message("ces graphes tiennent une autre version, qui répond peut-être", "these graphs hold another release, which may be answering"),
                         Message("donnez --update URL, ou un jeu de données par version : {release} dans l'adresse",
                                 "give --update URL, or a dataset for each release: {release} in the address"), store.url)
    names = {layer: staged(release.id, layer) if store.update_url else str(GRAPH[layer]) for layer in LAYER_NAMES}
    begun: set[str] = set()
    for layer, lines in _parts(release):
        store.put(names[layer], lines, more=layer in begun)
        begun.add(layer)
    if store.update_url:
        store.update(switch(release.id, begun))
    else:
        store.put(MARKER, f"{triple(release.id)}\n".encode())
    return True


def staged(release: str, layer: str) -> str:
    """The name under which a layer waits for its release to be whole."""
    return f"{BASE}release/{quote(release, safe='')}/graph/{layer}"


def switch(release: str, layers: set[str]) -> str:
    """The update that makes a release the one that answers: its `layers`, which wait, take the place of those before
    (SPARQL 1.1 Update, 3.2.4)."""
    moves = [f"MOVE GRAPH <{staged(release, layer)}> TO GRAPH <{GRAPH[layer]}>" if layer in layers else f"CLEAR SILENT GRAPH <{GRAPH[layer]}>"
             for layer in LAYER_NAMES]
    return " ;\n".join([f"CLEAR SILENT GRAPH <{MARKER}>", *moves, f"INSERT DATA {{ GRAPH <{MARKER}> {{ {triple(release)} }} }}"])


def _parts(release: Release) -> Iterator[tuple[str, bytes]]:
    """The layers, some thousand triples at a time. What has a blank node comes last and in one piece, since its label
    means something within one request alone."""
    waiting: dict[str, list[str]] = {layer: [] for layer in LAYER_NAMES}
    blank: dict[str, list[str]] = {layer: [] for layer in LAYER_NAMES}
    layers = {f"<{GRAPH[layer]}>": layer for layer in LAYER_NAMES}
    with open(release.folder / "all.nq", encoding="utf-8", newline="\n") as quads:
        for quad in quads:
            said, _, graph = quad.rstrip(" .\n").rpartition(" ")
            layer = layers[graph]
            (blank if _has_blank(said) else waiting)[layer].append(said)
            if len(waiting[layer]) == _PART_LINES:
                yield layer, _joined(waiting[layer])
                waiting[layer] = []
    for layer in LAYER_NAMES:
        if last := waiting[layer] + blank[layer]:
            yield layer, _joined(last)


def _has_blank(said: str) -> bool:
    """Whether subject or object is a blank node; now and then a literal, too, whose last word looks like one."""
    return said.startswith("_:") or said.rpartition(" ")[2].startswith("_:")


def _joined(lines: list[str]) -> bytes:
    return (" .\n".join(lines) + " .\n").encode()


def _refused(why: str, url: str) -> UpstreamError:
    return UpstreamError(Message(f"le serveur ne prend pas la version : {why}", f"the server does not take the release: {why}"),
                         Message("voyez son adresse, CPBM_STORE_LOGIN et son journal ; recommencez cpbm-kg push", "see its address, CPBM_STORE_LOGIN and its log; run cpbm-kg push again"), url)
