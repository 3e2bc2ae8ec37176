"""The fronts that were promised and the true ones, and what the weights make of sevens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from blackbox.objectives import mnist
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, tidy
from reports.criteria.sweep import DRAWN, MAIN, SEARCHES, WORST
from reports.criteria.telling import TITLES
from reports.criteria.trade import SIDES
from reports.criteria.worst import TARGET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST = 1e-3  # nats: nearer to a certain seven makes no difference to the eye
STARTS_SHOWN = 4
SHAPES = (*MARKERS, "v")


def fronts(points: pd.DataFrame) -> Figure:
    """Gain against what is lost of the seven, means over seeds: a row per setting."""
    settings = [name for name in TITLES if name in set(points["setting"])]
    figure = new_figure(9.6, 3.1 * len(settings))
    grid = figure.subplots(len(settings), 2, squeeze=False, sharex="row", sharey=True)
    for row, setting in zip(grid, settings, strict=True):
        for axes, (side, columns) in zip(row, SIDES.items(), strict=True):
            for nth, search in enumerate(SEARCHES):
                line(axes, points, setting, search, columns, nth, "-")
                if setting == MAIN.name and search != DRAWN:
                    line(axes, points, WORST.name, search, columns, nth, ":")
            axes.axhline(np.log(2), color="#999999", linewidth=0.8)
            axes.set_title(f"{side}: {TITLES[setting]}", fontsize=9)
            tidy(axes)
        row[0].set_ylabel("nats lost: -log P(7)", color=INK)
    for axes in grid[-1]:
        axes.set_xlabel("gain in px", color=INK)
    grid[0, 0].set_yscale("log")
    grid[0, 0].set_ylim(30, LEAST)  # up is more of a seven
    for nth, search in enumerate(SEARCHES):
        grid[0, 0].plot([], [], color=COLOURS[nth], marker=SHAPES[nth], label=search)
    grid[0, 0].plot([], [], color=INK, label="weighted sums")
    grid[0, 0].plot([], [], ":", color=INK, label="the worse of the two")
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    return figure


def line(
    axes: Axes,
    points: pd.DataFrame,
    setting: str,
    search: str,
    columns: tuple[str, str],
    nth: int,
    dashes: str,
) -> None:
    """One search over its weights."""
    sweep = points[(points["setting"] == setting) & (points["search"] == search)]
    lost = np.maximum(-sweep[columns[1]], LEAST)
    axes.plot(sweep[columns[0]], lost, dashes, linewidth=1, color=COLOURS[nth])
    for passed, fill in ((True, COLOURS[nth]), (False, "white")):
        some = ((sweep["harsh"] >= 0.5) == passed).to_numpy()
        style: dict[str, Any] = {"marker": SHAPES[nth], "markerfacecolor": fill}
        style["color"] = COLOURS[nth]
        axes.plot(sweep[columns[0]][some], lost[some], linestyle="", markersize=4.5, **style)


def strip(runs: pd.DataFrame, search: str) -> Figure:
    """A row per seed: the start, and what each weight picks, with the true thickness and belief."""
    sweep = runs[runs["search"] == search]
    seeds, shares = list(dict.fromkeys(sweep["seed"]))[:STARTS_SHOWN], sorted(set(sweep["share"]))
    objective = mnist.bold_digit(target=TARGET, source=cast(Any, MAIN.source))
    figure = new_figure(1.1 * (len(shares) + 1), 1.35 * len(seeds) + 0.3)
    grid = figure.subplots(len(seeds), len(shares) + 1, squeeze=False)
    for row, seed in zip(grid, seeds, strict=True):
        cells = sweep[sweep["seed"] == seed].sort_values("share")
        begun = objective.starts(np.random.default_rng([seed, 0]), 8)[:1]
        pictures = objective.decode(np.concatenate([begun, np.stack(list(cells["z"]))]))
        texts = ["start"]
        for cell in cells.itertuples(index=False):
            seen = "7" if cell.kept == 1 else "lost"
            texts.append(f"{cell.true_gain:+.1f} px, {'harsh' if cell.harsh == 1 else seen}")
        for axes, picture, text in zip(row, pictures, texts, strict=True):
            axes.imshow(picture.numpy(), cmap="gray_r", vmin=0, vmax=1)
            axes.set_xlabel(text, fontsize=7, labelpad=2)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
    for axes, share in zip(grid[0, 1:], shares, strict=True):
        axes.set_title(f"{share:g}", fontsize=9)
    return figure
