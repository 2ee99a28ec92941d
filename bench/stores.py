"""One size under every store, beside the servers alone, in one interleaved run: what `growth.py` measures of a release.

Ours in memory, on disk, and in front of Oxigraph's own server and of Virtuoso, into which `cpbm-kg push` has loaded the
release; beside them rdflib-endpoint, Virtuoso, Oxigraph and Fuseki alone with the triples of the default graph. All
are asked over HTTP, on a connection that stays open, the same queries one server after the other. What a server could
not answer is said, and has no figure.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import inside
import load
from attack import PATIENCE_S
from cpbm_kg.engine import disk
from cpbm_kg.release import Release
from cpbm_kg.settings import ROOT
from cpbm_kg.vocabulary import DEFAULT_LAYERS
from peers import BEHIND, OURS, SCRIPTS, Behind, Peer, started
from questions import Questions
from report import Samples
from service import CALM, SPREAD, Plan, count, probed

MEMORY, DISK, OVER = "cpbm-kg, memory", "cpbm-kg, disk", "cpbm-kg over {}"
PEERS = ("virtuoso", "oxigraph", "fuseki", "rdflib-endpoint")
SYSTEMS = (MEMORY, DISK, OVER.format("virtuoso"), OVER.format("oxigraph"), *PEERS)
LARGEST = {"rdflib-endpoint": 110_000}  # triples beyond which a peer is left out: it answers, in minutes
SHAPES, MIXES, STORE, HONEST = "shapes", "mixes", "store", "honest"
FAMILIES = (STORE, SHAPES, MIXES, HONEST)
LOAD, MEMORY_USED, START = "load or prepare", "memory after all queries", "start to first answer"
_EACH, _MOST_S = 10, 4.0  # queries of a shape in a round, and the seconds after which a server has had enough of it


class RefusedError(Exception):
    """A server gave no answer."""


class Asker:
    """One connection to one server."""

    def __init__(self, peer: Peer):
        target = urlsplit(peer.query_prefix)
        self._connection = http.client.HTTPConnection(target.hostname, target.port, timeout=6 * PATIENCE_S)
        self._path = f"{target.path}?{target.query}"

    def ask(self, query: str) -> tuple[float, bytes]:
        """Seconds and the answer; raises RefusedError."""
        accept = load.NTRIPLES if query.startswith(("CONSTRUCT", "DESCRIBE")) else load.JSON
        start = time.perf_counter()
        try:
            self._connection.request("GET", self._path + quote(query, safe=""), headers={"Accept": accept})
            with self._connection.getresponse() as response:
                body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise RefusedError(type(error).__name__) from None
        if response.status != 200:
            raise RefusedError(str(response.status))
        return time.perf_counter() - start, body


class Stores:
    """The measures of one release: `samples` by family, how many answers were `differing`, and the shares of the
    processors that `others` had during loads."""

    def __init__(self, release: Release, plan: Plan, wanted: list[str], port: int, hostile: Path):
        self.release, self.plan, self.wanted, self.hostile = release, plan, wanted, hostile
        self.samples = {family: Samples() for family in FAMILIES}
        self.differing = 0
        self.others: list[float] = []
        self.data = release.folder / "default.ttl"
        self.triples = sum(release.manifest["triples"][layer] for layer in DEFAULT_LAYERS)
        self._behind: dict[str, Peer] = {}
        self._ports = itertools.count(port, 2)
        self._turn = itertools.count()
        self.questions = Questions(self.data)

    def run(self) -> None:
        with contextlib.ExitStack() as stack:
            systems = dict(self._systems(stack))
            self._shapes(systems)
            self.samples[SHAPES] = Samples()  # the first round has warmed them
            for _ in range(self.plan.rounds):
                self._shapes(systems)
                self._mixes(systems)
            for name, peer in systems.items():
                self.samples[STORE].add(MEMORY_USED, "MiB", name, peer.memory_bytes() / 2**20)
            self._attacks({name: peer for name, peer in systems.items() if name not in PEERS})

    def _systems(self, stack: contextlib.ExitStack) -> Iterator[tuple[str, Peer]]:
        """What is wanted and can be started, each with what its loading took."""
        folder = self.release.folder
        if MEMORY in self.wanted:
            self._timed(MEMORY, inside.start_parts(folder)["load into the store"])
            yield from self._ours(stack, MEMORY, "memory")
        if DISK in self.wanted:
            self._timed(DISK, lambda: disk.prepare(folder, self.release.id))
            yield from self._ours(stack, DISK, "disk")
        for server, behind in BEHIND.items():
            if (name := OVER.format(server)) in self.wanted:
                yield from self._over(stack, name, server, behind)
        for name in PEERS:
            if name in self.wanted and self.triples <= LARGEST.get(name, self.triples):
                start = time.perf_counter()
                if peer := self._start(stack, name, self.data):
                    self.samples[STORE].add(LOAD, "s", name, time.perf_counter() - start)
                    yield name, peer

    def _over(self, stack: contextlib.ExitStack, name: str, server: str, behind: Behind) -> Iterator[tuple[str, Peer]]:
        """The service in front of a server of its own, into which the release is pushed."""
        if not (peer := self._start(stack, server, os.devnull)):
            return
        self._behind[name] = peer
        base = "http://" + urlsplit(peer.url).netloc
        try:
            self._timed(name, lambda: self._push(base, behind))
            yield from self._ours(stack, name, base + behind.query)
        except (subprocess.CalledProcessError, RuntimeError) as error:
            self._say(f"{name} is absent: {error}")

    def _start(self, stack: contextlib.ExitStack, name: str, data: Path | str, **environment: str) -> Peer | None:
        return stack.enter_context(started({name: data}, next(self._ports), environment)).get(name)

    def _ours(self, stack: contextlib.ExitStack, name: str, store: str) -> Iterator[tuple[str, Peer]]:
        """The service on a store, after its starts have been timed."""
        for _ in range(max(2, self.plan.rounds)):
            self.samples[STORE].add(START, "s", name, inside.first_answer_s(self.release.folder, next(self._ports), store))
        if peer := self._start(stack, OURS, self.release.folder, CPBM_STORE=store):
            yield name, peer

    def _timed(self, name: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        self.samples[STORE].add(LOAD, "s", name, time.perf_counter() - start)

    def _push(self, base: str, behind: Behind) -> None:
        subprocess.run([sys.executable, "-m", "cpbm_kg", "push", base + behind.graphs, "--update", base + behind.update, "--release", self.release.folder],
                       cwd=ROOT, env=os.environ | {"CPBM_STORE_LOGIN": behind.login}, stdout=subprocess.DEVNULL, check=True)

    def _shapes(self, systems: dict[str, Peer]) -> None:
        """Medians of one round; every server is asked the same texts, each of them new."""
        askers = {name: Asker(peer) for name, peer in systems.items()}
        for shape, make in self.questions.all_shapes().items():
            texts = [f"{make()} # {next(self._turn)}" for _ in range(_EACH)]
            rows = {}
            for name, asker in askers.items():
                try:
                    taken, rows[name] = _asked(asker, texts)
                    self.samples[SHAPES].add(shape, "ms", name, taken * 1000)
                except RefusedError as error:
                    self._say(f"{shape}: {name} gives no answer: {error}")
            if len(set(rows.values())) > 1:
                self.differing += 1
                self._say(f"{shape}: the numbers of rows differ: {rows}")

    def _mixes(self, systems: dict[str, Peer]) -> None:
        room = self.release.folder
        mixes = {"points": self.questions.points(5_000), "six shapes": self.questions.mix(500), "points with aggregates": self.questions.aggregates(5_000)}
        for mix, queries in mixes.items():
            path = load.write_queries(room / f"{mix}.queries", queries)
            for name, peer in systems.items():
                try:
                    done = load.different(peer, path, self.plan.load_s)
                except load.BenchError as error:
                    self._say(f"{mix}: {error}")
                    continue
                self.samples[MIXES].add(mix, "requests/s", name, done.per_second)
                if name not in self._behind:  # the server behind is no other work, and not ours to count
                    self.others.append(done.others)
                if done.failed:
                    self._say(f"{mix}: {done.failed} requests to {name} failed")

    def _attacks(self, ours: dict[str, Peer]) -> None:
        """An honest client alone on each, then beside hostile ones; the server behind may go on with what it was asked, so
        none outlives its attack. Who is refused is counted, and no fault of the bench."""
        stars = load.write_queries(self.release.folder / "stars.queries", (self.questions.star() for _ in range(2_000)))
        for case, hostile in ((CALM, None), (SPREAD, self.hostile)):
            for name, peer in ours.items():
                told = probed(peer.query_prefix, stars, self.plan.attack_s, hostile)
                self._honest(name, case, told)
                if hostile:
                    for done in {peer, self._behind.get(name, peer)}:
                        done.kill()

    def _honest(self, name: str, case: str, told: dict) -> None:
        """Where more than one in a hundred is refused, latencies would be those of refusals."""
        refused = 100 * sum(told["refused"].values()) / told["count"]
        self.samples[HONEST].add(f"refused {case}", "%", name, refused)
        if refused > 1:
            self._say(f"{case}: {name} refused {refused:.0f} % of honest queries: {told['refused']}")
            return
        for what in ("p50", "p99"):
            self.samples[HONEST].add(f"{what} {case}", "ms", name, told[f"{what}_us"] / 1000)

    def _say(self, fault: str) -> None:
        print(f"{self.release.version}: {fault}", file=sys.stderr)


def warm(wanted: list[str], port: int) -> None:
    """Fetch what is wanted and start it once, so that no figure holds a download."""
    servers = [name for name in PEERS if {name, OVER.format(name)} & set(wanted)]
    with started(dict.fromkeys(servers, Path(os.devnull)), port):
        subprocess.run([SCRIPTS / "wrk.sh", "--version"], capture_output=True, check=False)


def _asked(asker: Asker, texts: list[str]) -> tuple[float, int]:
    """The median seconds of an answer, and the rows of the first; what describes a thing is each server's affair."""
    first, body = asker.ask(texts[0])
    taken = [first]
    for text in texts[1:]:
        if sum(taken) > _MOST_S:
            break
        taken.append(asker.ask(text)[0])
    return statistics.median(taken), 0 if texts[0].startswith("DESCRIBE") else count(body, texts[0])
