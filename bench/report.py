"""Samples to figures: medians, ratios of pairs from the same round, targets, and the machine they hold for."""

from __future__ import annotations

import csv
import importlib.metadata
import os
import platform
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """What a figure should reach: `against` another server a ratio of at least `least`, or alone a value of at most `most`."""

    measure: str
    server: str
    against: str | None = None
    least: float | None = None
    most: float | None = None


@dataclass
class Samples:
    """What was measured, a value per round: the same position in two lists is the same round."""

    units: dict[str, str] = field(default_factory=dict)
    values: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, measure: str, unit: str, server: str, value: float) -> None:
        self.units[measure] = unit
        self.values.setdefault((measure, server), []).append(value)

    def ratio(self, measure: str, server: str, other: str) -> float:
        """The median of the ratios of each round."""
        pairs = zip(self.values[measure, server], self.values[measure, other])
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def rows(self, targets: list[Target], quiet: bool = True) -> Iterator[dict[str, str]]:
        """One row a measure and server, with what each target makes of it; nothing is judged where the machine was not quiet."""
        for (measure, server), values in self.values.items():
            verdicts = [self._verdict(target, quiet) for target in targets if target.measure == measure and target.server == server]
            yield {"measure": measure, "server": server, "unit": self.units[measure], "median": plain(statistics.median(values)),
                   "lowest": plain(min(values)), "highest": plain(max(values)), "rounds": str(len(values)), "against target": "; ".join(filter(None, verdicts))}

    def _verdict(self, target: Target, quiet: bool) -> str:
        if target.against is None:
            value, whom = statistics.median(self.values[target.measure, target.server]), ""
        elif (target.measure, target.against) in self.values:
            value, whom = self.ratio(target.measure, target.server, target.against), f" × {target.against}"
            cost = f"{target.measure}: processor"
            if (cost, target.against) in self.values:
                whom += f" ({plain(self.ratio(cost, target.against, target.server))} × by processor time)"
        else:
            return f"{target.against} is absent"
        met = value >= target.least if target.least is not None else value <= target.most
        bound = f"≥ {target.least:g}" if target.least is not None else f"≤ {target.most:g}"
        verdict = ("met" if met else "MISSED") if quiet else "not judged, the machine was busy"
        return f"{plain(value)}{whom}, target {bound}: {verdict}"

    def median(self, measure: str, server: str) -> float:
        return statistics.median(self.values[measure, server])


def plain(value: float) -> str:
    """Three digits or all before the point, never an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine(data: str) -> dict[str, str]:
    """What the figures hold for; nothing that names the machine."""
    kib = int(Path("/proc/meminfo").read_text(encoding="ascii").split()[1])
    model = next((line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if line.startswith("model name")), "unknown")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("cpbm-kg", "granian", "flask", "pyoxigraph"))
    return {"processor": model, "cores": str(os.cpu_count()), "memory": f"{kib / 2**20:.0f} GiB", "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(), "versions": versions, "load before": f"{os.getloadavg()[0]:.1f}", "data": data}


def table(rows: list[dict[str, str]]) -> str:
    """The rows as Markdown."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([row[name] for name in head] for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def write(folder: Path, name: str, rows: list[dict[str, str]], described: dict[str, str]) -> None:
    """`NAME.csv` and `NAME-machine.csv` in the folder."""
    folder.mkdir(exist_ok=True)
    with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with open(folder / f"{name}-machine.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("what", "value"), *described.items()])
