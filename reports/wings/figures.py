"""What was promised against what is true, and the outlines of what was found."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames, where
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, tidy

# What is beyond lies at the edge: an airfoil without a flow below, a wonder at the right.
ENDS = (80.0, 240.0)


def promises(frames: PageFrames) -> Figure:
    """A dot per run: a panel per network, the promised ratio across, the true one up."""
    runs, sizes = frames.runs, list(dict.fromkeys(frames.runs["size"]))
    searches = list(dict.fromkeys(runs["search"]))
    figure = new_figure(3.6 * len(sizes), 3.8)
    for axes, size in zip(figure.subplots(1, len(sizes), sharey=True), sizes, strict=True):
        for nth, search in enumerate(searches):
            mine = where(runs, size=size, search=search)
            style = {"color": COLOURS[nth], "marker": (*MARKERS, "v")[nth % 6], "alpha": 0.7}
            at = mine[["promised", "true"]].fillna(0).clip(*ENDS)
            axes.scatter(at["promised"], at["true"], s=18, label=search, clip_on=False, **style)
        axes.plot(ENDS, ENDS, color=INK, linewidth=0.7)
        axes.set(xlim=ENDS, ylim=ENDS)
        axes.set_title(size, fontsize=10, color=INK)
        axes.set_xlabel("promised lift over drag", color=INK)
        tidy(axes)
    figure.axes[0].set_ylabel("true, by the solver", color=INK)
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    return figure


def wings(frames: PageFrames) -> Figure:
    """Outlines from one start: a row per network, a column per search, the start as a line."""
    outlines = where(frames.outlines, seed=0)
    sizes = list(dict.fromkeys(outlines["size"]))
    searches = list(dict.fromkeys(outlines["search"]))
    figure = new_figure(2.3 * len(searches), 1.35 * len(sizes) + 0.3)
    grid = figure.subplots(len(sizes), len(searches), sharex=True, sharey=True)
    for line, size in zip(grid, sizes, strict=True):
        for axes, search in zip(line, searches, strict=True):
            mine = where(outlines, size=size, search=search)
            start, best = (where(mine, place=place) for place in ("start", "best"))
            axes.fill_between(best["x"], best["below"], best["above"], color=COLOURS[0], alpha=0.5)
            for side in ("above", "below"):
                axes.plot(start["x"], start[side], color=INK, linewidth=0.7)
            run = where(frames.runs, size=size, search=search, seed=0).iloc[0]
            true = "no flow" if run["true"] != run["true"] else f"{run['true']:.0f}"
            axes.set_xlabel(f"{run['promised']:.0f}, true: {true}", fontsize=8, color=INK)
            axes.set(xticks=[], yticks=[], ylim=(-0.16, 0.26))
            axes.spines[:].set_visible(False)
        line[0].set_ylabel(size, fontsize=9, color=INK)
    for axes, search in zip(grid[0], searches, strict=True):
        axes.set_title(search, fontsize=9, color=INK)
    return figure
