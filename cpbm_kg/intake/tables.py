"""The CSV templates: which tables, which columns, what a cell holds, and an example row of each.

The one place that knows them: the templates, their README, the reader and its messages are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpbm_kg.errors import Message

TO_FILL = "À REMPLIR"
SEPARATOR = "|"  # between the things that a cell names
# What a concept's kind becomes: the namespace of its IRI and the file that holds it.
CONCEPT_KINDS = {"actor": "acteur", "object": "objet", "organisation": "organisation", "public": "public", "theme": "theme", "verb": "verbe"}
COMMUNE = "commune"
PLACE_KINDS = (COMMUNE, "equipement", "itineraire", "mairie", "salle-de-conseil", "salle-des-fetes", "siege-d-organisation", "site", "territoire")
MEETING_KINDS = ("workshop", "committee")


@dataclass(frozen=True)
class Column:
    """`type` is one of `reading.READERS`; `choices` close a list."""

    name: str
    type: str
    meaning: Message
    needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """`examples` are rows that `begin` writes behind a # sign; together they make a plan."""

    name: str
    title: Message
    columns: tuple[Column, ...]
    examples: tuple[dict[str, str], ...] = ()

    @property
    def file(self) -> str:
        return f"{self.name}.csv"


def _column(name: str, type: str, fr: str, en: str, needed: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, type, Message(fr, en), needed, choices)


_PASSAGE = _column("passage", "span", "où le texte l’imprime : 123-456, en caractères à partir de 0, fin exclue ; vide, les mots de « quote » sont cherchés dans le texte",
                   "where the text prints it: 123-456, in characters from 0, end exclusive; left empty, the words of \"quote\" are looked for in the text")
_QUOTE = _column("quote", "text", "les mots imprimés, lettre pour lettre ; les faits de la ligne y sont cherchés", "the printed words, letter by letter; the facts of the row are looked for in them")
_NAMED = (_column("label", "text", "nom, comme imprimé", "name, as printed", True), _column("label_en", "text", "notre traduction", "our translation"))
_ALSO = _column("also", "texts", "autres formes imprimées, séparées par |", "other printed forms, separated by |")


def _things(name: str, fr: str, en: str) -> Column:
    return _column(name, "references", f"{fr} : identifiants séparés par | ; identifiant=mots imprimés où le nom s’imprime autrement",
                   f"{en}: identifiers separated by |; identifier=printed words where the name is printed otherwise")


