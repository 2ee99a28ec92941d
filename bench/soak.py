"""The service for a long time, under mixed, hostile and reloading traffic: what grows, what leaks, what fails.

    PYTHONPATH=tests python bench/soak.py [--minutes N] [--hostile FOLDER]

Four honest readers ask queries, questions, pages, files and the catalogue without a pause; twenty hostile clients send
heavy queries and two hundred connections stall, in turns of a minute with a minute of calm; two releases take each other's
place every 30 seconds. Memory and file descriptors are those of the processes that last (the workers come and go),
their lower quartile in the last fifth of the time beside that in the second, since attacks and reloads come and go. An
honest reader that is told to come back later (503 with Retry-After) does so once. Exit 1 where memory grows by 5 % or
more, descriptors grow, a process stays a zombie, or an honest request fails.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import report
from cpbm_kg import pipeline
from cpbm_kg.settings import ROOT
from questions import Questions
from service import client
from servers import RunningServer, serving

MOST_GROWTH = 0.05
READERS, RELOAD_S, TURN_S, LOOK_S = 4, 30, 60, 2
SETTLE_S = 15  # after the last request, for workers to end
PATHS = ("/fr/", "/en/things/actions", "/fr/page/id/cpbm-2013/action/70", "/fr/lacunes", "/en/ontology", "/fr/text", "/q/actions.csv", "/q/places-map.geojson", "/catalog.ttl",
         "/export/default.ttl", "/export/actions.csv.gz", "/data/id/cpbm-2013/action/70.jsonld", "/openapi.json", "/.well-known/void", "/health")


@dataclass
class Seen:
    """What was observed, sample by sample: seconds since the start, bytes of memory, open descriptors."""

    at: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    asked: int = 0
    later: int = 0
    failed: list[str] = field(default_factory=list)
    reloads: int = 0

    def look(self, server: RunningServer, start: float) -> None:
        pids = server.lasting_pids()
        self.at.append(time.monotonic() - start)
        self.memory.append(sum(map(_resident_bytes, pids)))
        self.descriptors.append(sum(map(_descriptors, pids)))

    def growth(self, values: list[int]) -> float:
        """The lower quartile of the last fifth over that of the second, less one."""
        fifth = len(values) // 5
        last, second = (statistics.quantiles(part, n=4)[0] for part in (values[-fifth:], values[fifth:2 * fifth]))
        return last / second - 1


def soak(minutes: float, hostile: Path, room: Path) -> tuple[Seen, int]:
    """Run it; what was seen, and how many zombies were left."""
    link = room / "release"
    releases = [pipeline.build(plans, link)[0].folder.name for plans in ((ROOT / "data", ROOT / "tests" / "plans" / "alpha"), (ROOT / "data",))]
    texts = Questions(link / "default.nt")
    queries = [texts.star() for _ in range(500)] + [texts.point() for _ in range(500)] + [texts.group() for _ in range(100)]
    seen, over = Seen(), threading.Event()
    with serving("--release", link, environment={"CPBM_TIMEOUT_S": "5"}) as server:
        start = time.monotonic()
        readers = [threading.Thread(target=_read, args=(server, queries, seen, over, number)) for number in range(READERS)]
        others = [threading.Thread(target=task, args=(server, *arguments, over)) for task, arguments in ((_attack, (hostile,)), (_reload, (link, releases, seen)))]
        for thread in (*readers, *others):
            thread.start()
        while time.monotonic() - start < minutes * 60:
            seen.look(server, start)
            time.sleep(LOOK_S)
        over.set()
        for thread in (*readers, *others):
            thread.join()
        time.sleep(SETTLE_S)
        return seen, _zombies(server.process.pid)


def _read(server: RunningServer, queries: list[str], seen: Seen, over: threading.Event, number: int) -> None:
    draw = random.Random(number)
    while not over.is_set():
        query = draw.random() < 0.7
        path = f"/sparql?query={quote(f'{draw.choice(queries)} # {draw.random()}', safe='')}" if query else draw.choice(PATHS)
        status, later = _status(server, path)
        seen.asked += 1
        if later:
            seen.later += 1
            time.sleep(later)
            status, _ = _status(server, path)
        if status != "200":
            seen.failed.append(f"{status} {path[:200]}")
        time.sleep(0.02)


def _status(server: RunningServer, path: str) -> tuple[str, float]:
    """The status, or what went wrong; and the seconds after which to ask again, 0 where that was not said."""
    try:
        status, headers, _ = server.get(path, Accept="*/*")
        return str(status), float(headers.get("Retry-After", 0)) if status == 503 else 0
    except (OSError, urllib.error.URLError) as error:
        return repr(error), 0


def _attack(server: RunningServer, hostile: Path, over: threading.Event) -> None:
    prefix = f"{server.url}/sparql?query="
    for arguments in itertools.cycle((["heavy", prefix, hostile, "20"], ["slow", prefix, "20"])):
        if over.wait(TURN_S / 2):
            return
        with client(*arguments):
            over.wait(TURN_S)


def _reload(server: RunningServer, link: Path, releases: list[str], seen: Seen, over: threading.Event) -> None:
    for name in itertools.cycle(releases):
        if over.wait(RELOAD_S):
            return
        new = link.with_name(".new")
        new.symlink_to(Path("releases") / name)
        new.rename(link)
        os.kill(server.process.pid, signal.SIGHUP)
        seen.reloads += 1


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _zombies(pid: int) -> int:
    listed = subprocess.run(["ps", "-o", "stat=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return sum(state.startswith("Z") for state in listed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--hostile", type=Path, default=ROOT.parent / "shared" / "conformance" / "hostile", help="folder of hostile queries")
    options = parser.parse_args()
    room = Path(tempfile.mkdtemp())
    try:
        seen, zombies = soak(options.minutes, options.hostile.resolve(), room)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    memory, descriptors = seen.growth(seen.memory), seen.growth(seen.descriptors)
    rows = [("minutes", f"{options.minutes:g}"), ("honest requests", seen.asked), ("of them asked to come back later", seen.later), ("of them failed", len(seen.failed)), ("reloads", seen.reloads),
            ("memory at the median", f"{statistics.median(seen.memory) / 2**20:.0f} MiB"), ("growth of memory", f"{100 * memory:+.1f} % (< {100 * MOST_GROWTH:.0f} %)"),
            ("open descriptors at the median", f"{statistics.median(seen.descriptors):.0f}"), ("growth of descriptors", f"{100 * descriptors:+.1f} %"), ("zombies", zombies)]
    print("\n".join(f"{name}: {value}" for name, value in rows))
    for failure in seen.failed[:20]:
        print(failure, file=sys.stderr)
    if options.minutes >= 10:
        report.write(Path(__file__).with_name("results"), "soak", [{"what": name, "value": str(value)} for name, value in rows], report.machine("the real graph, two releases"))
    return int(memory >= MOST_GROWTH or descriptors > 0.1 or zombies > 0 or bool(seen.failed))


if __name__ == "__main__":
    sys.exit(main())
