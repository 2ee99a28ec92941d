"""How cost grows, drawn: a figure for each family, a panel for each measure, a line for each system, both axes logarithmic.

A straight line that rises by one decade a decade costs in proportion to the triples; a flat one does not care. Lines
differ by dash and mark, never by colour alone, and carry their names. The same rows give the same bytes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "cpbm-kg", "svg.fonttype": "none", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False})

from matplotlib import pyplot  # noqa: E402  # after the choice of what draws
from matplotlib.axes import Axes  # noqa: E402

_COLUMNS, _PANEL = 2, (5.2, 3.0)  # inches
_LABEL_GAP = 0.105  # of a panel's height, between two names
_STYLES = tuple(itertools.product(("-", "--", ":", "-."), ("o", "s", "^", "D", "v", "x", "P", "*")))

Line = list[tuple[int, float]]


def write(folder: Path, name: str, rows: Iterable[dict[str, str]]) -> None:
    """`NAME-FAMILY.svg` for each family of the rows of `growth.py`. A zero has no place on a logarithmic axis."""
    families: dict[str, dict[tuple[str, str], dict[str, Line]]] = {}
    for row in rows:
        if (value := float(row["median"])) > 0:
            panel = families.setdefault(row["family"], {}).setdefault((row["measure"], row["unit"]), {})
            panel.setdefault(row["system"], []).append((int(row["triples"]), value))
    for family, panels in families.items():
        _figure(folder / f"{name}-{family}.svg", panels)


def _figure(path: Path, panels: dict[tuple[str, str], dict[str, Line]]) -> None:
    systems = list(dict.fromkeys(system for lines in panels.values() for system in lines))
    styles = {system: (_STYLES[number % 4 * 8 + number % 8]) for number, system in enumerate(systems)}
    high = math.ceil(len(panels) / _COLUMNS)
    figure, grid = pyplot.subplots(high, _COLUMNS, figsize=(_COLUMNS * _PANEL[0], high * _PANEL[1]), squeeze=False, layout="constrained")
    for axes in grid.flat[len(panels):]:
        axes.set_visible(False)
    for axes, ((measure, unit), lines) in zip(grid.flat, panels.items()):
        axes.set(title=measure, xlabel="triples in the default graph", ylabel=unit, xscale="log", yscale="log")
        for system, line in lines.items():
            dash, mark = styles[system]
            axes.plot(*zip(*line), color="black", linestyle=dash, marker=mark, markersize=4, linewidth=1)
        _name(axes, lines)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _name(axes: Axes, lines: dict[str, Line]) -> None:
    """The name of each line at the right of the panel, tied to its last point, none over another."""
    within = axes.transData + axes.transAxes.inverted()
    axes.autoscale_view()
    ends = {system: line[-1] for system, line in lines.items()}
    heights = {system: within.transform(end)[1] for system, end in ends.items()}
    order = sorted(heights, key=heights.get)
    for system, height in zip(order, _spread([heights[system] for system in order])):
        axes.annotate(system, ends[system], (1.06, height), textcoords="axes fraction", va="center", annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.5, "shrinkA": 1, "shrinkB": 3})


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
