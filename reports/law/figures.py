"""What climbs gain and are promised at each distance, scorer by scorer."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from blackbox.pages import PageFrames, where
from blackbox.results.drawing.canvas import COLOURS, new_figure, tidy
from reports.law.fits import FORMS, LOG, fitted

UNITS = {"bold digits": "px of stroke", "wings": "lift over drag"}


def gains(frames: PageFrames) -> Figure:
    """A panel per problem and width: true, promised, and the law that the near half has taught."""
    table = frames.gains
    widths = sorted(table["width"].unique())
    figure = new_figure(8.5, 5.0)
    panels = figure.subplots(len(UNITS), len(widths), sharex=True, sharey="row")
    for row, (problem, unit) in zip(panels, UNITS.items(), strict=True):
        most = where(table, problem=problem)["true"].max()
        for axes, width in zip(row, widths, strict=True):
            scorers = where(table, problem=problem, width=width)
            _draw_panel(axes, scorers)
            axes.set_ylim(-0.35 * most, 1.9 * most)
            axes.set_title(f"{problem}, width {width}", fontsize=9)
        row[0].set_ylabel(f"gain, {unit}")
    panels[-1][1].set_xlabel("distance from the start, prior deviations")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return figure


def _draw_panel(axes: Any, scorers: pd.DataFrame) -> None:
    """Means over draws of rows; each draw's true gain thin."""
    for _, one in scorers.groupby("draw"):
        each = one.groupby("distance")["true"].mean()
        axes.plot(each.index, each, color=COLOURS[0], linewidth=0.5, alpha=0.5)
    mean = scorers.groupby("distance")[["promised", "true"]].mean()
    d = mean.index.to_numpy(float)
    axes.plot(d, mean["promised"], "--", color=COLOURS[1], label="promised")
    axes.plot(d, mean["true"], color=COLOURS[0], linewidth=2, label="true")
    for name, style, learned in (("the near half", ":", d <= d.max() / 2), ("all", "-.", d >= 0)):
        weights = fitted(LOG, d[learned], mean["true"].to_numpy()[learned])
        law = FORMS[LOG](d) @ weights
        axes.plot(d, law, style, color=COLOURS[2], label=f"the law, fitted to {name}")
    axes.axvline(np.median(d), color="#999999", linewidth=0.7)
    tidy(axes)
