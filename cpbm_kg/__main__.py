"""The command line: `cpbm-kg VERB`. Each verb is one function that returns an exit code (errors.py has the table)."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cpbm_kg.commandline import parser
from cpbm_kg.errors import CpbmError, Message, Place, QuerySyntaxError, UnreadableError, UsageError, ViolationError, shown
from cpbm_kg.findings import Severity
from cpbm_kg.settings import TABLE, Settings

RARELY = (200_000, 20, 1000)  # thresholds of the collector: objects, and rounds of the younger generation

# The verbs import what they need when they run: `serve` must not pay for the validator, nor `--help` for anything.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; errors become one clear message on stderr and their exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # messages are French, whatever the terminal's locale
    language = os.environ.get(TABLE["language"].variable) or TABLE["language"].default
    try:
        settings = Settings.read()
        options = parser(VERBS, settings.language, settings.release).parse_args(arguments)
        language = getattr(options, "lang", None) or settings.language
        if options.verb is not serve:  # a command is over soon: to look for cycles took a third of its time (measured on 12 plans)
            gc.set_threshold(*RARELY)
        code = options.verb(options, settings)
        sys.stdout.flush()
        return code
    except ViolationError as error:
        from cpbm_kg import reports

        if error.findings:
            print(reports.findings_text(error.findings, language))
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
        print(reports.findings_text(findings, settings.language))
    triples = sum(release.manifest["triples"].values())
    print(Message(f"version {release.version} écrite dans {release.folder} : {triples} triplets",
                  f"release {release.version} written to {release.folder}: {triples} triples").within(settings.language))
    return 0


def release(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import releasing

    done = releasing.release(options.version, options.date, options.release, settings.source_text)
    print(Message(f"version {done.release.id} publiée dans {done.release.folder}", f"release {done.release.id} published in {done.release.folder}").within(settings.language))
    if done.previous:
        print(Message(f"{done.previous.id} reste à côté ; ce qui change : {done.notes}", f"{done.previous.id} stays beside it; what changes: {done.notes}").within(settings.language))
    return 0


def freeze(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg.web import freezing
    from cpbm_kg.release import open_release

    count = freezing.freeze(open_release(options.release), options.folder, settings)
    print(Message(f"{count} fichiers dans {options.folder / freezing.SITE}, pour {settings.public_url} ; réglages de nginx à côté",
                  f"{count} files in {options.folder / freezing.SITE}, for {settings.public_url}; settings of nginx beside it").within(settings.language))
    return 0


def check(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import checking, reports
    from cpbm_kg.reports import github

    language = options.lang or settings.language
    outcome = checking.check(checking.Request(
        profiles=tuple(_profiles(options)), paths=tuple(options.paths), stdin=sys.stdin.buffer.read() if checking.STDIN in options.paths else b"",
        stdin_path=options.stdin_path, changed=options.changed, source_text=settings.source_text))
    for note in (*outcome.notes, *_about_check(settings, outcome.elsewhere)):
        print(note.within(language), file=sys.stderr)
    print(reports.WRITERS[options.format](outcome.findings, language))
    if options.sarif:
        _write(reports.WRITERS["sarif"](outcome.findings, language), options.sarif)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf-8") as file:
            file.write(github.step_summary(outcome.findings, language))
    return outcome.exit_code(Severity.WARNING if options.fail_on == "warning" else Severity.VIOLATION)


def _about_check(settings: Settings, elsewhere: int) -> list[Message]:
    notes = []
    if settings.source_text is None:
        notes.append(Message("CPBM_SOURCE_TEXT est vide : les citations sont tenues à leurs empreintes, le texte n'est pas relu",
                             "CPBM_SOURCE_TEXT is empty: quotes are held to their digests, the text is not read again"))
    if elsewhere:
        notes.append(Message(f"{elsewhere} autre(s) constat(s) dans d'autres fichiers : lancez « cpbm-kg check » sans chemin",
                             f"{elsewhere} more finding(s) in other files: run \"cpbm-kg check\" without a path"))
    return notes


def _write(text: str, path: Path) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(Message(f"ce fichier ne peut être écrit ({error.strerror})", f"this file cannot be written ({error.strerror})"),
                         Message("choisissez-en un autre", "choose another"), path) from None


def fmt(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import formatting

    language = options.lang or settings.language
    if options.paths == [formatting.STDIN]:
        sys.stdout.buffer.write(formatting.laid_out_stdin(sys.stdin.buffer.read()).encode())
        return 0
    differing = formatting.differing(options.paths)
    for path, text in differing:
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="")
        print(Message(f"{path} : {'à remettre en page' if options.check else 'remis en page'}", f"{path}: {'to lay out' if options.check else 'laid out'}").within(language))
    return int(bool(differing) and options.check)


def rules(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import pipeline, rulebook

    sys.stdout.write(rulebook.markdown(pipeline.all_rules()))
    return 0


def diff(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import comparison, pipeline, states
    from cpbm_kg.reports import difference

    language = options.lang or settings.language
    with states.opened(options.old) as old, states.opened(options.new) as new:
        found = comparison.compare(old.state, new.state)
        answers = states.answer_changes(old, new, pipeline.QUESTIONS_FOLDER) if options.answers else []
    if options.format == "turtle":
        print(difference.turtle(found))
    else:
        write = difference.markdown if options.format == "markdown" else difference.text
        print(write(found, old.state, new.state, answers, language))
    return 0


def new(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import dataset, drafting, pipeline

    profile = options.plan.resolve() if options.plan else pipeline.DEFAULT_PROFILES[0]
    drafts = drafting.action(dataset.read(pipeline.ONTOLOGY_FOLDER, (profile,)), options.number)
    for draft in drafts:
        if options.append:
            draft.file.write_text(drafting.insert(draft), encoding="utf-8", newline="")
            print(Message(f"{draft.thing} ajouté à {draft.file}", f"{draft.thing} added to {draft.file}").within(settings.language))
        else:
            print(f"# {shown(draft.file)}", *(f"# {demand.within(settings.language)}" for demand in draft.demands), draft.text, sep="\n")
    return 0


def new_plan(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import planning

    print(planning.begin(options.folder, options.slug, options.title, options.text).within(settings.language))
    return 0


def from_csv(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import planning

    print(planning.convert(options.folder, _profiles(options), options.text).within(settings.language))
    return 0


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

    chosen = {name: value for name in ("host", "port", "store", "data", "release") if (value := getattr(options, name, None)) is not None}
    # Workers are processes of their own and read the environment.
    os.environ.update({TABLE[name].variable: str(value) for name, value in chosen.items()})
    return serving.run(Settings.read())


def reload(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import serving

    served = serving.reload(settings)
    print(Message(f"le service donne maintenant la version {served}", f"the service now gives release {served}").within(settings.language))
    return 0


def push(options: argparse.Namespace, settings: Settings) -> int:
    from cpbm_kg import pushing
    from cpbm_kg.engine.marker import filled
    from cpbm_kg.release import open_release

    release = open_release(options.release)
    url, update = (address and filled(address, release.id) for address in (options.url, options.update))
    done = pushing.push(release, pushing.GraphStore(url, update, settings.store_login))
    print((Message(f"version {release.id} chargée dans {url}", f"release {release.id} loaded into {url}") if done
           else Message(f"{url} tient déjà la version {release.id}", f"{url} holds release {release.id} already")).within(settings.language))
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
    elif not any(formats.values()):
        raise UsageError(Message(f"format inconnu : {options.format}", f"unknown format: {options.format}"),
                         Message("donnez csv, tsv, json, xml (tables) ou ttl, nt, jsonld, rdf (graphes)", "give csv, tsv, json, xml (tables) or ttl, nt, jsonld, rdf (graphs)"))
    try:
        sys.stdout.buffer.write(engine.answer(Query(_query_text(options.query)), formats).body)
    except QuerySyntaxError as error:
        error.place = Place(options.query, error.line, error.column)
        raise
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


VERBS = {function.__name__.replace("_", "-"): function for function in (
    build, release, freeze, check, fmt, diff, new, new_plan, from_csv, rules, passages, coverage, answers, query, serve, reload, push)}


if __name__ == "__main__":
    sys.exit(main())
