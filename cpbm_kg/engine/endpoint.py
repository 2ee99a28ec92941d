"""A SPARQL server over HTTP: one connection, kept from one question to the next; each reply whole, or an error.

What is no answer is told apart as the protocol's reader must: a server that is not there, one that answers something
else, one that cuts an answer. Standard library alone: `http.client` keeps a connection and reads as it comes; what it
passes over in silence (a body that ends early, before Python 3.14 in `read(n)`) is checked here.
"""

from __future__ import annotations

import base64
import http.client
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

from cpbm_kg.engine.dataset import Parameters
from cpbm_kg.errors import AnswerTooLargeError, Message, OverloadedError, QueryError, UpstreamError, UpstreamTimeoutError

_CLOSED_UNANSWERED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_QUOTED = 300  # characters of what a server says, in our own error
_TIME_OUT = re.compile(r"\bS1TAT\b|\bSR171\b|time[d-]?\s?out|timeout", re.IGNORECASE)
_SHARE_OF_TIME = 0.9  # asked of the server, so that it ends by itself before we end the connection


class Endpoint:
    """`url` may hold {release}, filled in by who opens it, and {s} or {ms}, the time that a query has: how a server is
    told so is its own affair (`?timeout={ms}` for Virtuoso). `login` is `user:password` for Basic authentication."""

    def __init__(self, url: str, login: str = ""):
        self.url = url
        parts = urlsplit(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._address = parts.hostname, parts.port
        self._headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "cpbm-kg"}
        if login:
            self._headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        self._connection: http.client.HTTPConnection | None = None

    @contextmanager
    def ask(self, text: str, dataset: Parameters, accept: str, limit_s: float) -> Iterator[Body]:
        """The body of the reply to a query, to be read in the context; at its end it has been seen whole.

        Raises UpstreamError, UpstreamTimeoutError, AnswerTooLargeError (the server cut it), OverloadedError.
        """
        response = None
        whole = False
        try:
            response = self._response(urlencode([("query", text), *dataset]), {**self._headers, "Accept": accept}, limit_s)
            body = Body(response)
            _check(response, body)
            yield body
            body.finish()
            whole = True
        except TimeoutError:
            raise _too_slow() from None
        except (OSError, http.client.HTTPException) as error:
            raise upstream(f"la réponse s'est interrompue ({_named(error)})", f"the answer broke off ({_named(error)})") from None
        finally:
            if not whole:
                if response is not None:
                    response.close()
                self.close()

    def close(self) -> None:
        """Let go of the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _response(self, form: str, headers: dict[str, str], limit_s: float) -> http.client.HTTPResponse:
        """A kept connection that the server closed before it said a word is opened again, once: nothing was answered,
        and a query changes nothing, so to send it again is safe (RFC 9110, 9.2.2)."""
        for again in (self._connection is not None and self._connection.sock is not None, False):
            try:
                return self._exchange(form, headers, limit_s)
            except TimeoutError:
                raise
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if not (again and isinstance(error, _CLOSED_UNANSWERED)):
                    raise _unreachable(error) from None
        raise AssertionError("the second attempt returns or raises")

    def _exchange(self, form: str, headers: dict[str, str], limit_s: float) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = self._kind(*self._address)
        self._connection.timeout = limit_s
        if self._connection.sock is not None:
            self._connection.sock.settimeout(limit_s)
        time_s = limit_s * _SHARE_OF_TIME
        target = self._target.replace("{ms}", str(math.ceil(time_s * 1000))).replace("{s}", str(math.ceil(time_s)))
        self._connection.request("POST", target, form, headers)
        return self._connection.getresponse()


class Body:
    """A reply as it comes in; `limit`, in bytes, once it is set."""

    def __init__(self, response: http.client.HTTPResponse):
        self._response = response
        self._read = 0
        self.type = (response.headers.get_content_type() if "content-type" in response.headers else "").lower()
        self.limit: int | None = None

    @property
    def has_end(self) -> bool:
        """Whether the reply says where it ends; else an early end cannot be told from its end (RFC 9112, 6.3)."""
        return self._response.chunked or self._response.getheader("content-length") is not None

    def read(self, size: int = 65536) -> bytes:
        """Some more of it; nothing at its end. Raises AnswerTooLargeError beyond the limit, and for an early end
        http.client.IncompleteRead."""
        data = self._response.read(size)
        if not data and self._response.length:
            raise http.client.IncompleteRead(b"", self._response.length)
        self._read += len(data)
        if self.limit is not None and self._read > self.limit:
            raise AnswerTooLargeError(Message(f"la réponse dépasse {self.limit} octets", f"the answer exceeds {self.limit} bytes"),
                                      Message("ajoutez LIMIT, ou téléchargez les exports", "add LIMIT, or download the exports"))
        return data

    def finish(self) -> None:
        """What the reader left must be nothing but an end."""
        while data := self.read():
            if data.strip():
                raise upstream("sa réponse continue après sa fin", "its answer goes on after its end")


def _check(response: http.client.HTTPResponse, body: Body) -> None:
    """Raises what the reply says in place of an answer. A server that ends a query at its time, or at a number of rows,
    may answer 200 with what it has: Virtuoso says so in a header (measured: X-SQL-State, X-SPARQL-MaxRows)."""
    status = response.status
    if status in (408, 504) or response.getheader("X-SQL-State") == "S1TAT":
        raise _too_slow()
    if status == 413 or response.getheader("X-SPARQL-MaxRows"):
        raise AnswerTooLargeError(Message("la réponse dépasse ce que le serveur distant donne", "the answer exceeds what the remote server gives"),
                                  Message("ajoutez LIMIT, ou téléchargez les exports", "add LIMIT, or download the exports"))
    if status == 200:
        return
    said = " ".join(body.read(4096).decode("utf-8", "replace").split())[:_QUOTED]
    if status in (429, 503):
        raise OverloadedError(Message(f"le serveur distant est occupé : {said}", f"the remote server is busy: {said}"), Message("réessayez dans un instant", "try again in a moment"))
    if status >= 500 and _TIME_OUT.search(said):
        raise _too_slow()
    raise upstream(f"il répond {status} : {said}", f"it answers {status}: {said}")


def upstream(fr: str, en: str) -> QueryError:
    """The error for a server whose answer is none."""
    return UpstreamError(Message(f"le serveur distant n'a pas donné de réponse : {fr}", f"the remote server gave no answer: {en}"),
                         Message("réessayez ; si cela dure, voyez /health et le serveur que nomme CPBM_STORE", "try again; if it lasts, see /health and the server that CPBM_STORE names"))


def _unreachable(error: Exception) -> QueryError:
    return upstream(f"on ne peut le joindre ({_named(error)})", f"it cannot be reached ({_named(error)})")


def _named(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _too_slow() -> UpstreamTimeoutError:
    return UpstreamTimeoutError(Message("le serveur distant n'a pas fini à temps", "the remote server did not finish in time"),
                                Message("restreignez la requête (un type, un graphe, LIMIT), ou téléchargez les exports", "narrow the query (a type, a graph, LIMIT), or download the exports"))
