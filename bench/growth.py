"""How cost grows with size, in memory and on disk: load, memory, start to first answer and fourteen query shapes, from the real graph to millions of triples.

    python bench/growth.py [--triples N ...] [--rounds N]

Each size is a generated release (`generate.py`), measured in processes of its own, sizes in turns within a round. Latencies
are of the engine in one process, medians over different constants. Prints a table with each size's ratio to the one
before it, beside the ratio of their triples; sizes of the default run are written to `bench/results/growth.csv`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import generate
import inside
import report
from cpbm_kg import media
from cpbm_kg.engine import Query, disk
from cpbm_kg.engine.disk import DiskEngine
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.release import open_release
from cpbm_kg.settings import STORES, Settings
from cpbm_kg.vocabulary import DEFAULT_LAYERS
from questions import Questions
from report import Samples

SIZES, ROUNDS, PORT = (40_000, 100_000, 1_000_000), 3, 8250
_EACH, _MOST_S = 40, 10.0  # queries of a shape, and the seconds after which a shape has had enough
_FORMATS = {form: offered[0] for form, offered in media.OFFERED.items()}


def latencies(folder: str, store: str) -> None:
    """In a process of its own: load or open, then ask; prints seconds until then, resident bytes and median µs by shape."""
    path = disk.prepare(Path(folder), open_release(Path(folder)).id) if store == "disk" else Path(folder)
    start = time.perf_counter()
    engine = DiskEngine(path, 2**28) if store == "disk" else MemoryEngine.of_release(path, 2**28)
    loaded, resident = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = {}
    for shape, make in Questions(Path(folder) / "default.ttl").all_shapes().items():
        taken: list[float] = []
        while len(taken) < _EACH and sum(taken) < _MOST_S:
            query = Query(make())
            begun = time.perf_counter()
            engine.answer(query, _FORMATS)
            taken.append(time.perf_counter() - begun)
        found[shape] = statistics.median(taken) * 1e6
    print(json.dumps({"load_s": loaded, "resident_bytes": resident, "shapes_us": found}))


def measure(sizes: list[int], rounds: int, room: Path) -> tuple[Samples, dict[str, int]]:
    """Samples by measure and size, and the triples of each size's default graph."""
    samples, triples, made = Samples(), {}, {}
    real = open_release(Settings.read().release)
    for size in sizes:
        start = time.perf_counter()
        release = generate.generate(real, room / str(size), generate.plans_for(real, size), seed=1)
        name = f"{size:,}"
        made[name] = release.folder
        triples[name] = sum(release.manifest["triples"][layer] for layer in DEFAULT_LAYERS)
        samples.add("generate, counts included", "s", name, time.perf_counter() - start)
        start = time.perf_counter()
        disk.prepare(release.folder, release.id)
        samples.add("disk: write the store", "s", name, time.perf_counter() - start)
    for _ in range(rounds):
        for name, folder in made.items():
            for store in STORES:
                told = json.loads(subprocess.run([sys.executable, __file__, "--measure", folder, store], capture_output=True, text=True, check=True).stdout)
                samples.add(f"{store}: load, or open", "s", name, told["load_s"])
                samples.add(f"{store}: memory of the process then", "MiB", name, told["resident_bytes"] / 2**20)
                os.environ["CPBM_STORE"] = store
                samples.add(f"{store}: start to first answer", "s", name, inside.first_answer_s(folder, PORT))
                for shape, value in told["shapes_us"].items():
                    samples.add(f"{store}: {shape}", "µs", name, value)
    return samples, triples


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        latencies(*options.measure)
        return 0
    with tempfile.TemporaryDirectory() as room:
        described = report.machine("generated from the real graph, seed 1")
        samples, triples = measure(options.triples, options.rounds, Path(room))
    rows = list(_rows(samples, triples))
    print("\n".join(f"{name}: {value}" for name, value in described.items()), report.table(rows), sep="\n\n")
    if options.triples == list(SIZES):
        report.write(Path(__file__).with_name("results"), "growth", rows, described)
    return 0


def _rows(samples: Samples, triples: dict[str, int]):
    for measure in samples.units:
        before = None
        for name, count in triples.items():
            value = samples.median(measure, name)
            grown = f"{value / samples.median(measure, before):.2f} × for {count / triples[before]:.1f} × the triples" if before else ""
            yield {"measure": measure, "unit": samples.units[measure], "triples": str(count), "median": report.plain(value), "growth": grown}
            before = name


if __name__ == "__main__":
    sys.exit(main())
