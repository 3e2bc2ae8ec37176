"""What a hit costs each search, and how far from real rows it lies."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import BAND, COLOURS, new_figure, tidy

SHOWN = {"units": "units until a hit (cross: none)", "distance": "distance from real rows"}


def hits(frames: PageFrames) -> Figure:
    """A dot per run: tables across, the cost of a hit and the distance from real rows down."""
    runs = frames.runs[frames.runs["model"] == "network"]
    strategies = list(dict.fromkeys(runs["strategy"]))
    figure = new_figure(9.5, 6.0)
    panels = figure.subplots(2, 2, sharey=True)
    for column, table in zip(panels.T, ("diabetes", "cancer"), strict=True):
        far = frames.questions.set_index("table")["far"][table].max()
        for axes, (shown, label) in zip(column, SHOWN.items(), strict=True):
            for near, name in enumerate(("the output alone", "near real rows, too")):
                for hit, marker in enumerate("xo"):
                    mine = runs.query(f"table == {table!r} and near == {near} and hits == {hit}")
                    down = mine["strategy"].map(strategies.index) + 0.3 * near - 0.15
                    style = {"color": COLOURS[1 - near], "alpha": 0.6, "label": name}
                    axes.scatter(mine[shown], down, s=16, marker=marker, **style)
            axes.set_yticks(range(len(strategies)), strategies)
            axes.set_xlabel(label)
            tidy(axes)
        column[0].set(title=table, xscale="log")
        column[1].axvspan(0, far, color=BAND, zorder=0)
        column[1].set_xlim(0)
    panels[0, 0].invert_yaxis()
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles[::2], names[::2], loc="outside upper right", ncols=2, frameon=False)
    return figure
