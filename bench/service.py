"""The service beside its peers, in one interleaved run on one machine: throughput, hop, start, and under attack.

    python bench/service.py [--quick] [--port PORT] [--hostile FOLDER]

Servers take turns in every round; figures are medians over the rounds, ratios the median of the rounds' ratios. On a
machine that does other work a server of several processes gets more than its share: the ratio by processor time then
tells more, and the share of other work is a row of its own. A peer that cannot be started is said and absent. A full run (under 20 minutes) writes `bench/results/service*.csv`; --quick
is one short round of everything. Exit 1 where the servers' answers differ or a request failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import generate
import inside
import load
import report
from cpbm_kg.release import Release, open_release
from cpbm_kg.settings import ROOT, Settings
from peers import OURS, Peer, started
from questions import Questions
from report import Samples, Target

TRIPLES = 100_000
RDFLIB, VIRTUOSO, OXIGRAPH, NGINX = "rdflib-endpoint", "virtuoso", "oxigraph", "nginx"
CACHED, POINTS, MIX = "cached answer", "point queries, all different", "six shapes, all different"
HOP, START = "worker hop", "start to first answer"
OTHERS, ELSEWHERE, MOST_ELSEWHERE = "processors taken", "other work on the machine", 5
HONEST = "honest star query, {}"
CALM, SPREAD, ONE, SLOW = "alone", "beside 20 hostile clients", "beside 20 hostile clients of one address", "beside 200 slow connections"
TARGETS = [
    Target(CACHED, OURS, RDFLIB, least=30), Target(CACHED, OURS, NGINX, least=0.25),
    Target(POINTS, OURS, RDFLIB, least=10), Target(POINTS, OURS, VIRTUOSO, least=3),
    Target(MIX, OURS, RDFLIB, least=20), Target(MIX, OURS, VIRTUOSO, least=2.5),
    Target(HOP, OURS, most=100), Target(START, OURS, most=1),
    Target(HONEST.format("p99"), SPREAD, most=100), Target(HONEST.format("p99"), ONE, most=100),
    Target(HONEST.format("refused"), SPREAD, most=0), Target(HONEST.format("refused"), ONE, most=0),
    Target(HONEST.format("p50"), SLOW, CALM, most=2), Target(HONEST.format("p99"), SLOW, CALM, most=2),
]


@dataclass(frozen=True)
class Plan:
    """How long and how often: rounds, seconds of one load, seconds of one attack."""

    rounds: int
    load_s: float
    attack_s: float


QUICK, FULL = Plan(1, 2, 8), Plan(5, 4, 12)


class Bench:
    """One run: data and queries in `room`, samples as they come."""

    def __init__(self, plan: Plan, port: int, hostile: Path, room: Path):
        self.plan, self.port, self.hostile, self.room = plan, port, hostile, room
        self.samples = Samples()
        self.failed = 0
        real = open_release(Settings.read().release)
        self.real: Release = real
        self.release = generate.generate(real, room / "release", generate.plans_for(real, TRIPLES), seed=1)
        self.data = self.release.folder / "default.ttl"
        questions = Questions(self.data)
        self.questions = questions
        self.points = load.write_queries(room / "points", questions.points(20_000))
        self.mix = load.write_queries(room / "mix", questions.mix(2_000))
        self.stars = load.write_queries(room / "stars", (questions.star() for _ in range(2_000)))
        self.fixed = questions.star()

    def run(self) -> None:
        self.starts()
        self.hops()
        with started({OURS: self.release.folder}, self.port) as ours:
            server = ours[OURS]
            answer = self.room / "answer"
            answer.write_bytes(ask(server, self.fixed))
            with started({RDFLIB: self.data, VIRTUOSO: self.data, OXIGRAPH: self.data, NGINX: answer}, self.port + 2) as others:
                databases = ours | {name: peer for name, peer in others.items() if name != NGINX}
                self.agree(databases)
                for _ in range(self.plan.rounds):
                    for peer in (ours | others).values():
                        self.load(CACHED, peer, load.same(peer, None if peer.name == NGINX else self.fixed, self.plan.load_s))
                    for measure, queries in ((POINTS, self.points), (MIX, self.mix)):
                        for peer in databases.values():
                            self.load(measure, peer, load.different(peer, queries, self.plan.load_s))
            for _ in range(self.plan.rounds):
                self.attacks(server)

    def load(self, measure: str, peer: Peer, done: load.Load) -> None:
        self.failed += done.failed
        if done.failed:
            print(f"{measure}: {done.failed} requests to {peer.name} failed", file=sys.stderr)
        self.samples.add(measure, "requests/s", peer.name, done.per_second)
        self.samples.add(f"{measure}: p50", "µs", peer.name, done.p50_us)
        self.samples.add(f"{measure}: p99", "µs", peer.name, done.p99_us)
        self.samples.add(f"{measure}: processor", "µs/request", peer.name, done.processor_us)
        self.samples.add(OTHERS, "%", ELSEWHERE, 100 * done.others)

    def agree(self, databases: dict[str, Peer]) -> None:
        """Every database gives as many rows as ours, for each shape: a fast wrong answer is no measure."""
        for shape, make in (self.questions.shapes() | {"by literal": self.questions.by_literal}).items():
            query = make()
            found = {name: count(ask(peer, query), query) for name, peer in databases.items()}
            if len(set(found.values())) > 1:
                self.failed += 1
                print(f"{shape}: the numbers of rows differ: {found}", file=sys.stderr)

    def hops(self) -> None:
        queries = [self.questions.point() for _ in range(200)]
        for direct, pooled in asyncio.run(inside.hop_us(self.release.folder, queries, 3 * self.plan.rounds)):
            self.samples.add("point query in the engine", "µs", "in this process", direct)
            self.samples.add("point query in the engine", "µs", "in a worker", pooled)
            self.samples.add(HOP, "µs", OURS, pooled - direct)

    def starts(self) -> None:
        parts = inside.start_parts(self.real.folder)
        for _ in range(max(2, self.plan.rounds)):
            self.samples.add(START, "s", OURS, inside.first_answer_s(self.real.folder, self.port))
            for part, measure in parts.items():
                self.samples.add(f"{START}: {part}", "s", OURS, measure())

    def attacks(self, server: Peer) -> None:
        prefix = server.query_prefix
        self.honest(prefix, CALM)
        for case, arguments in ((SLOW, ["slow", prefix, "20"]), (SPREAD, ["heavy", prefix, self.hostile, "20"]), (ONE, ["heavy", prefix, self.hostile, "1"])):
            with client(*arguments):
                self.honest(prefix, case)

    def honest(self, prefix: str, case: str) -> None:
        with client("probe", prefix, self.stars, self.plan.attack_s) as probing:
            told = json.loads(probing.communicate()[0])
        for what, value in (("p50", told["p50_us"] / 1000), ("p99", told["p99_us"] / 1000)):
            self.samples.add(HONEST.format(what), "ms", case, value)
        self.samples.add(HONEST.format("asked"), "queries", case, told["count"])
        self.samples.add(HONEST.format("refused"), "queries", case, sum(told["refused"].values()))
        if told["refused"]:
            print(f"{case}: honest queries refused: {told['refused']}", file=sys.stderr)


@contextmanager
def client(*arguments: object) -> Iterator[subprocess.Popen]:
    """A client of attack.py as a process of its own, ended with the block."""
    process = subprocess.Popen([sys.executable, Path(__file__).with_name("attack.py"), *map(str, arguments)], stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def probed(prefix: str, queries: Path, seconds: float, hostile: Path | None) -> dict:
    """What an honest client was told for some seconds, alone or beside 20 hostile ones of 20 addresses."""
    with client("heavy", prefix, hostile, "20") if hostile else nullcontext(), client("probe", prefix, queries, seconds) as probing:
        return json.loads(probing.communicate()[0])


def ask(peer: Peer, query: str) -> bytes:
    accept = load.NTRIPLES if query.startswith("CONSTRUCT") else load.JSON
    request = urllib.request.Request(peer.query_prefix + quote(query, safe=""), headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def count(body: bytes, query: str) -> int:
    """Rows of an answer, or different triples of a graph."""
    if query.startswith("CONSTRUCT"):
        return len({line.strip() for line in body.splitlines() if line.strip() and not line.startswith(b"#")})
    return len(json.loads(body)["results"]["bindings"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round, no results written")
    parser.add_argument("--port", type=int, default=8210, help="the first of a dozen ports [8210]")
    parser.add_argument("--hostile", type=Path, default=ROOT.parent / "shared" / "conformance" / "hostile", help="folder of hostile queries")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        bench = Bench(QUICK if options.quick else FULL, options.port, options.hostile.resolve(), Path(room))
        described = report.machine(f"{sum(1 for _ in open(bench.data, 'rb'))} triples, seed 1")
        bench.run()
    elsewhere = bench.samples.median(OTHERS, ELSEWHERE)
    rows = list(bench.samples.rows(TARGETS, quiet=elsewhere <= MOST_ELSEWHERE))
    print("\n".join(f"{name}: {value}" for name, value in described.items()), report.table(rows), sep="\n\n")
    if elsewhere > MOST_ELSEWHERE:
        print(f"other work had {elsewhere:.0f} % of the processors: run this on a quiet machine; only ratios by processor time hold", file=sys.stderr)
    if not options.quick:
        report.write(Path(__file__).with_name("results"), "service", rows, described)
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
