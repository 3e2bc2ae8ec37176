"""What each weight makes of a seven: in numbers, and to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, tidy
from reports.thickness.picture import picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = {
    "seen": "all classifiers see a seven",
    "kept": "... whose strokes measure like real ones",
    "gain": "mean gain in px (0 where not measurable)",
}


def weights(frames: PageFrames) -> Figure:
    """Sevens that are left, and px gained, over the share of thickness; a line for each search."""
    points = frames.points
    shares = sorted(set(points["share"]))
    figure = new_figure(12.5, 4)
    for axes, (name, title) in zip(figure.subplots(1, len(SHOWN)), SHOWN.items(), strict=True):
        for nth, (search, line) in enumerate(points.groupby("search", sort=False)):
            style = {"color": COLOURS[nth], "marker": (*MARKERS, "v")[nth], "markersize": 5}
            at = line["share"] * 1.06 ** (nth - 2)  # apart, so that lines that agree are all seen
            axes.plot(at, line[name], label=search, **style)
            axes.vlines(at, line[f"{name}_low"], line[f"{name}_high"], COLOURS[nth], alpha=0.4)
        axes.set_xscale("log")
        axes.set_xticks(shares, [f"{share:g}" for share in shares], fontsize=8)
        axes.minorticks_off()
        axes.set_title(title, fontsize=9.5, color=INK)
        axes.set_xlabel("share of thickness in the sum", color=INK)
        tidy(axes)
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure


def strip(frames: PageFrames) -> Figure:
    """A start in each row, and what the search finds with each share of thickness."""
    table = frames.strip
    seeds, shares = list(dict.fromkeys(table["seed"])), sorted(set(table["share"]))
    figure = new_figure(1.05 * len(shares), 1.25 * len(seeds) + 0.3)
    grid = figure.subplots(len(seeds), len(shares), squeeze=False)
    cells = table.set_index(["seed", "share"])
    for line, seed in zip(grid, seeds, strict=True):
        for axes, share in zip(line, shares, strict=True):
            picture(axes, cells.loc[(seed, share)])
    for axes, share in zip(grid[0], shares, strict=True):
        axes.set_title(f"{share:g}" if share else "start", fontsize=9, color=INK)
    return figure
