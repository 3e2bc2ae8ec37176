"""The picture of the page: theory at points, what a rate does, and what kappa tells of climbs."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, tidy
from reports.chained.claims import EXAMPLE, KAPPA, LAWS, duels


def chained(frames: PageFrames) -> Figure:
    """Variances against the law, climbs over rates, and decades won against kappa over d."""
    figure = new_figure(12.6, 4.2)
    law, rates, climbs = figure.subplots(1, 3)
    points, of_rates = frames.points, frames.rates
    of_rates = of_rates[of_rates["objective"] == EXAMPLE].set_index("estimate")
    law.plot([0.03, 500], [0.03, 500], color=INK, linewidth=1)
    for nth, (estimate, kappa) in enumerate(LAWS.items()):
        style: dict[str, Any] = {"color": COLOURS[nth], "marker": MARKERS[nth], "label": estimate}
        rate = of_rates.loc[estimate]
        rates.plot(rate["rate"], rate["log10 regret"], linewidth=1.5, markersize=5, **style)
        if estimate not in KAPPA:
            continue
        predicted = (1 + points[kappa]) / (1 + points["d"])
        measured = points[estimate] / points["direct"]
        law.scatter(predicted, measured, alpha=0.7, s=16, linewidths=0, **style)
        rows = duels(frames, estimate)
        reach = np.array([rows["gain"] - rows["gain_low"], rows["gain_high"] - rows["gain"]])
        climbs.errorbar(
            rows["kappa over d"], rows["gain"], reach, linestyle="none", markersize=5, **style
        )
    law.set(yscale="log")
    climbs.axhline(0, color=INK, linewidth=0.7, linestyle=":")
    _finished(law, "at a point", "(1 + kappa) / (1 + d)", "variance: chained / direct")
    _finished(rates, f"climbs: {EXAMPLE}", "learning rate", "log10 of the regret at the end")
    _finished(
        climbs, "climbs: best rates", "kappa / d", "decades won over direct", loc="upper left"
    )
    for axes in (law, climbs):
        axes.axvline(1, color=INK, linewidth=0.7, linestyle=":")
    return figure


def _finished(axes: Axes, title: str, across: str, up: str, **legend: Any) -> None:
    axes.set(xscale="log", xlabel=across, ylabel=up)
    axes.set_title(title, loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8, **legend)
    tidy(axes)
