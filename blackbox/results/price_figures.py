"""Figures over the price of a gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blackbox.results.canvas import legend, line_style, new_figure, places, plain, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000)


def price_ranks(curve: pd.DataFrame, strategies: Sequence[str] = ()) -> Figure:
    """Ranks of the mean best on one objective against the price of a gradient, in log(1 + price).

    `curve` is that of `price_curve`; where two lines cross, two strategies swap. `strategies` fixes
    who has which colour, so that all figures of a study agree.
    """
    figure = new_figure(9.0, 0.9 + 0.42 * max(4, curve["strategy"].nunique()))
    axes, nth = figure.add_subplot(), places(strategies, curve["strategy"])
    lines = []
    for strategy, part in curve.groupby("strategy", sort=False):
        price, rank = np.log1p(part["price"].to_numpy(float)), part["rank"].to_numpy(float)
        style = line_style(nth[str(strategy)])
        (line,) = axes.step(price, rank, where="pre", linewidth=1.8, **style)
        lines.append((rank[0], str(strategy), line))
    lines.sort(key=lambda entry: entry[:2])
    shown = [tick for tick in TICKS if curve["price"].min() <= tick <= curve["price"].max()]
    axes.set_xticks(np.log1p(shown), [f"{tick:,}" for tick in shown])
    axes.margins(x=0)
    axes.set_ylim(len(lines) + 0.5, 0.5)
    axes.set_yticks(range(1, len(lines) + 1))
    axes.set_xlabel("price of a gradient, in scores")
    axes.set_ylabel("rank of the mean best")
    axes.set_title(plain(str(curve["objective"].iloc[0])), loc="left")
    tidy(axes)
    names = [strategy for _, strategy, _ in lines]
    legend(figure, [line for *_, line in lines], names, "where gradients are cheapest")
    return figure
