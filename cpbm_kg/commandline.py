"""The words of the command line: verbs, options, help and refusals, in the reader's language. What a verb does is `__main__`'s.

argparse speaks English; its refusals are put into French here, since a message that half its readers cannot read is none.
"""

from __future__ import annotations

import argparse
import datetime
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from cpbm_kg import __version__
from cpbm_kg.errors import Message, UsageError
from cpbm_kg.settings import TABLE

FORMATS = ("text", "github", "sarif", "json")

# argparse's own words (Python 3.11-3.14) and what they mean.
_REFUSALS: tuple[tuple[str, str], ...] = (
    (r"the following arguments are required: (?P<what>.*)", "il manque : {what}"),
    (r"unrecognized arguments: (?P<what>.*)", "inconnu : {what}"),
    (r"argument (?P<of>.*?): invalid choice: (?P<what>\S+) \(choose from (?P<among>.*)\)", "{of} : {what} n’est pas l’un de {among}"),
    (r"argument (?P<of>.*?): invalid \S+ value: (?P<what>.*)", "{of} : {what} n’est pas une valeur possible"),
    (r"argument (?P<of>.*?): expected (?:one|at least one) argument", "{of} : il manque une valeur"),
    (r"argument (?P<of>.*?): not allowed with argument (?P<what>.*)", "{of} ne va pas avec {what}"),
    (r"ambiguous option: (?P<what>.*?) could match (?P<among>.*)", "{what} peut vouloir dire {among}"),
)


class Parser(argparse.ArgumentParser):
    """An argparse parser that refuses by UsageError and has its own words in French and English."""

    language = "fr"

    def __init__(self, **options):
        super().__init__(add_help=False, formatter_class=_Formatter, **options)
        self._positionals.title = _say("arguments", "arguments")
        self._optionals.title = _say("options", "options")
        self.add_argument("-h", "--help", action="help", help=_say("montrer cette aide", "show this help"))

    def error(self, message: str) -> NoReturn:
        usage = self.format_usage().strip()
        raise UsageError(Message(_in_french(message), message), Message(usage, usage))


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, _say("usage : ", "usage: ") if prefix is None else prefix)


def _in_french(message: str) -> str:
    for pattern, words in _REFUSALS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return words.format(**found.groupdict())
    return message


def _say(fr: str, en: str) -> str:
    return Message(fr, en).within(Parser.language)


def parser(verbs: Mapping[str, Callable], language: str, release: Path) -> Parser:
    """The command line; `verbs` gives the function of each verb, which the parsed options carry as `verb`."""
    Parser.language = language
    top = Parser(
        prog="cpbm-kg",
        description=_say("Le plan d'actions de 2013 du Bassin minier comme graphe de connaissances.",
                         "The 2013 action plan of the coal basin as a knowledge graph."),
        epilog=_say("Réglages (variables d'environnement) :\n", "Settings (environment variables):\n")
        + "\n".join(f"  {row.variable:<18} {row.help.within(language)} [{row.default}]" for row in TABLE.values())
        + _say("\n\nCommencez par : cpbm-kg build && cpbm-kg serve", "\n\nStart with: cpbm-kg build && cpbm-kg serve"))
    top.add_argument("--version", action="version", version=__version__, help=_say("montrer la version", "show the version"))
    room = top.add_subparsers(required=True, metavar="VERB", title=_say("verbes", "verbs"), parser_class=Parser)
    for name, (describe, fr, en) in _VERBS.items():
        sub = room.add_parser(name, help=_say(fr, en), description=_say(fr, en))
        sub.set_defaults(verb=verbs[name], release=release)
        describe(sub)
    return top


# --- one function a verb: its options ----------------------------------------------------------------------------

def _plans(sub: Parser) -> None:
    sub.add_argument("--plan", action="append", type=Path, metavar="DIR", help=_say("dossier d'un plan, répétable [data]", "folder of a plan, repeatable [data]"))


def _release(sub: Parser, fr: str, en: str) -> None:
    sub.add_argument("--release", type=Path, default=sub.get_default("release"), metavar="DIR", help=_say(fr, en))


def _language(sub: Parser) -> None:
    sub.add_argument("--lang", choices=("fr", "en"), help=TABLE["language"].help.within(Parser.language))


def _build(sub: Parser) -> None:
    _plans(sub)
    _release(sub, "où l'écrire", "where to write it")


