"""The chronology: what the text dates, each date as precise as it is printed."""

from __future__ import annotations

from collections.abc import Mapping

from cpbm_kg.contracts import Contract
from cpbm_kg.drawing import calendar
from cpbm_kg.drawing.calendar import Dated, Words
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message
from cpbm_kg.pictures.picture import Picture, Row, ask, table
from cpbm_kg.vocabulary import BM

_SHAPES = {str(BM.Workshop): "circle", str(BM.CommitteeMeeting): "diamond"}
_MEANINGS = {
    "circle": Message("atelier", "workshop"), "diamond": Message("comité de suivi", "monitoring committee"),
    "square": Message("jalon ou phase, à un jour dit", "milestone or phase, on a day given"), "bar": Message("année, mois ou période", "year, month or period"),
}
_MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}
_UNTIL, _UNDATED = Message("jusqu’en", "until"), Message("sans date", "no date")


def chronology(engine: Engine, contracts: Mapping[str, Contract], language: str) -> Picture:
    """The picture of all that is dated; raises the engine's errors."""
    contract = contracts["chronology"]
    found = ask(engine, contract, language)
    title, about = contract.title.within(language), contract.description.within(language)
    words = Words(title, about, "".join(month[0].upper() for month in _MONTHS[language]),
                  {shape: meaning.within(language) for shape, meaning in _MEANINGS.items()}, language)
    canvas = calendar.draw("timeline", words, [_dated(row, language) for row in found.rows])
    return Picture("timeline", title, about, canvas, table(engine, found, language, {"name": "thing"}, hidden=("class",)), found.data, found.address)


def _dated(row: Row, language: str) -> Dated:
    start, end = str(row["start"] or ""), str(row["end"] or "")
    return Dated(start, end, _SHAPES.get(str(row["class"]), "square"), _shown(start, end, str(row["asPrinted"] or ""), language), str(row["kind"]), str(row["name"]))


def _shown(start: str, end: str, printed: str, language: str) -> str:
    """A date or period in words, no more precise than it is."""
    if not start and not end:
        return f"« {printed} »" if printed else _UNDATED.within(language)
    if not start:
        return f"{_UNTIL.within(language)} {_words(end, language)}"
    if not end:
        return _words(start, language)
    if start[:10] == end[:10] and len(start) > 10:
        return f"{_words(start[:10], language)}, {_hour(start, language)}–{_hour(end, language)}"
    return f"{_words(start, language)} – {_words(end, language)}"


def _words(date: str, language: str) -> str:
    year, month, day = date[:4], date[5:7], date[8:10]
    named = _MONTHS[language][int(month) - 1] if month else ""
    counted = "1er" if (day, language) == ("01", "fr") else day.lstrip("0")
    return " ".join(filter(None, (counted, named, year)))


def _hour(moment: str, language: str) -> str:
    hour, minute = moment[11:13].lstrip("0") or "0", moment[14:16]
    return f"{hour}:{minute}" if language == "en" else f"{hour} h" + (f" {minute}" if minute != "00" else "")
