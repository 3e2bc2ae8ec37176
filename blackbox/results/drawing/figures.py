"""Figures of tables: curves over cost, ranks over prices, scores over norms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import (
    BAND,
    WIDTH,
    axis_unit,
    legend,
    legend_height,
    line_style,
    marker_style,
    new_figure,
    places,
    plain,
    tell_losses,
    tidy,
)
from blackbox.results.drawing.lines import OUTRUN, asinh, draw_lines, in_units, scale
from blackbox.results.judging.typicality import shell_score, typical_norms

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COST = "cost (one score = 1, one gradient = p more)"
SCORES = "cost, in scores"  # where nothing asks for gradients
SCORES_OF = ("score", "true score")  # how measures begin that are scores
TITLE = 64  # letters of a title in a line, beside a legend
SECONDS = "seconds of this machine (thinking spread evenly over a run's evaluations)"
LETTERS = 12  # in an inch of a title
TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000)  # of prices


def convergence(
    curve: pd.DataFrame,
    budget: float,
    strategies: Sequence[str] = (),
    cost: str = COST,
    *,
    is_loss: bool = False,
) -> Figure:
    """Mean best-so-far of one objective against cost, with its 95 % band, a line per strategy.

    Against seconds where the curve is over seconds; `budget` is where the axis ends. Of a loss the
    curve is one of scores, minus the loss, and the axis tells losses: up is better in all figures.
    `strategies` fixes who has which colour, so that all figures of a study agree, and `cost` names
    the axis.
    """
    figure = new_figure(9.0, max(4.6, legend_height(curve["strategy"].unique())))
    across = SECONDS if "seconds" in curve else cost
    axes, (curve, unit) = figure.add_subplot(), in_units(curve.rename(columns={"seconds": "cost"}))
    lines = draw_lines(axes, curve, strategies)
    axes.set_xlim(0, budget)
    axes.set_xlabel(across)
    how = scale(axes, curve, budget)
    what = "lowest loss so far" if is_loss else "best score so far"
    axes.set_ylabel(f"{what}{unit}{how}\nmean and 95 % interval over seeds")
    if is_loss:
        tell_losses(axes)
    if len(curve):
        axes.set_title(_title(curve), loc="left")
    tidy(axes)
    ends = {
        strategy: np.nan_to_num(line.get_ydata()[-1], nan=-np.inf)
        for strategy, line in lines.items()
    }
    order = sorted(lines, key=lambda strategy: -ends[strategy])
    legend(figure, [lines[s] for s in order], order, "strategy, best mean first")
    return figure


def over_optimisation(
    curve: pd.DataFrame,
    budget: float,
    strategies: Sequence[str] = (),
    cost: str = COST,
    *,
    is_loss: bool = False,
) -> Figure:
    """What each strategy's best so far is predicted and judged to be against cost, one objective.

    A panel for the score, one for the true score where its judge is known, one for every other
    judge; `curve` is a table of `over_optimisation`. A score that goes on rising where the truth
    falls is exploited. After Gao, Schulman and Hilton, 2022 (arXiv 2210.10760), figure 1.
    """
    measures = list(dict.fromkeys(curve["measure"]))
    columns = math.ceil(len(measures) ** 0.5) or 1
    rows = math.ceil(len(measures) / columns) or 1
    lowest = legend_height(curve["strategy"].unique())
    figure = new_figure(3.1 * columns + 2.4, max(2.9 * rows + 0.4, lowest))
    lines: dict[str, Any] = {}
    for nth, measure in enumerate(measures, start=1):
        axes = figure.add_subplot(rows, columns, nth)
        part, unit = in_units(curve[curve["measure"] == measure])
        lines |= draw_lines(axes, part, strategies)
        axes.set_xlim(0, budget)
        title = plain(f"{measure}{unit}{scale(axes, part, budget)}", wrapped=True)
        axes.set_title(title, loc="left", fontsize=9)
        if is_loss and measure.startswith(SCORES_OF):
            tell_losses(axes)
        tidy(axes)
    if measures:
        legend(figure, list(lines.values()), list(lines), "strategy")
        figure.supxlabel(cost, fontsize=9)
        title = f"{curve['objective'].iloc[0]}: the best so far, mean and 95 % interval over seeds"
        shown = plain(title, wrapped=True, letters=int(3.1 * columns * LETTERS))
        figure.suptitle(shown, x=0.02, ha="left", fontsize=10)  # the legend stands at its right
    return figure


def runtime_distribution(
    curve: pd.DataFrame, budget: float, strategies: Sequence[str] = (), cost: str = COST
) -> Figure:
    """The share of runs and targets that each strategy has reached against cost (a runtime ECDF).

    `curve` is one of `runtime_distribution` with a curve per strategy.
    """
    figure = new_figure(9.0, max(4.2, legend_height(curve["strategy"].unique())))
    axes = figure.add_subplot()
    lines, nth = {}, places(strategies, curve["strategy"])
    for strategy, part in curve.groupby("strategy", sort=False):
        paid = np.append(part["cost"].to_numpy(float), budget)
        share = np.append(part["share"].to_numpy(float), part["share"].iloc[-1])
        style = line_style(nth[str(strategy)])
        (lines[str(strategy)],) = axes.step(paid, share, where="post", linewidth=WIDTH, **style)
    axes.set_xscale("log")
    axes.set_xlim(1, max(budget, 2))
    axes.set_ylim(0, 1)
    axes.set_xlabel(cost)
    axes.set_ylabel("share of runs and targets reached")
    tidy(axes)
    ends = curve.groupby("strategy")["share"].last()
    order = sorted(lines, key=lambda strategy: -ends[strategy])
    legend(figure, [lines[s] for s in order], order, "strategy, most reached first")
    return figure


def price_ranks(curve: pd.DataFrame, strategies: Sequence[str] = ()) -> Figure:
    """Ranks of the mean best on one objective against the price of a gradient, in log(1 + price).

    `curve` is that of `price_curve`; where two lines cross, two strategies swap. `strategies` fixes
    who has which colour, so that all figures of a study agree.
    """
    lowest = legend_height(curve["strategy"].unique())
    figure = new_figure(9.0, max(0.9 + 0.42 * max(4, curve["strategy"].nunique()), lowest))
    axes, nth = figure.add_subplot(), places(strategies, curve["strategy"])
    lines = []
    for strategy, part in curve.groupby("strategy", sort=False):
        price, rank = np.log1p(part["price"].to_numpy(float)), part["rank"].to_numpy(float)
        style = line_style(nth[str(strategy)])
        (line,) = axes.step(price, rank, where="pre", linewidth=WIDTH, **style)
        lines.append((rank[0], str(strategy), line))
    lines.sort(key=lambda entry: entry[:2])
    shown = [tick for tick in TICKS if curve["price"].min() <= tick <= curve["price"].max()]
    axes.set_xticks(np.log1p(shown), [f"{tick:,}" for tick in shown])
    axes.margins(x=0)
    axes.set_ylim(len(lines) + 0.5, 0.5)
    axes.set_yticks(range(1, len(lines) + 1))
    axes.set_xlabel("price of a gradient, in scores")
    axes.set_ylabel("rank of the mean best")
    axes.set_title(_title(curve), loc="left")
    tidy(axes)
    names = [strategy for _, strategy, _ in lines]
    legend(figure, [line for *_, line in lines], names, "where gradients are cheapest")
    return figure


def typicality(table: pd.DataFrame, strategies: Sequence[str] = ()) -> Figure | None:
    """The score of each run's best against how typical its latent point is, for one objective.

    `table` is one of `typicality`. Across: how many standard deviations the norm of `z` lies from
    that of prior draws; the band holds 99 % of them. None where no point has such a norm.
    """
    drawn = table.dropna(subset=["shell_score", "score"])
    if not len(drawn):
        return None
    by, unit = axis_unit(drawn["score"].to_numpy(float))
    drawn = drawn.assign(score=drawn["score"] / by)
    figure = new_figure(8.4, max(4.4, legend_height(["", *drawn["strategy"].unique()])))
    axes = figure.add_subplot()
    dim = int(drawn["dim"].iloc[0])
    band = shell_score(typical_norms(dim), dim)
    within = axes.axvspan(band[0], band[1], color=BAND, zorder=0)
    dots = {}
    for strategy, part in drawn.groupby("strategy", sort=False):
        style = marker_style(places(strategies, drawn["strategy"])[str(strategy)])
        across, up = part["shell_score"].to_numpy(float), part["score"].to_numpy(float)
        dots[str(strategy)] = axes.scatter(across, up, s=26, alpha=0.75, linewidths=0, **style)
    if np.abs(drawn["shell_score"]).max() > OUTRUN:
        asinh(axes, "x", float(band[1]))
    sizes = np.abs(drawn["score"].to_numpy(float))
    if sizes.max() > OUTRUN * np.median(sizes):
        asinh(axes, "y", max(float(np.median(sizes)), 1e-9))
    axes.set_xlabel(f"norm of z, in standard deviations from the mean of {dim} normal numbers")
    axes.set_ylabel(f"score of the run's best{unit}")
    axes.set_title(_title(drawn), loc="left")
    tidy(axes)
    legend(figure, [within, *dots.values()], ["99 % of prior draws", *dots], "the best of each run")
    return figure


def _title(table: pd.DataFrame) -> str:
    """The objective of a table as a title, in lines that end before the legend."""
    return plain(str(table["objective"].iloc[0]), wrapped=True, letters=TITLE)
