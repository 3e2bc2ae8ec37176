"""The picture of the page."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, plain, tidy
from reports.shelf.claims import BUDGETS, among

PROBLEMS = {"new": "six problems new to auto", "tuned": "four of the kinds auto was tuned on"}


def shelf(frames: PageFrames) -> Figure:
    """For each strategy how many of the others do better, at each budget: a panel per group."""
    figure = new_figure(11.0, 12.5)
    grid = figure.subplots(2, 2, sharex=True, gridspec_kw={"height_ratios": (21, 43)})
    for row, (problems, title) in zip(grid, PROBLEMS.items(), strict=True):
        for gradients, offer in enumerate(("no gradients", "gradients offered")):
            _panel(row[gradients], frames, problems, gradients)
            row[gradients].set_title(f"{title}, {offer}", fontsize=10, color=INK)
    for axes in grid[1]:
        axes.set_xlabel("share of the other strategies that find more: 0 is best")
    shown = grid[0, 0].get_legend_handles_labels()
    figure.legend(*shown, loc="outside upper center", ncols=3, frameon=False)
    return figure


def _panel(axes: Axes, frames: PageFrames, problems: str, gradients: int) -> None:
    """A row per strategy, the best over its budgets at the top, with intervals."""
    tables = [pd.DataFrame(among(frames, problems, gradients, b).values()) for b in BUDGETS]
    shares = [
        (table.set_index("strategy")[["low", "rank", "high"]] - 1) / (len(table) - 1)
        for table in tables
    ]
    order = pd.concat(shares).groupby("strategy")["rank"].mean().sort_values().index[::-1]
    for nth, (budget, share) in enumerate(zip(BUDGETS, shares, strict=True)):
        low, rank, high = share.to_numpy().T
        looks: dict[str, Any] = {"fmt": MARKERS[nth], "color": COLOURS[nth], "markersize": 3.5}
        height = order.get_indexer(share.index) + 0.22 * (1 - nth)
        ends = (rank - low, high - rank)
        axes.errorbar(rank, height, xerr=ends, linewidth=1, label=f"{budget} units", **looks)
    axes.set_yticks(range(len(order)), [plain(name) for name in order], fontsize=7.5)
    for label in axes.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() == "auto" else "normal")
    axes.set(ylim=(-0.7, len(order) - 0.3), xlim=(0, 1))
    tidy(axes)
