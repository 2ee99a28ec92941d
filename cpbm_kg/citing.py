"""An answer's permanent name: which release was asked what, in one word that needs no storage (decisions.md, 12).

    <release>~<question>             a published question with its own values
    <release>~<question>~<packed>    with other values, as in a query string
    <release>~~<packed>              any query

Packed text is compressed (RFC 1950) and written for addresses (RFC 4648, 5). The name under which an answer is cited
begins with the project's own base, so it outlives a server's address.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from cpbm_kg.asking import DIGESTED, Asked
from cpbm_kg.engine import Answer, Engine, Query
from cpbm_kg.errors import Message, RequestError
from cpbm_kg.media import Form
from cpbm_kg.vocabulary import BASE

LONGEST_NAME = 4000  # characters; addresses of 8,000 pass everywhere
LONGEST_TEXT = 64 * 1024
_NAME = re.compile(r"(?P<release>[0-9A-Za-z][0-9A-Za-z.-]*)~(?P<question>[a-z0-9-]*)(~(?P<packed>[A-Za-z0-9_-]+))?")


@dataclass(frozen=True)
class Cited:
    """What a name says: a release's identifier, and a published question with the texts of its values, or a query."""

    release: str
    question: str = ""
    values: Mapping[str, list[str]] = field(default_factory=dict)
    text: str = ""


def name(cited: Cited) -> str:
    """The name; raises RequestError where it would be too long."""
    rest = cited.text if not cited.question else urlencode(sorted(cited.values.items()), doseq=True)
    named = f"{cited.release}~{cited.question}" + (f"~{_packed(rest)}" if rest else "")
    if len(named) > LONGEST_NAME:
        raise RequestError(Message(f"cette requête est trop longue pour une adresse ({len(named)} caractères)", f"this query is too long for an address ({len(named)} characters)"),
                           Message(f"raccourcissez-la (au plus {LONGEST_NAME} après compression), ou citez la version et l'empreinte de la réponse",
                                   f"shorten it (at most {LONGEST_NAME} once compressed), or cite the release and the answer's digest"))
    return named


def read(named: str) -> Cited:
    """What a name says; raises ValueError for what is none."""
    match = _NAME.fullmatch(named) if len(named) <= LONGEST_NAME else None
    if match is None or not (match["question"] or match["packed"]):
        raise ValueError(named)
    rest = _unpacked(match["packed"]) if match["packed"] else ""
    if not match["question"]:
        return Cited(match["release"], text=rest)
    return Cited(match["release"], match["question"], parse_qs(rest, strict_parsing=bool(rest), keep_blank_values=True))


def asked(cited: Cited, release: str) -> Cited:
    """The same, asked of another release."""
    return Cited(release, cited.question, cited.values, cited.text)


def of_question(release: str, asked: Asked) -> Cited:
    """How the answer to a question is cited."""
    values = {name: [str(value) for value in values] for name, values in asked.values.items()}
    page = {"limit": [str(asked.limit)]} if asked.limit is not None else {}
    return Cited(release, asked.contract.name, values | page | ({"offset": [str(asked.offset)]} if asked.offset else {}))


def address(named: str) -> str:
    """The permanent address of a name."""
    return f"{BASE}r/{named}"


@dataclass(frozen=True)
class Difference:
    """The rows (or triples) that only the newer answer has, and those that only the older one has."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.added and not self.removed


def answer(engine: Engine, text: str) -> Answer:
    """The answer in the format whose digest cites it; raises the engine's errors."""
    return engine.answer(Query(text), DIGESTED)


def difference(old: Answer, new: Answer) -> Difference:
    """How two answers to one query differ, whatever the order of their rows."""
    before, after = Counter(_rows(old)), Counter(_rows(new))
    return Difference(tuple((after - before).elements()), tuple((before - after).elements()))


def bibtex(key: str, title: str, author: str, date: str, version: str, address: str, note: str) -> str:
    """An entry for BibTeX; `date` as YYYY-MM-DD."""
    fields = {"title": f"{{{_tex(title)}}}", "author": f"{{{_tex(author)}}}", "year": date[:4], "month": date[5:7], "version": _tex(version),
              "howpublished": f"\\url{{{address}}}", "url": address, "note": _tex(note)}
    return "".join([f"@misc{{{key},\n", *(f"  {name} = {{{value}}},\n" for name, value in fields.items()), "}\n"])


def csl(key: str, title: str, author: str, date: str, version: str, address: str, note: str) -> dict:
    """An item of CSL-JSON (schema 1.0)."""
    return {"id": key, "type": "dataset", "title": title, "author": [{"literal": author}], "publisher": "CPBM-KG",
            "issued": {"date-parts": [[int(part) for part in date.split("-")]]}, "version": version, "URL": address, "note": note}


def _rows(found: Answer) -> list[str]:
    lines = found.body.decode().removesuffix("\n").split("\n")
    return lines[1:] if found.form is Form.SELECT else lines


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).rstrip(b"=").decode()


def _unpacked(packed: str) -> str:
    """The text; raises ValueError for what is none, or a long one."""
    try:
        data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        stream = zlib.decompressobj()
        text = stream.decompress(data, LONGEST_TEXT)
    except (binascii.Error, zlib.error):
        raise ValueError(packed) from None
    if not stream.eof:
        raise ValueError(packed)
    return text.decode()  # UnicodeDecodeError is a ValueError


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", "/").replace("~", " ").replace("^", " "))
