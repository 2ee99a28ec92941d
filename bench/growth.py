"""How cost grows with size: build and check stage by stage, every store beside its peers, from the real graph to millions of triples.

    python bench/growth.py [--triples N ...] [--parts build stores] [--systems NAME ...] [--rounds N] [--seconds S] [--results DIR] [--name NAME]

Each size is a number of plans: the real profile and renamed copies of it (`profiles.py`), built and checked in processes
of their own (`stages.py`), and a generated release of as many plans (`generate.py`), served from each store beside other
servers (`stores.py`). Writes NAME.csv, the machine that it holds for, and a plot of each family into DIR after each
size, so that a run which is cut short leaves what it has. What cannot be measured is said. Exit 1 where
answers differ.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import generate
import plots
import profiles
import report
import stages
from cpbm_kg.release import Release, open_release
from cpbm_kg.settings import ROOT, Settings
from cpbm_kg.vocabulary import DEFAULT_LAYERS
from report import Samples
from service import Plan
from stores import FAMILIES, SYSTEMS, Stores, warm

BUILD, STORES = "build", "stores"
SIZES = (40_000, 100_000)
ATTACK = 6  # times as long as a load: hostile clients take a second to be there


class Growth:
    """One run: samples by family and triples, as they come."""

    def __init__(self, options: argparse.Namespace, room: Path):
        self.options, self.room = options, room
        self.real = open_release(Settings.read().release)
        self.samples: dict[tuple[str, int], Samples] = {}
        self.differing = 0
        self.others: list[float] = []

    def size(self, triples: int) -> None:
        plans, room = generate.plans_for(self.real, triples), self.room / str(triples)
        if BUILD in self.options.parts:
            samples, built = build(plans, room)
            self.samples[BUILD, _held(built)] = samples
        if STORES in self.options.parts:
            release, options = generate.generate(self.real, room / "release", plans, seed=1), self.options
            plan = Plan(options.rounds, options.seconds, ATTACK * options.seconds)
            stores = Stores(release, plan, options.systems, options.port, options.hostile.resolve())
            stores.run()
            self.samples |= {(family, _held(release)): stores.samples[family] for family in FAMILIES}
            self.differing += stores.differing
            self.others += stores.others

    def rows(self) -> Iterator[dict[str, str]]:
        """One row a family, measure, system and size; the sizes of one system stand together."""
        found = [{"family": family, "measure": row["measure"], "system": row["server"], "unit": row["unit"], "triples": str(held),
                  **{name: row[name] for name in ("median", "lowest", "highest", "rounds")}}
                 for (family, held), samples in self.samples.items() for row in samples.rows([])]
        order: dict[tuple[str, ...], int] = {}
        for row in found:
            order.setdefault(_of(row), len(order))
        yield from sorted(found, key=lambda row: order[_of(row)])


def _of(row: dict[str, str]) -> tuple[str, ...]:
    """What a row is a size of."""
    return row["family"], row["measure"], row["system"]


def _held(release: Release) -> int:
    """The triples of the default graph."""
    return sum(release.manifest["triples"][layer] for layer in DEFAULT_LAYERS)


def build(plans: int, room: Path) -> tuple[Samples, Release]:
    """A build and a check of as many plans, each in a process of its own, and what was built."""
    samples, folder = Samples(), room / "built" / "release"
    for cost in stages.costs(profiles.write(profiles.PROFILE, room / "profiles", plans), folder):
        samples.add("time", "s", cost.stage, cost.s)
        samples.add("processor time, children included", "s", cost.stage, cost.processor_s)
        samples.add("highest memory, children included", "MiB", cost.stage, cost.memory_bytes / 2**20)
    return samples, open_release(folder)


def main() -> int:
    options = _options()
    described = report.machine("the real plan and renamed copies of it, seed 1")
    if STORES in options.parts:
        warm(options.systems, options.port)
    with tempfile.TemporaryDirectory() as room:
        growth = Growth(options, Path(room))
        for triples in sorted(options.triples):
            start = time.perf_counter()
            growth.size(triples)
            rows = list(growth.rows())
            if growth.others:
                described["other work during loads"] = f"{100 * statistics.median(growth.others):.1f} % of the processors"
            report.write(options.results, options.name, rows, described)
            plots.write(options.results, options.name, rows)
            print(f"{triples:,} triples: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    print("\n".join(f"{name}: {value}" for name, value in described.items()), report.table(rows), sep="\n\n")
    return 1 if growth.differing else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, nargs="+", default=list(SIZES), help="about this many in the default graph, for each size")
    parser.add_argument("--parts", nargs="+", choices=(BUILD, STORES), default=[BUILD, STORES])
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1, help=f"of one load; an attack lasts {ATTACK} times as long")
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("results"))
    parser.add_argument("--name", default="growth")
    parser.add_argument("--port", type=int, default=8600, help="the first of some sixty ports")
    parser.add_argument("--hostile", type=Path, default=ROOT.parent / "shared" / "conformance" / "hostile", help="folder of hostile queries")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
