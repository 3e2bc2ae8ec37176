"""The matrices as a picture: a row per judge, a column per search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import INK, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = {"judged": "most judges see the target", "harsh": "all do, and no detector objects"}


def matrix(frames: PageFrames) -> Figure:
    """Shares of starts that reach the target in colour: sources down, targets across."""
    ways = frames.ways
    searches = list(dict.fromkeys(ways["search"]))
    figure = new_figure(4.1 * len(searches) + 0.8, 8.2)
    grid = figure.subplots(len(SHOWN), len(searches), squeeze=False)
    for row, (judge, title) in zip(grid, SHOWN.items(), strict=True):
        for axes, search in zip(row, searches, strict=True):
            mine = ways[ways["search"] == search].set_index(["source", "target"])
            wide = mine[judge].unstack("target")
            drawn = axes.imshow(wide.to_numpy(), cmap="cividis", vmin=0, vmax=1)
            axes.set_xticks(range(len(wide.columns)), wide.columns)
            axes.set_yticks(range(len(wide.index)), wide.index)
            axes.set_xlabel("to", color=INK)
            axes.set_ylabel("from", color=INK)
            axes.set_title(f"{search}\n{title}", fontsize=9)
            for (down, across), share in (
                ((i, j), wide.iloc[i, j]) for i in range(len(wide)) for j in range(wide.shape[1])
            ):
                colour = "white" if share < 0.55 else "black"
                centred = {"ha": "center", "va": "center", "fontsize": 6}
                axes.text(across, down, f"{share:.2f}", color=colour, **centred)
    figure.colorbar(drawn, ax=grid, shrink=0.6, label="share of starts")
    return figure