TABLES: dict[str, Table] = {table.name: table for table in (
    Table("plan", Message("Le plan et son texte : une ligne", "The plan and its text: one row"), (
        _column("slug", "slug", "segment d’IRI du plan : minuscules, chiffres, traits d’union", "IRI segment of the plan: lower case, digits, hyphens", True),
        _column("title", "text", "titre, comme imprimé", "title, as printed", True),
        _column("title_en", "text", "notre traduction", "our translation"),
        _column("note", "text", "note des éditeurs sur le plan", "note of the editors on the plan (in French)"),
        _column("note_en", "text", "la même en anglais", "the same in English"),
        _column("sha256", "digest", "empreinte du texte (new-plan --text l’écrit)", "digest of the text (new-plan --text writes it)", True),
        _column("characters", "integer", "nombre de caractères du texte", "number of characters of the text", True),
        _column("first_day", "date", "premier jour de la période des réunions : 2031-01-01", "first day of the period of the meetings: 2031-01-01"),
        _column("last_day", "date", "dernier jour de cette période", "last day of that period"),
        _column("period_words", "text", "mots imprimés qui disent cette période", "printed words that tell that period"),
        _column("period_passage", "span", "leur passage ; vide, les mots sont cherchés dans le texte", "their passage; left empty, the words are looked for in the text"),
        _column("time_zone", "text", "fuseau des heures imprimées", "time zone of the printed hours", True),
        _PASSAGE, _QUOTE)),
    Table("tiers", Message("Niveaux", "Tiers"), (
        _column("id", "slug", "identifiant", "identifier", True), *_NAMED, _PASSAGE, _QUOTE),
        ({"id": "prioritaires", "label": "Les actions prioritaires", "label_en": "The priority actions", "quote": "Les actions prioritaires"},)),
    Table("axes", Message("Axes, dans l’ordre imprimé de leur niveau", "Axes, in the printed order of their tier"), (
        _column("tier", "slug", "identifiant du niveau", "identifier of the tier", True),
        _column("rank", "integer", "rang dans le niveau, à partir de 1", "rank in the tier, from 1", True), *_NAMED, _PASSAGE, _QUOTE),
        ({"tier": "prioritaires", "rank": "1", "label": "Relier les communes", "label_en": "Connect the municipalities", "quote": "1 Relier les communes"},)),
    Table("actions", Message("Actions : une ligne par numéro imprimé", "Actions: a row for each printed number"), (
        _column("number", "integer", "numéro imprimé", "printed number", True), *_NAMED,
        _column("axis", "slug", "niveau et rang de l’axe : prioritaires-1", "tier and rank of the axis: prioritaires-1", True),
        _things("verbs", "ce que l’action fait", "what the action does"), _things("objects", "ce sur quoi elle porte", "what it acts on"),
        _things("places", "lieux nommés", "places named"), _things("actors", "organisations et acteurs nommés", "organisations and actors named"),
        _things("publics", "destinataires nommés", "publics named"),
        _column("theme", "slug", "thème que nous lui suggérons (conjecture)", "theme that we suggest for it (conjecture)"), _PASSAGE,
        _column("quote", "text", "l’entrée imprimée entière, du mot qui précède son numéro à sa fin", "the whole printed entry, from the word before its number to its end")),
        ({"number": "1", "label": "Ouvrir un sentier à Lens avec la CCI Artois", "label_en": "Open a path in Lens with the CCI Artois", "axis": "prioritaires-1", "verbs": "ouvrir",
          "objects": "sentier", "places": "lens=à Lens", "actors": "cci-artois", "theme": "transport-et-mobilite", "quote": "Action n°1 Ouvrir un sentier à Lens avec la CCI Artois"},)),
    Table("meetings", Message("Réunions : ateliers et comités", "Meetings: workshops and committees"), (
        _column("kind", "slug", "genre", "kind", True, MEETING_KINDS),
        _column("rank", "integer", "rang (pour un atelier, dans son thème)", "rank (of a workshop, within its theme)", True),
        _column("theme", "slug", "thème de l’atelier", "theme of the workshop"), *_NAMED,
        _column("title", "text", "titre ou question, comme imprimé", "title or question, as printed"),
        _column("date", "date", "jour : 2031-05-22", "day: 2031-05-22", True),
        _column("start", "time", "début, heure locale : 18:00 (un atelier en a un)", "start, local time: 18:00 (a workshop has one)"),
        _column("end", "time", "fin, heure locale", "end, local time"),
        _column("date_words", "text", "jour et heures, comme imprimés", "day and hours, as printed", True),
        _column("place", "references", "lieu : identifiant, ou identifiant=mots imprimés", "venue: identifier, or identifier=printed words"), _PASSAGE, _QUOTE),
        ({"kind": "workshop", "rank": "1", "theme": "transport-et-mobilite", "label": "1er Atelier Transport et mobilité", "label_en": "1st Workshop Transport and mobility",
          "date": "2031-05-22", "start": "18:00", "end": "20:00", "date_words": "Jeudi 22 mai 2031 - 18h à 20h", "place": "lens",
          "quote": "1er Atelier Transport et mobilité - Jeudi 22 mai 2031 - 18h à 20h - Lens"},)),
    Table("places", Message("Lieux que le plan nomme ; partagés entre les plans", "Places that the plan names; shared between plans"), (
        _column("id", "slug", "identifiant, le même dans tous les plans", "identifier, the same in all plans", True),
        _column("kind", "slug", "genre", "kind", True, PLACE_KINDS), *_NAMED, _ALSO,
        _column("within", "slug", "lieu qui le contient (la commune d’une salle)", "place that contains it (the municipality of a room)"), _PASSAGE, _QUOTE),
        ({"id": "lens", "kind": COMMUNE, "label": "Lens", "label_en": "Lens"},)),
    Table("concepts", Message("Ce que les actions et réunions nomment d’autre ; partagé entre les plans", "What else actions and meetings name; shared between plans"), (
        _column("kind", "slug", "genre", "kind", True, tuple(CONCEPT_KINDS)),
        _column("id", "slug", "identifiant, le même dans tous les plans", "identifier, the same in all plans", True), *_NAMED, _ALSO, _PASSAGE, _QUOTE),
        ({"kind": "theme", "id": "transport-et-mobilite", "label": "Transport et mobilité", "label_en": "Transport and mobility"},
         {"kind": "verb", "id": "ouvrir", "label": "Ouvrir", "label_en": "open"},
         {"kind": "object", "id": "sentier", "label": "sentier", "label_en": "path"},
         {"kind": "organisation", "id": "cci-artois", "label": "CCI Artois", "label_en": "CCI Artois"})),
)}
