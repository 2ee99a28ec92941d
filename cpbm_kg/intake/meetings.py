"""Workshops and committee meetings: days and hours as printed, and as the calendar has them."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from rdflib.term import Literal, URIRef

from cpbm_kg.errors import Message
from cpbm_kg.intake.blocks import Block, Plan
from cpbm_kg.intake.names import Register
from cpbm_kg.intake.reading import Row
from cpbm_kg.intake.spans import Span, short, words_within
from cpbm_kg.vocabulary import BM, DCTERMS, METHOD, MODALITY, RDF, SCHEMA, SKOS, TIME, XSD

_WEEKDAYS = {"lundi": TIME.Monday, "mardi": TIME.Tuesday, "mercredi": TIME.Wednesday, "jeudi": TIME.Thursday, "vendredi": TIME.Friday,
             "samedi": TIME.Saturday, "dimanche": TIME.Sunday}


class Meetings:
    """`period` is where the plan's period is printed: the witness of a year that a date leaves out."""

    def __init__(self, plan: Plan, register: Register, zone: ZoneInfo, period: Span | None):
        self._plan, self._register, self._zone, self._period = plan, register, zone, period

    def iri(self, row: Row) -> URIRef | None:
        """The name of a meeting: theme and rank of a workshop, day of a committee meeting. None where its row does not tell."""
        if row["kind"] == "workshop":
            if not row["theme"]:
                row.fault("theme", Message("un atelier a un thème", "a workshop has a theme"), Message("écrivez son identifiant", "write its identifier"))
            return self._plan.of("atelier", f"{row['theme']}-{row['rank']}") if row["theme"] and row["rank"] else None
        return self._plan.of("comite", row["date"].isoformat()) if row["kind"] and row["date"] else None

    def block(self, thing: URIRef, row: Row, span: Span) -> Block | None:
        """The block of a meeting whose row stands at `span`; None where the row is at fault."""
        name = short(row, words_within(row, "label", span, (row["label"],))) if row["label"] else None
        if not (name and row["rank"]):
            return None
        block = Block(thing).fact(RDF.type, BM.Workshop if row["kind"] == "workshop" else BM.CommitteeMeeting).fact(SKOS.prefLabel, Literal(row["label"], lang="fr"))
        title = short(row, words_within(row, "title", span, (row["title"],))) if row["title"] else None
        block.fact(DCTERMS.title, title and Literal(row["title"], lang="fr"))
        block.fact(BM.ordinal, Literal(row["rank"])).fact(DCTERMS.isPartOf, self._plan.iri).cite(self._plan.evidence(name, title))
        if row["theme"] and (theme := self._register.get(row, "theme", "theme")):
            block.claim((SCHEMA.about, (theme.thing,)), self._plan.evidence(next(filter(None, map(name.find, theme.forms)), name)))
        self._date(block, row, span)
        if len(row["place"] or ()) > 1 or (row["kind"] == "workshop" and not row["place"]):
            row.fault("place", Message("un atelier a un lieu, et un seul", "a workshop has one venue and only one"), Message("écrivez un identifiant", "write one identifier"))
        for place, words in self._register.referred(row, "place", span, "place"):
            block.claim((SCHEMA.location, (place.thing,)), self._plan.evidence(words))
        return block

    def _date(self, block: Block, row: Row, span: Span) -> None:
        written = short(row, words_within(row, "date_words", span, (row["date_words"],))) if row["date_words"] else None
        if not (row["date"] and written):
            return
        if bool(row["start"]) != bool(row["end"]) or (row["kind"] == "workshop" and not row["start"]):
            row.fault("end" if row["start"] else "start", Message("début et fin vont ensemble, et un atelier les a", "start and end go together, and a workshop has them"),
                      Message("écrivez les deux heures", "write both hours"))
            return
        methods = [METHOD["time-zone-added"]] if row["start"] else []
        cited = [written]
        words = written.quote or row["date_words"]
        if str(row["date"].year) not in words:
            methods.append(METHOD["year-from-context"])
            cited.append(self._period)
            if self._period is None:
                row.fault("date_words", Message("l’année n’y est pas imprimée", "the year is not printed there"),
                          Message("dites la période du plan dans plan.csv, d’où elle se lit", "tell the period of the plan in plan.csv, where it is read from"))
        normalised = [(BM.modality, (MODALITY.normalised,)), (BM.method, tuple(methods))] if methods else []
        days = [(SCHEMA.startDate, (self._moment(row["date"], row["start"]),)), *([(SCHEMA.endDate, (self._moment(row["date"], row["end"]),))] if row["end"] else [])]
        block.claim(*days, *normalised, (BM.asWritten, (Literal(words, lang="fr"),)), self._plan.evidence(*cited))
        if weekday := _WEEKDAYS.get(words.split()[0].lower()):
            first = words.split()[0]
            block.claim((BM.printedWeekday, (weekday,)), (BM.asWritten, (Literal(first, lang="fr"),)), self._plan.evidence(Span(written.start, written.start + len(first), first)))

    def _moment(self, day: datetime.date, time: datetime.time | None) -> Literal:
        if time is None:
            return Literal(day.isoformat(), datatype=XSD.date)
        return Literal(datetime.datetime.combine(day, time, self._zone).isoformat(), datatype=XSD.dateTime)
