"""The command line: `cpbm-kg VERB`. Each verb is one function that returns an exit code (errors.py has the table)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cpbm_kg import __version__
from cpbm_kg.errors import CpbmError, Message, UnreadableError, UsageError, ViolationError
from cpbm_kg.findings import Severity, gravest
from cpbm_kg.settings import TABLE, Settings

# The verbs import what they need when they run: `serve` must not pay for the validator, nor `--help` for anything.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; errors become one clear message on stderr and their exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # messages are French, whatever the terminal's locale
    language = os.environ.get(TABLE["language"].variable) or TABLE["language"].default
    try:
        settings = Settings.read()
        options = _parser(settings.language).parse_args(arguments)
        code = options.verb(options, settings)
        sys.stdout.flush()
        return code
    except ViolationError as error:
        from cpbm_kg import reports

        if error.findings:
            print(reports.text(error.findings, language))
        print(error.explain(language), file=sys.stderr)
        return error.exit_code
    except CpbmError as error:
        print(error.explain(language), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def build(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import pipeline, reports

    release, findings = pipeline.build(_profiles(options), options.release, settings.source_text)
    if findings:
        print(reports.text(findings, settings.language))
    triples = sum(release.manifest["triples"].values())
    print(Message(f"version {release.version} écrite dans {release.folder} : {triples} triplets",
                  f"release {release.version} written to {release.folder}: {triples} triples").within(settings.language))
    return 0


def check(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import pipeline, reports

    dataset, findings = pipeline.judge(_profiles(options), settings.source_text)
    if not options.plan:  # the expected answers are those of our own plan
        findings += pipeline.judge_questions(dataset)
    if settings.source_text is None:
        print(Message("CPBM_SOURCE_TEXT est vide : les citations sont tenues à leurs empreintes, le texte n'est pas relu",
                      "CPBM_SOURCE_TEXT is empty: quotes are held to their digests, the text is not read again").within(settings.language), file=sys.stderr)
    print(reports.text(findings, settings.language))
    return 1 if gravest(findings) is Severity.VIOLATION else 0


def passages(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import pipeline

    for profile in _profiles(options):
        path, count = pipeline.record_passages(profile, settings.source_text)
        print(Message(f"{count} passages relevés dans {path}", f"{count} passages recorded in {path}").within(settings.language))
    return 0


def coverage(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import pipeline, reports
    from cpbm_kg.coverage import measure

    dataset, _ = pipeline.derive(_profiles(options))
    if options.questions:
        from cpbm_kg import exercises

        terms = exercises.measure(dataset, pipeline.questions()[0], exercises.reasons(pipeline.QUESTIONS_FOLDER / exercises.REASONS))
        print(exercises.text(terms, settings.language, options.gaps))
        return 0 if all(term.explained for term in terms) else 1
    print(reports.coverage(measure(dataset), settings.language, options.gaps))
    return 0


def serve(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import serving

    chosen = {name: value for name in ("host", "port", "data", "release") if (value := getattr(options, name, None)) is not None}
    # Workers are processes of their own and read the environment.
    os.environ.update({TABLE[name].variable: str(value) for name, value in chosen.items()})
    return serving.run(Settings.read())


def reload(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import serving

    served = serving.reload(settings)
    print(Message(f"le service donne maintenant la version {served}", f"the service now gives release {served}").within(settings.language))
    return 0


def answers(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import pipeline
    from cpbm_kg.answers import difference, update

    dataset, _ = pipeline.derive()
    engine, changed = pipeline.engine_of(dataset), 0
    for contract in pipeline.questions()[0]:
        if text := difference(engine, contract):
            changed += 1
            print(text, end="")
            if options.update:
                update(engine, contract)
    print(Message(f"{changed} réponse(s) diffèrent{', réécrites : relisez-les' if options.update and changed else ''}",
                  f"{changed} answer(s) differ{', rewritten: review them' if options.update and changed else ''}").within(settings.language))
    return 1 if changed and not options.update else 0


def query(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import contracts, media
    from cpbm_kg.engine import Query
    from cpbm_kg.engine.memory import MemoryEngine
    from cpbm_kg.release import open_release

    release = open_release(options.release)
    engine = MemoryEngine.of_release(release.folder, settings.answer_bytes)
    published = contracts.of_release(release.folder).get(options.query)
    if published is not None:
        sys.stdout.buffer.write(_published(published, options, engine, release.id))
        return 0
    if options.param:
        raise UsageError(Message("--param ne va qu'avec une question publiée", "--param only goes with a published question"),
                         Message("donnez le nom d'une question de queries/", "give the name of a question of queries/"), options.query)
    formats = {form: media.named(options.format, offered) if options.format else offered[0] for form, offered in media.OFFERED.items()}
    if options.format is None:
        formats[media.Form.SELECT] = media.CSV
    sys.stdout.buffer.write(engine.answer(Query(_query_text(options.query)), formats).body)
    return 0


def _published(contract, options: argparse.Namespace, engine, version: str) -> bytes:
    """The answer to a published question with the values of `--param`."""
    from cpbm_kg import asking, media, tables

    given: dict[str, list[str]] = {}
    for pair in options.param:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(Message(f"--param {pair} n'a pas de « = »", f"--param {pair} has no \"=\""),
                             Message("écrivez --param nom=valeur", "write --param name=value"))
        given.setdefault(name, []).append(value)
    offered = tables.offered(contract)
    chosen = options.format or ("csv" if media.CSV in offered else offered[0].name)
    format = media.named(chosen, offered)
    if format is None:
        raise UsageError(Message(f"cette question ne se donne pas en {chosen}", f"this question is not given as {chosen}"),
                         Message("donnez " + ", ".join(f.name for f in offered), "give " + ", ".join(f.name for f in offered)))
    return tables.answer(engine, asking.read(contract, given), format, version)


def _query_text(name: str) -> str:
    """The text of a file, or of standard input ("-")."""
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnreadableError(
            Message("ni une question publiée ni un fichier lisible", "neither a published question nor a readable file"),
            Message("donnez le nom d'une question, un fichier .rq, ou - pour l'entrée standard",
                    "give the name of a question, a .rq file, or - for standard input"), name) from None


def _profiles(options: argparse.Namespace) -> list[Path]:
    from cpbm_kg import pipeline

    return [path.resolve() for path in options.plan] if options.plan else list(pipeline.DEFAULT_PROFILES)


def _parser(language: str) -> argparse.ArgumentParser:
    def say(fr: str, en: str) -> str:
        return Message(fr, en).within(language)

    parser = argparse.ArgumentParser(
        prog="cpbm-kg", formatter_class=argparse.RawDescriptionHelpFormatter,
        description=say("Le plan d'actions de 2013 du Bassin minier comme graphe de connaissances.",
                        "The 2013 action plan of the coal basin as a knowledge graph."),
        epilog=say("Réglages (variables d'environnement) :\n", "Settings (environment variables):\n")
        + "\n".join(f"  {row.variable:<18} {row.help.within(language)} [{row.default}]" for row in TABLE.values())
        + say("\n\nCommencez par : cpbm-kg build && cpbm-kg serve", "\n\nStart with: cpbm-kg build && cpbm-kg serve"))
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(function, fr: str, en: str, plans: bool = False) -> argparse.ArgumentParser:
        sub = verbs.add_parser(function.__name__, help=say(fr, en), description=say(fr, en))
        sub.set_defaults(verb=function)
        if plans:
            sub.add_argument("--plan", action="append", type=Path, metavar="DIR",
                             help=say("dossier d'un plan, répétable [data]", "folder of a plan, repeatable [data]"))
        return sub

    release = Settings.read().release
    sub = verb(build, "juger les données et en faire une version publiée", "judge the data and freeze them into a release", plans=True)
    sub.add_argument("--release", type=Path, default=release, metavar="DIR", help=say("où l'écrire", "where to write it"))
    verb(check, "juger les données : 0 rien, 1 violation, 2 usage, 3 fichier illisible",
         "judge the data: 0 clean, 1 violation, 2 usage, 3 unreadable file", plans=True)
    verb(passages, "relever les citations des passages dans le texte (CPBM_SOURCE_TEXT)",
         "record the quotes of passages from the text (CPBM_SOURCE_TEXT)", plans=True)
    sub = verb(coverage, "dire, phrase par phrase, ce qui repose sur le texte", "say, sentence by sentence, what rests on the text", plans=True)
    sub.add_argument("--questions", action="store_true", help=say("dire plutôt quels termes de l'ontologie les questions exercent", "say instead which terms of the ontology the questions exercise"))
    sub.add_argument("--gaps", action="store_true", help=say("seulement ce qui n'est pas couvert", "only what is not covered"))
    sub = verb(serve, "répondre en SPARQL et donner les fichiers, sur HTTP", "answer SPARQL and hand out the files, over HTTP")
    sub.add_argument("--host", help=TABLE["host"].help.within(language))
    sub.add_argument("--port", type=int, help=TABLE["port"].help.within(language))
    sub.add_argument("--data", type=Path, metavar="FILE", help=TABLE["data"].help.within(language))
    sub.add_argument("--release", type=Path, metavar="DIR", help=TABLE["release"].help.within(language))
    verb(reload, "faire prendre au service la version qui vient d'être écrite", "have the service take the release that has just been written")
    sub = verb(answers, "comparer les réponses des questions à celles attendues, et montrer la différence",
               "compare the answers to the questions with those expected, and show the difference")
    sub.add_argument("--update", action="store_true", help=say("réécrire les réponses attendues", "rewrite the expected answers"))
    sub = verb(query, "répondre à une question sans serveur", "answer a question without a server")
    sub.add_argument("query", help=say("question de queries/, fichier .rq, ou -", "question of queries/, .rq file, or -"))
    sub.add_argument("--format", help="csv tsv json rows geojson xml · ttl nt jsonld rdf")
    sub.add_argument("--param", action="append", default=[], metavar="NAME=VALUE",
                     help=say("valeur d'un paramètre de la question, répétable (limit et offset aussi)", "value of a parameter of the question, repeatable (limit and offset too)"))
    sub.add_argument("--release", type=Path, default=release, metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
