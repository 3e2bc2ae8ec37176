"""Lines over cost, a band around each, on axes that show them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import WIDTH, axis_unit, line_style, places

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SQUEEZED = 20  # times higher than the curves end: a linear axis would show one line at the top
OUTRUN = 10.0  # times the median strategy: on a linear axis the rest would be one line


def asinh(axes: Axes, which: str, width: float) -> None:
    """A scale that is linear within `width` of 0 and logarithmic beyond, its ticks as numbers.

    The usual ticks are signed powers of ten, of which three or four stand at 0: "-10^0 0 10^0".
    """
    from matplotlib.ticker import AsinhLocator, FuncFormatter, NullLocator

    getattr(axes, f"set_{which}scale")("asinh", linear_width=width)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(AsinhLocator(width, numticks=9, base=0))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:.3g}"))


def in_units(curve: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The levels of a curve as an axis can hold them, and their unit in words."""
    levels = curve[["mean", "low", "high"]]
    by, unit = axis_unit(levels.to_numpy(float))
    return curve.assign(**(levels / by).replace([np.inf, -np.inf], np.nan)), unit


def draw_lines(axes: Axes, curve: pd.DataFrame, strategies: Sequence[str]) -> dict[str, Any]:
    """Draw the mean and the band of each strategy: strategy -> its line."""
    numbers, lines = places(strategies, curve["strategy"]), {}
    for strategy, part in curve.groupby("strategy", sort=False):
        cost, mean = part["cost"].to_numpy(float), part["mean"].to_numpy(float)
        band = (part["low"].to_numpy(float), part["high"].to_numpy(float))
        style = line_style(numbers[str(strategy)])
        axes.fill_between(cost, *band, step="post", color=style["color"], alpha=0.16, linewidth=0)
        (lines[str(strategy)],) = axes.step(cost, mean, where="post", linewidth=WIDTH, **style)
    return lines


def scale(axes: Axes, curve: pd.DataFrame, budget: float) -> str:
    """Keep bad starts from squeezing the rest into the top; how, in words for the axis."""
    settled = curve[curve["cost"] >= 0.1 * budget]
    ends = settled.groupby("strategy", sort=False)["mean"].last().to_numpy(float)
    levels = curve[["mean", "low", "high"]].to_numpy(float)
    if not np.isfinite(ends).any():
        return ""
    low, high = np.nanmin(settled[["mean", "low"]].to_numpy(float)), np.nanmax(levels)
    sizes = np.abs(ends[np.isfinite(ends)])
    # Losses end near 0, far from where they began; an exploited score leaves all others behind.
    if high - low > SQUEEZED * sizes.max() or sizes.max() > OUTRUN * np.median(sizes):
        width = float(max(sizes.min(), 1e-3 * sizes.max(), 1e-9))
        asinh(axes, "y", width)
        worst = np.nanmin(levels)
        axes.set_ylim(worst - 0.3 * abs(worst), high + 0.3 * max(abs(high), width))
        return ", asinh scale"
    if high > low and high - np.nanmin(levels) > 3 * (high - low):
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        return ", cut at the worst after a tenth of the budget"
    return ""
