"""The matrices as pictures: one per search and judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from blackbox.results.drawing.canvas import INK, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = {"digit": "judged (most see it)", "harsh": "harsh (all judges, near real ones)"}


def heat_maps(table: pd.DataFrame) -> Figure:
    """A row per judge, a column per search: sources down, targets across, shares in colour."""
    ways = list(dict.fromkeys(table["way"]))
    figure = new_figure(4.1 * len(ways) + 0.8, 8.2)
    grid = figure.subplots(len(SHOWN), len(ways), squeeze=False)
    for row, (judge, title) in zip(grid, SHOWN.items(), strict=True):
        for axes, way in zip(row, ways, strict=True):
            wide = square(table, way, judge)
            drawn = axes.imshow(wide.to_numpy(), cmap="cividis", vmin=0, vmax=1)
            axes.set_xticks(range(len(wide.columns)), wide.columns)
            axes.set_yticks(range(len(wide.index)), wide.index)
            axes.set_xlabel("target", color=INK)
            axes.set_ylabel("source", color=INK)
            axes.set_title(f"{way}\n{title}", fontsize=9)
            for (down, across), share in _cells(wide):
                colour = "white" if share < 0.55 else "black"
                axes.text(
                    across, down, f"{share:.2f}", ha="center", va="center", fontsize=6, color=colour
                )
    figure.colorbar(drawn, ax=grid, shrink=0.6, label="share of starts")
    return figure


def square(table: pd.DataFrame, way: str, judge: str) -> pd.DataFrame:
    """Shares `[source, target]` of one search by one judge."""
    mine = table[table["way"] == way]
    return mine.set_index(["source", "target"])[judge].unstack()  # noqa: PD010


def _cells(wide: pd.DataFrame) -> list[tuple[tuple[int, int], float]]:
    numbers = wide.to_numpy()
    return [((i, j), numbers[i, j]) for i in range(len(numbers)) for j in range(numbers.shape[1])]
