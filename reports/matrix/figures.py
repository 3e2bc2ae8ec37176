"""The matrices as a picture: a row per judge, a column per search."""

import numpy as np
from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import INK, new_figure

SHOWN = {"judged": "most judges see the target", "harsh": "all do, and no detector objects"}


def matrix(frames: PageFrames) -> Figure:
    """Shares of starts that reach the target in colour: sources down, targets across."""
    ways = frames.ways
    searches = ways["search"].unique()
    figure = new_figure(4.1 * len(searches) + 0.8, 8.2)
    grid = figure.subplots(len(SHOWN), len(searches), squeeze=False)
    for row, (judge, title) in zip(grid, SHOWN.items(), strict=True):
        for axes, search in zip(row, searches, strict=True):
            mine = ways[ways["search"] == search].set_index(["source", "target"])
            wide = mine[judge].unstack("target").to_numpy()
            drawn = axes.imshow(wide, cmap="cividis", vmin=0, vmax=1)
            axes.set(xticks=range(len(wide)), yticks=range(len(wide)))
            axes.set_xlabel("to", color=INK)
            axes.set_ylabel("from", color=INK)
            axes.set_title(f"{search}\n{title}", fontsize=9)
            for (down, across), share in np.ndenumerate(wide):
                colour = "white" if share < 0.55 else "black"
                centred = {"ha": "center", "va": "center", "fontsize": 6}
                axes.text(across, down, f"{share:.2f}", color=colour, **centred)
    figure.colorbar(drawn, ax=grid, shrink=0.6, label="share of starts")
    return figure
