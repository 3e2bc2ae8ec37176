"""What digits become, and gain against digits kept."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.pages.grids import draw_grid
from blackbox.results.drawing.canvas import COLOURS, DASHES, INK, MARKERS, new_figure, tidy
from reports.thickness.claims import measured


def strip(frames: PageFrames) -> Figure:
    """A block for each search: a start in each row, and what it is after so many steps."""
    table = frames.strip
    searches = list(table.groupby(["asked", "reads", "guard"], sort=False))
    heads = [f"{step} steps" if step else "start" for step in table["steps"].unique()]
    rows = [""] * table["digit"].nunique()
    figure = new_figure(0.85 * len(heads) * len(searches) + 0.4, 1.08 * len(rows) + 0.5)
    blocks = figure.subfigures(1, len(searches), squeeze=False, wspace=0.04)[0]
    for block, ((asked, reads, guard), mine) in zip(blocks, searches, strict=True):
        block.suptitle(f"{asked}, {reads}, guard: {guard}", fontsize=10, color=INK)
        draw_grid(block, measured(mine), heads, rows)
    return figure


def trade(frames: PageFrames) -> Figure:
    """Gain against digits kept, a line for each search over its steps, a panel for what it asks."""
    points, enough = frames.points, frames.setting("kept enough")
    asked, guards, reads = ([*points[n].unique()] for n in ("asked", "guard", "reads"))
    figure = new_figure(3.6 * len(asked), 3.9)
    for axes, what in zip(figure.subplots(1, len(asked), sharey=True), asked, strict=True):
        for (guard, reader), line in points[points["asked"] == what].groupby(["guard", "reads"]):
            nth, colour = reads.index(reader), COLOURS[guards.index(guard)]
            style = {"color": colour, "linestyle": DASHES[nth], "marker": MARKERS[nth]}
            axes.plot(line["gain"], line["kept"], markersize=4, **style)
        axes.axhline(enough, color="#999999", linewidth=0.7)
        axes.set_title(f"asked for: {what}", fontsize=10, color=INK)
        axes.set_xlabel("mean gain in px", color=INK)
        axes.set_xlim(-0.05, 1.1 * points["gain"].max())
        axes.set_ylim(-0.03, 1.03)
        tidy(axes)
    first = figure.axes[0]
    first.set_ylabel("share that are still their digit", color=INK)
    for nth, guard in enumerate(guards):
        first.plot([], [], color=COLOURS[nth], label=f"guard: {guard}")
    for nth, reader in enumerate(reads):
        first.plot([], [], linestyle=DASHES[nth], color=INK, marker=MARKERS[nth], label=reader)
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure
