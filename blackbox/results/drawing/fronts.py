"""Pareto fronts of two criteria as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from blackbox.results.drawing.canvas import (
    legend,
    legend_height,
    marker_style,
    new_figure,
    places,
    plain,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTED = {1: "high is good", -1: "low is good"}


def front(points: pd.DataFrame, ways: pd.DataFrame, strategies: Sequence[str] = ()) -> Figure:
    """The front of each strategy in its first two criteria; those that nobody dominates are full.

    `points` is a table of `pareto_front`, `ways` the rows of `directions` of its objective.
    """
    across, up, *_ = (str(name) for name in ways["criterion"])
    names = list(dict.fromkeys(points["strategy"]))
    figure = new_figure(8.4, max(4.6, legend_height(names)))
    axes, nth = figure.add_subplot(), places(strategies, points["strategy"])
    dots = []
    for strategy in names:
        part = points[points["strategy"] == strategy].sort_values(across)
        style = marker_style(nth[str(strategy)])
        fill = [style["color"] if best else "none" for best in part["overall"]]
        x, y = part[across].to_numpy(float), part[up].to_numpy(float)
        axes.plot(x, y, color=style["color"], linewidth=0.8, alpha=0.5)
        marks = {"edgecolors": style["color"], "marker": style["marker"]}
        dots.append(axes.scatter(x, y, s=28, facecolors=fill, **marks))
    named = ways.set_index("criterion")[["name", "direction"]].T.to_dict()
    for label, column in ((axes.set_xlabel, across), (axes.set_ylabel, up)):
        label(f"{plain(named[column]['name'])} ({WANTED[int(named[column]['direction'])]})")
    title = plain(str(ways["objective"].iloc[0]), wrapped=True, letters=64)
    axes.set_title(title, loc="left")
    tidy(axes)
    legend(figure, dots, names, "full: dominated by none")
    return figure
