"""What each weight makes of a seven: in numbers, and to look at."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.pages.grids import draw_grid
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, tidy
from reports.thickness.claims import measured

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
    table = frames.strip.sort_values(["seed", "share"])
    heads = [f"{share:g}" if share else "start" for share in table["share"].unique()]
    rows = [""] * table["seed"].nunique()
    figure = new_figure(1.05 * len(heads), 1.25 * len(rows) + 0.3)
    draw_grid(figure, measured(table), heads, rows)
    return figure