def _publish(sub: Parser) -> None:
    sub.add_argument("version", metavar="VERSION", help=_say("trois nombres, plus hauts que ceux d'aujourd'hui : 1.2.0", "three numbers, higher than today's: 1.2.0"))
    sub.add_argument("--date", type=datetime.date.fromisoformat, default=datetime.date.today(), metavar="AAAA-MM-JJ", help=_say("sa date [aujourd'hui]", "its date [today]"))
    _release(sub, "où l'écrire ; la version qui s'y trouve est gardée", "where to write it; the release that is there is kept")


def _check(sub: Parser) -> None:
    _plans(sub)
    sub.add_argument("paths", nargs="*", metavar="PATH", help=_say(
        "fichiers ou dossiers dont montrer les constats, - pour l'entrée standard [tout]",
        "files or folders to show the findings of, - for standard input [everything]"))
    sub.add_argument("--stdin-path", type=Path, metavar="FILE", help=_say(
        "fichier dont l'entrée standard est le nouvel état", "file that standard input is a new state of"))
    sub.add_argument("--changed", nargs="?", const="HEAD", metavar="REV", help=_say("ne juger que ce qu'un changement depuis REV [HEAD] peut toucher",
                                                                                  "judge only what a change since REV [HEAD] can affect"))
    sub.add_argument("--format", choices=FORMATS, default="text", help=_say("forme du rapport [text]", "form of the report [text]"))
    sub.add_argument("--sarif", type=Path, metavar="FILE", help=_say("écrire aussi les constats en SARIF dans un fichier", "write the findings as SARIF to a file too"))
    sub.add_argument("--fail-on", choices=("violation", "warning"), default="violation", help=_say("gravité à partir de laquelle le code est 1 [violation]",
                                                                                                   "severity from which the exit code is 1 [violation]"))
    _language(sub)


def _passages(sub: Parser) -> None:
    _plans(sub)


def _coverage(sub: Parser) -> None:
    _plans(sub)
    sub.add_argument("--questions", action="store_true", help=_say("dire plutôt quels termes de l'ontologie les questions exercent",
                                                                   "say instead which terms of the ontology the questions exercise"))
    sub.add_argument("--gaps", action="store_true", help=_say("seulement ce qui n'est pas couvert", "only what is not covered"))


def _fmt(sub: Parser) -> None:
    sub.add_argument("paths", nargs="*", metavar="PATH", help=_say("fichiers ou dossiers, - pour l'entrée standard [data ontology queries]",
                                                                  "files or folders, - for standard input [data ontology queries]"))
    sub.add_argument("--check", action="store_true", help=_say("ne rien écrire ; code 1 si une disposition diffère", "write nothing; exit code 1 if a layout differs"))
    _language(sub)


def _diff(sub: Parser) -> None:
    sub.add_argument("old", metavar="OLD", help=_say("dossier d'une version, fichier RDF ou révision de git", "folder of a release, RDF file or git revision"))
    sub.add_argument("new", metavar="NEW", help=_say("de même", "likewise"))
    sub.add_argument("--format", choices=("text", "turtle", "markdown"), default="text", help=_say("forme du rapport [text]", "form of the report [text]"))
    sub.add_argument("--answers", action="store_true", help=_say("aussi les réponses des questions publiées", "the answers of the published questions too"))
    _language(sub)


def _new(sub: Parser) -> None:
    sub.add_argument("kind", choices=("action",), help=_say("genre de chose", "kind of thing"))
    sub.add_argument("--number", type=int, metavar="N", help=_say("numéro [le premier libre]", "number [the first free one]"))
    sub.add_argument("--append", action="store_true", help=_say("l'écrire dans le fichier, à sa place, plutôt que de le montrer",
                                                                "write it into the file, in its place, rather than show it"))
    sub.add_argument("--plan", type=Path, metavar="DIR", help=_say("dossier du plan [data]", "folder of the plan [data]"))


def _text(sub: Parser) -> None:
    sub.add_argument("--text", type=Path, metavar="FILE", help=_say("le texte du plan, en UTF-8", "the text of the plan, in UTF-8"))


def _new_plan(sub: Parser) -> None:
    sub.add_argument("folder", type=Path, metavar="DIR", help=_say("dossier du plan, à créer", "folder of the plan, to be made"))
    sub.add_argument("--slug", help=_say("segment d'IRI [le nom du dossier]", "IRI segment [the name of the folder]"))
    sub.add_argument("--title", help=_say("titre imprimé", "printed title"))
    _text(sub)


def _from_csv(sub: Parser) -> None:
    sub.add_argument("folder", type=Path, metavar="DIR", help=_say("dossier du plan, avec ses tables dans csv/", "folder of the plan, with its tables in csv/"))
    _plans(sub)
    _text(sub)


