"""How cost grows, drawn: a figure for each family, a panel for each measure, a line for each system, both axes logarithmic.

The broad grey line costs in proportion to the triples (of requests per second: falls with them); what is flatter grows
less. Lines differ by dash and mark, never by colour, and carry their names. The same rows give the same bytes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "cpbm-kg", "svg.fonttype": "none", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False})

from matplotlib import pyplot, ticker  # noqa: E402  # after the choice of what draws
from matplotlib.axes import Axes  # noqa: E402

_COLUMNS, _PANEL = 2, (5.2, 3.0)  # inches
_LABEL_GAP = 0.105  # of a panel's height, between two names
_DASHES, _MARKS = ("-", "--", ":", "-."), ("o", "s", "^", "D", "v", "x", "P", "*")

Line = list[tuple[int, float]]


def write(folder: Path, name: str, rows: Iterable[dict[str, str]]) -> None:
    """`NAME-FAMILY.svg` for each family of the rows of `growth.py`. A zero has no place on a logarithmic axis, nor a share."""
    families: dict[str, dict[tuple[str, str], dict[str, Line]]] = {}
    for row in rows:
        if (value := float(row["median"])) > 0 and row["unit"] != "%":
            panel = families.setdefault(row["family"], {}).setdefault((row["measure"], row["unit"]), {})
            panel.setdefault(row["system"], []).append((int(row["triples"]), value))
    for family, panels in families.items():
        _figure(folder / f"{name}-{family}.svg", panels)


def _figure(path: Path, panels: dict[tuple[str, str], dict[str, Line]]) -> None:
    systems = list(dict.fromkeys(system for lines in panels.values() for system in lines))
    styles = dict(zip(systems, itertools.cycle(zip(itertools.cycle(_DASHES), _MARKS))))
    high = math.ceil(len(panels) / _COLUMNS)
    figure, grid = pyplot.subplots(high, _COLUMNS, figsize=(_COLUMNS * _PANEL[0], high * _PANEL[1]), squeeze=False, layout="constrained")
    for axes in grid.flat[len(panels):]:
        axes.set_visible(False)
    for axes, ((measure, unit), lines) in zip(grid.flat, panels.items()):
        axes.set(title=measure, xlabel="triples in the default graph", ylabel=unit, xscale="log", yscale="log")
        for system, line in lines.items():
            dash, mark = styles[system]
            axes.plot(*zip(*line), color="black", linestyle=dash, marker=mark, markersize=4, linewidth=1)
        _scale(axes, [point for line in lines.values() for point in line], falls=unit.endswith("/s"))
        _name(axes, lines)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _scale(axes: Axes, points: Line, falls: bool) -> None:
    """A tick for each size, a height of at least a decade, so that chance does not look like growth, and the line of proportion."""
    sizes, values = zip(*points)
    low, high = min(values) / 1.3, max(values) * 1.3
    wider = max(1.0, math.sqrt(10 * low / high))
    low, high, first, last = low / wider, high * wider, min(sizes), max(sizes)
    axes.plot((first, last), (high, high * first / last) if falls else (low, low * last / first), color="0.85", linewidth=4, zorder=0)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1,) if high / low > 1000 else (1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_major_locator(ticker.FixedLocator(sorted(set(sizes))))
    axes.xaxis.set_major_formatter(ticker.EngFormatter(places=0))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(ticker.NullLocator())


def _name(axes: Axes, lines: dict[str, Line]) -> None:
    """The name of each line at the right of the panel, tied to its last point, none over another."""
    within = axes.transData + axes.transAxes.inverted()
    ends = {system: line[-1] for system, line in lines.items()}
    heights = {system: within.transform(end)[1] for system, end in ends.items()}
    order = sorted(heights, key=heights.get)
    for system, height in zip(order, _spread([heights[system] for system in order])):
        axes.annotate(system, ends[system], (1.06, height), textcoords="axes fraction", va="center", annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.5, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 3})


def _spread(heights: list[float]) -> list[float]:
    """Ascending heights, moved apart to the gap, none above the panel."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + _LABEL_GAP) if placed else height)
    top = 1.0
    for number in reversed(range(len(placed))):
        placed[number] = min(placed[number], top)
        top = placed[number] - _LABEL_GAP
    return placed
