"""The rows of a plan's tables as blocks of Turtle, file by file, in the model of `data/`.

A fact's evidence is the span of its own words inside its row's; what the words do not print but mean (a time zone, a year) is
said to be normalised, and a theme that we suggest to be conjectured. Faults of rows go to their findings; a row at fault
gives no block.
"""

from __future__ import annotations

import re
from collections import defaultdict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rdflib.term import Literal, URIRef

from cpbm_kg.errors import Message
from cpbm_kg.intake.blocks import Block, Plan
from cpbm_kg.intake.meetings import Meetings
from cpbm_kg.intake.names import Register
from cpbm_kg.intake.reading import Row, Tables
from cpbm_kg.intake.spans import Span, locate, short
from cpbm_kg.source import SourceText
from cpbm_kg.vocabulary import AGENT, BASE, BM, DCTERMS, METHOD, MODALITY, OA, PROV, RDF, RDFS, SCHEMA, SKOS, TIME, XSD

# Columns of actions.csv: the property, and what its identifiers may name.
_LINKS = {"verbs": (BM.verb, ("verb",)), "objects": (BM.actsOn, ("object",)), "places": (DCTERMS.spatial, ("place",)),
          "actors": (BM.namesAgent, ("organisation", "actor")), "publics": (DCTERMS.audience, ("public",))}
_UNPRINTED = (URIRef(f"{BASE}id/oddity-kind/silence"), URIRef(f"{BASE}id/silence-kind/unprinted-number"))