def _nothing(sub: Parser) -> None:
    """No option."""


def _answers(sub: Parser) -> None:
    sub.add_argument("--update", action="store_true", help=_say("réécrire les réponses attendues", "rewrite the expected answers"))


def _serve(sub: Parser) -> None:
    for name, options in (("host", {}), ("port", {"type": int}), ("store", {}), ("data", {"type": Path, "metavar": "FILE"}), ("release", {"type": Path, "metavar": "DIR"})):
        sub.add_argument(f"--{name}", help=TABLE[name].help.within(Parser.language), default=None, **options)


def _freeze(sub: Parser) -> None:
    sub.add_argument("folder", type=Path, metavar="DIR", help=_say("dossier absent ou vide", "absent or empty folder"))
    _release(sub, "version à figer", "release to freeze")


def _query(sub: Parser) -> None:
    sub.add_argument("query", help=_say("question de queries/, fichier .rq, ou -", "question of queries/, .rq file, or -"))
    sub.add_argument("--format", help="csv tsv json rows geojson xml · ttl nt jsonld rdf")
    sub.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help=_say(
        "valeur d'un paramètre de la question, répétable (limit et offset aussi)", "value of a parameter of the question, repeatable (limit and offset too)"))
    _release(sub, "version à interroger", "release to query")


def _push(sub: Parser) -> None:
    sub.add_argument("url", metavar="URL", help=_say("adresse de ses graphes (Graph Store Protocol) ; {release} y tient la place de la version",
                                                     "address of its graphs (Graph Store Protocol); {release} in it stands for the release"))
    sub.add_argument("--update", metavar="URL", help=_say("adresse de ses mises à jour : la version remplace d'un coup celle qui répond",
                                                          "address of its updates: the release replaces the one that answers in one go"))
    _release(sub, "version à charger", "release to load")


_VERBS: dict[str, tuple[Callable[[Parser], None], str, str]] = {
    "build": (_build, "juger les données et en faire une version publiée", "judge the data and freeze them into a release"),
    "release": (_publish, "publier une version : la juger, l'écrire partout, la figer, en dire les changements",
                "publish a version: judge it, write it everywhere, freeze it, say what changes"),
    "check": (_check, "juger les données : 0 rien, 1 violation, 2 usage, 3 fichier illisible", "judge the data: 0 clean, 1 violation, 2 usage, 3 unreadable file"),
    "fmt": (_fmt, "mettre les fichiers Turtle et les questions dans leur disposition", "put Turtle files and questions into their layout"),
    "diff": (_diff, "dire, chose par chose, ce qui change entre deux états", "say, thing by thing, what changes between two states"),
    "new": (_new, "écrire un bloc prêt à remplir", "write a block ready to fill in"),
    "new-plan": (_new_plan, "commencer un autre plan : des tables CSV à remplir", "begin another plan: CSV tables to fill in"),
    "from-csv": (_from_csv, "écrire le Turtle d'un plan à partir de ses tables CSV", "write the Turtle of a plan from its CSV tables"),
    "rules": (_nothing, "montrer toutes les règles (docs/rules.md)", "show all rules (docs/rules.md)"),
    "passages": (_passages, "relever les citations des passages dans le texte (CPBM_SOURCE_TEXT)", "record the quotes of passages from the text (CPBM_SOURCE_TEXT)"),
    "coverage": (_coverage, "dire, phrase par phrase, ce qui repose sur le texte", "say, sentence by sentence, what rests on the text"),
    "answers": (_answers, "comparer les réponses des questions à celles attendues, et montrer la différence",
                "compare the answers to the questions with those expected, and show the difference"),
    "query": (_query, "répondre à une question sans serveur", "answer a question without a server"),
    "serve": (_serve, "répondre en SPARQL et donner les fichiers, sur HTTP", "answer SPARQL and hand out the files, over HTTP"),
    "freeze": (_freeze, "écrire tout le site en fichiers, pour n'importe quel serveur web (son adresse : CPBM_PUBLIC_URL)",
               "write the whole site as files, for any web server (its address: CPBM_PUBLIC_URL)"),
    "reload": (_nothing, "faire prendre au service la version qui vient d'être écrite", "have the service take the release that has just been written"),
    "push": (_push, "charger une version dans un serveur SPARQL (CPBM_STORE_LOGIN)", "load a release into a SPARQL server (CPBM_STORE_LOGIN)"),
}