class Mapping:
    """`files` are the blocks of each file of the profile, by its path within; `origins` the row of each thing."""

    def __init__(self, tables: Tables, text: SourceText | None):
        self._row = tables.rows["plan"][0]
        self._text = text
        self.plan = Plan(self._row["slug"] or "a-remplir")
        self.files: dict[str, list[Block]] = defaultdict(list)
        self.origins: dict[URIRef, Row] = {}
        self._register = Register(self.plan, text)
        self._register.read([*tables.rows["places"], *tables.rows["concepts"]])
        self._headings: dict[URIRef, Span | None] = {}  # of tiers and axes
        self._numbers: dict[int, Span] = {}  # where the entries print them
        self._title = short(self._row, self._span(self._row, self._row["title"]))
        self._period = self._period_span()
        for table, write in (("tiers", self._tier), ("axes", self._axis), ("actions", self._action)):
            for row in tables.rows[table]:
                write(row)
        self._meetings(tables.rows["meetings"])
        self._names()
        self._write_plan()
        self._silences()

    def _span(self, row: Row, words: str | None) -> Span | None:
        return locate(row, self._text, [words] if words else ())

    def _keep(self, file: str, block: Block, row: Row) -> None:
        """Put a block into its file, and its translation into that of the same name."""
        self.files[f"source/{file}.ttl"].append(block)
        self.origins[block.thing] = row
        if row["label_en"]:
            self.files[f"translation/{file}.ttl"].append(Block(block.thing).fact(SKOS.prefLabel, Literal(row["label_en"], lang="en")))

    def _is_new(self, row: Row, column: str, thing: URIRef) -> bool:
        if thing not in self._headings:
            return True
        row.fault(column, Message("une autre ligne dit déjà cette chose", "another row is about this thing already"), Message("réunissez les deux lignes", "merge the two rows"))
        return False

    def _ranked(self, row: Row, column: str, thing: URIRef) -> Span | None:
        """The span of a heading's row, which is registered even at fault, so that what refers to it is not at fault too."""
        if not self._is_new(row, column, thing):
            return None
        self._headings[thing] = span = short(row, self._span(row, row["label"]))
        if span and span.quote and row["label"] and row["label"] not in span.quote:
            row.fault("label", Message("pas dans les mots imprimés", "not in the printed words"), Message("recopiez-le lettre pour lettre", "copy it letter by letter"))
        return span if row["label"] else None

    def _heading(self, row: Row, column: str, thing: URIRef, table: str) -> Span | None:
        if thing not in self._headings:
            row.fault(column, Message(f"« {row[column]} » n’a pas de ligne dans {table}", f"“{row[column]}” has no row in {table}"),
                      Message("ajoutez-la, ou corrigez l’identifiant", "add it, or mend the identifier"))
        return self._headings.get(thing)

    def _described(self, thing: URIRef, kind: URIRef, row: Row) -> Block:
        return Block(thing).fact(RDF.type, kind).fact(SKOS.prefLabel, Literal(row["label"], lang="fr"))

    def _tier(self, row: Row) -> None:
        if row["id"] and (span := self._ranked(row, "id", thing := self.plan.of("niveau", row["id"]))):
            self._keep("niveaux", self._described(thing, BM.Tier, row).fact(SKOS.notation, Literal(row["id"])).fact(SKOS.inScheme, self.plan.scheme)
                       .fact(SKOS.topConceptOf, self.plan.scheme).fact(DCTERMS.isPartOf, self.plan.iri).cite(self.plan.evidence(span)), row)

    def _axis(self, row: Row) -> None:
        if not (row["tier"] and row["rank"]):
            return
        tier = self.plan.of("niveau", row["tier"])
        above = self._heading(row, "tier", tier, "tiers.csv")
        if span := self._ranked(row, "rank", thing := self.plan.of("axe", f"{row['tier']}-{row['rank']}")):
            self._keep("axes", self._described(thing, BM.Axis, row).fact(BM.ordinal, Literal(row["rank"])).fact(SKOS.inScheme, self.plan.scheme)
                       .fact(DCTERMS.isPartOf, self.plan.iri).cite(self.plan.evidence(span)).claim((BM.inTier, (tier,)), self.plan.evidence(above, span)), row)

    def _action(self, row: Row) -> None:
        if not row["number"]:
            return
        axis = self.plan.of("axe", row["axis"])
        above = self._heading(row, "axis", axis, "axes.csv") if row["axis"] else None
        thing = self.plan.of("action", row["number"])
        if row["number"] in self._numbers:
            row.fault("number", Message("une autre ligne porte ce numéro", "another row bears this number"), Message("corrigez le numéro, ou réunissez les deux lignes", "mend the number, or merge the two rows"))
        span = self._entry(row)
        if not (span and row["label"]):
            return
        block = self._described(thing, BM.Action, row).fact(BM.number, Literal(row["number"])).fact(DCTERMS.isPartOf, self.plan.iri).cite(self.plan.evidence(span))
        block.claim((BM.inAxis, (axis,)), self.plan.evidence(above, span))
        for column, (predicate, kinds) in _LINKS.items():
            for named, words in self._register.referred(row, column, span, *kinds):
                block.claim((predicate, (named.thing,)), (BM.asWritten, (Literal(words.quote, lang="fr"),) if words.quote else ()), self.plan.evidence(words))
        self._keep("actions", block, row)
        self._suggest(row, thing, span)

    def _entry(self, row: Row) -> Span | None:
        """The printed entry of an action, which is its wording; it begins with its number."""
        span = self._span(row, row["quote"])
        if span is None:
            return None
        if span.quote is None:
            row.fault("quote", Message("l’entrée imprimée manque", "the printed entry is missing"), Message("recopiez-la, ou donnez le texte (--text)", "copy it, or give the text (--text)"))
            return None
        heading = re.match(rf"\D*0*{row['number']}(?!\d)", span.quote)
        if heading is None:
            row.fault("quote", Message(f"le premier nombre de l’entrée n’est pas {row['number']}", f"the first number of the entry is not {row['number']}"),
                      Message("donnez l’entrée entière, numéro compris, ou corrigez le numéro", "give the whole entry, number included, or mend the number"))
            return None
        if row["label"] and row["label"] not in span.quote:
            row.fault("label", Message("pas dans l’entrée imprimée", "not in the printed entry"), Message("recopiez-le lettre pour lettre", "copy it letter by letter"))
        self._numbers[row["number"]] = Span(span.start, span.start + heading.end(), heading[0])
        self.files["source/formulations.ttl"].append(
            Block(self.plan.of("formulation", f"{row['number']}-1")).fact(RDF.type, BM.Formulation).fact(SKOS.prefLabel, Literal(heading[0], lang="fr"))
            .fact(BM.ordinal, Literal(1)).fact(BM.asWritten, Literal(span.quote, lang="fr")).fact(BM.formulationOf, self.plan.of("action", row["number"]))
            .cite(self.plan.evidence(span)))
        return span

    def _suggest(self, row: Row, thing: URIRef, span: Span) -> None:
        if row["theme"] and (theme := self._register.get(row, "theme", "theme")):
            self.files["inferred/themes.ttl"].append(Block(thing).claim(
                (BM.suggestedTheme, (theme.thing,)), (BM.modality, (MODALITY.conjectured,)), (BM.grade, (Literal("B"),)), (BM.method, (METHOD["reader-judgement"],)),
                (PROV.wasAttributedTo, (AGENT.editors,)), self.plan.evidence(span, theme.span)))

    def _meetings(self, rows: list[Row]) -> None:
        try:
            zone = ZoneInfo(self._row["time_zone"] or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self._row.fault("time_zone", Message("fuseau inconnu", "unknown time zone"), Message("écrivez un nom de la base IANA : Europe/Paris", "write a name of the IANA base: Europe/Paris"))
            return
        meetings = Meetings(self.plan, self._register, zone, self._period)
        for row in rows:
            thing = meetings.iri(row)
            if thing and self._is_new(row, "rank", thing) and (span := self._span(row, row["label"])):
                self._headings[thing] = span
                if block := meetings.block(thing, row, span):
                    self._keep("ateliers" if row["kind"] == "workshop" else "comites", block, row)

    def _names(self) -> None:
        for file, named, block in self._register.blocks():
            self._keep(file, block, named.row)

    def _period_span(self) -> Span | None:
        """Where the period of the plan is printed; its three cells go together."""
        cells = ("first_day", "last_day", "period_words")
        if not any(self._row[cell] for cell in cells):
            return None
        for cell in cells:
            if not self._row[cell]:
                self._row.fault(cell, Message("les deux jours et leurs mots vont ensemble", "the two days and their words go together"), Message("remplissez-les tous, ou aucun", "fill in all of them, or none"))
        return locate(self._row, self._text, [self._row["period_words"]] if self._row["period_words"] else (), ("period_passage", "period_words"), first=True)

    def _write_plan(self) -> None:
        row, plan = self._row, self.plan
        if not (row["title"] and self._title):
            return
        title, cited = Literal(row["title"], lang="fr"), plan.evidence(self._title)
        highest = max(self._numbers, default=None)
        block = Block(plan.iri).fact(RDF.type, BM.ActionPlan).fact(SKOS.prefLabel, title).fact(BM.highestNumber, Literal(highest) if highest else None)
        block.fact(DCTERMS.source, plan.source).cite(cited)
        text = Block(plan.source).fact(RDF.type, SCHEMA.CreativeWork, PROV.Entity).fact(SKOS.prefLabel, title)
        text.fact(BM.characterCount, Literal(row["characters"])).fact(SCHEMA.sha256, Literal(row["sha256"])).cite(cited)
        self.files["source/plan.ttl"] += [text, block]
        self.origins[plan.iri] = row
        if highest:
            self.files["source/niveaux.ttl"].append(Block(plan.scheme).fact(RDF.type, SKOS.ConceptScheme).fact(SKOS.prefLabel, title).fact(DCTERMS.isPartOf, plan.iri).cite(cited))
        if row["title_en"]:
            self.files["translation/plan.ttl"] += [Block(thing).fact(SKOS.prefLabel, Literal(row["title_en"], lang="en")) for thing in (plan.iri, plan.source)]
        if row["note"]:
            notes = [Literal(row["note"], lang="fr"), *([Literal(row["note_en"], lang="en")] if row["note_en"] else [])]
            self.files["editorial/notes.ttl"].append(Block(plan.iri).fact(RDFS.comment, *notes))
        if self._period and row["first_day"] and row["last_day"]:
            self._write_period(block)

    def _write_period(self, block: Block) -> None:
        row, plan = self._row, self.plan
        words, cited = Literal(row["period_words"], lang="fr"), plan.evidence(self._period)
        days = {TIME.hasBeginning: row["first_day"], TIME.hasEnd: row["last_day"]}
        instants = {bound: plan.of("instant", day.isoformat()) for bound, day in days.items()}
        interval = Block(plan.of("intervalle", "reunions")).fact(RDF.type, TIME.ProperInterval).fact(SKOS.prefLabel, words)
        for bound, day in days.items():
            interval.fact(bound, instants[bound])
            self.files["source/instants.ttl"].append(Block(instants[bound]).fact(RDF.type, TIME.Instant).fact(SKOS.prefLabel, words)
                                                     .fact(TIME.inXSDDate, Literal(day.isoformat(), datatype=XSD.date)).cite(cited))
        self.files["source/intervalles.ttl"].append(interval.cite(cited))
        block.claim((DCTERMS.temporal, (interval.thing,)), (BM.modality, (MODALITY.normalised,)), (BM.method, (METHOD["period-from-words"],)), (BM.asWritten, (words,)), cited)

    def _silences(self) -> None:
        """The numbers, from 1 to the highest, that no entry prints, each between the nearest that one does."""
        printed = sorted(self._numbers)
        for number in range(1, max(printed, default=0)):
            if number in self._numbers:
                continue
            near = [max((n for n in printed if n < number), default=None), min(n for n in printed if n > number)]
            near = [n for n in near if n]
            self.files["editorial/silences.ttl"].append(
                Block(self.plan.of("numero-non-imprime", number)).fact(RDF.type, OA.Annotation).fact(RDFS.label, Literal(f"n° {number}", lang="fr"), Literal(f"no. {number}", lang="en"))
                .fact(RDFS.comment, Literal(f"Le numéro {number} n’est pas imprimé ; les plus proches imprimés : {' et '.join(map(str, near))}.", lang="fr"),
                      Literal(f"The number {number} is not printed; the nearest printed: {' and '.join(map(str, near))}.", lang="en"))
                .fact(DCTERMS.type, *_UNPRINTED).fact(SCHEMA.value, Literal(number)).fact(OA.motivatedBy, OA.commenting).fact(OA.hasTarget, self.plan.iri)
                .cite(self.plan.evidence(*(self._numbers[n] for n in near))))
