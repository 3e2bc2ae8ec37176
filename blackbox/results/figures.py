"""Figures: functions frame -> matplotlib Figure, and the one way to save them.

matplotlib is an optional package and is imported inside the functions. Figures are made by its
object interface, so no global state of pyplot is read or changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette for all kinds of colour vision (2008), its yellow left out: too pale.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
DASHES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1, 1.5)))
SEEDS_SHOWN = 6
SMALLEST_SIDE = 8  # a flat square of 49 numbers is more likely a vector than a picture
WRAP = 32  # letters of a strategy's name in a line: a long one would squeeze the picture
SQUEEZED = 20  # times higher than the curves end: a linear axis would show one line at the top
OUTRUN = 10.0  # times the median strategy: on a linear axis the rest would be one line
INK, PALE = "#333333", "#e6e6e6"


class MissingFiguresError(ImportError):
    """matplotlib is not installed; the message says how to install it."""


def convergence(curve: pd.DataFrame, budget: float, strategies: Sequence[str] = ()) -> Figure:
    """Mean best-so-far of one objective against cost, with its 95 % band, a line per strategy.

    `strategies` fixes who has which colour, so that all figures of a study agree.
    """
    figure = _new_figure(9.0, 4.6)
    axes = figure.add_subplot()
    known = list(dict.fromkeys([*strategies, *curve["strategy"]]))
    lines = []
    for strategy, part in curve.groupby("strategy", sort=False):
        nth = known.index(str(strategy))
        colour, dash = COLOURS[nth % len(COLOURS)], DASHES[nth % len(DASHES)]
        cost, mean = part["cost"].to_numpy(float), part["mean"].to_numpy(float)
        band = (part["low"].to_numpy(float), part["high"].to_numpy(float))
        axes.fill_between(cost, *band, step="post", color=colour, alpha=0.16, linewidth=0)
        (line,) = axes.step(cost, mean, where="post", color=colour, linestyle=dash, linewidth=1.8)
        lines.append((np.nan_to_num(mean[-1], nan=-np.inf), line, str(strategy)))
    lines.sort(key=lambda entry: -entry[0])
    axes.set_xlim(0, budget)
    _label(axes, curve, _scale(axes, curve, budget))
    figure.legend(
        [line for _, line, _ in lines],
        [_plain(strategy, wrapped=True) for *_, strategy in lines],
        title="strategy, best mean first",
        loc="outside right upper",
        frameon=False,
        handlelength=3,
        alignment="left",
    )
    return figure


def sheet(pictures: pd.DataFrame) -> Figure | None:
    """Decoded objects of one objective: a row per strategy, per seed a pair of start and best.

    The first six seeds are shown, all in one scale of grey or colour. None if objects are no
    pictures, which are `[h, w]`, `[1, h, w]`, `[3, h, w]`, or flat squares `[h * h]` of 8 x 8 up.
    """
    strategies = list(dict.fromkeys(pictures["strategy"]))
    seeds = sorted(set(pictures["seed"]))[:SEEDS_SHOWN]
    images = {
        (run.strategy, run.seed, end): _image(getattr(run, end))
        for run in pictures.itertuples()
        for end in ("start", "best")
    }
    shown = [image for image in images.values() if image is not None]
    finite = np.concatenate([image[np.isfinite(image)] for image in shown] or [np.empty(0)])
    if len(finite) == 0:
        return None
    limits = (float(finite.min()), float(max(finite.max(), finite.min() + 1e-12)))
    figure = _new_figure(2.2 + 1.75 * len(seeds), 0.8 + 1.12 * len(strategies))
    axes = figure.add_subplot()
    scores = pictures.drop_duplicates(["strategy", "seed"]).set_index(["strategy", "seed"])
    for (row, strategy), (column, seed) in product(enumerate(strategies), enumerate(seeds)):
        if (strategy, seed) in scores.index:
            pair = (images[strategy, seed, "start"], images[strategy, seed, "best"])
            _draw_pair(axes, (2.35 * column, 1.5 * row), pair, limits)
            run = scores.loc[(strategy, seed)]
            title = f"{_short(run['start_score'])} → {_short(run['best_score'])}"
            axes.text(2.35 * column + 1.02, 1.5 * row - 0.06, title, ha="center", fontsize=8)
    _label_sheet(axes, strategies, [f"seed {seed}" for seed in seeds])
    axes.set_title(_plain(f"{pictures['objective'].iloc[0]}: start → best of each run, and scores"))
    return figure


def missing() -> str:
    """Why no figures can be made, with what to install; "" if they can."""
    try:
        _matplotlib()
    except MissingFiguresError as error:
        return str(error)
    return ""


def save(figure: Figure, path: Path) -> None:
    """Write a figure as svg or png, by the path's ending: the same bytes for the same figure."""
    matplotlib = _matplotlib()
    with matplotlib.rc_context({"svg.hashsalt": "blackbox"}):
        dated = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, metadata=dated, dpi=130, bbox_inches="tight")


def _matplotlib() -> Any:
    try:
        import matplotlib.figure
    except ImportError as error:
        raise MissingFiguresError(
            'figures need matplotlib: pip install "blackbox[figures]"'
        ) from error
    return matplotlib


def _new_figure(width: float, height: float) -> Figure:
    figure: Figure = _matplotlib().figure.Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_facecolor("white")
    return figure


def _scale(axes: Axes, curve: pd.DataFrame, budget: float) -> str:
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
        axes.set_yscale("asinh", linear_width=width)
        worst = np.nanmin(levels)
        axes.set_ylim(worst - 0.3 * abs(worst), high + 0.3 * max(abs(high), width))
        return ", asinh scale"
    if high > low and high - np.nanmin(levels) > 3 * (high - low):
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        return ", cut at the worst after a tenth of the budget"
    return ""


def _label(axes: Axes, curve: pd.DataFrame, scale: str) -> None:
    axes.set_xlabel("cost (one score = 1, one gradient = p more)")
    axes.set_ylabel(f"best score so far{scale}\nmean and 95 % interval over seeds")
    if len(curve):
        axes.set_title(_plain(str(curve["objective"].iloc[0])), loc="left")
    axes.grid(color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_pair(
    axes: Axes,
    corner: tuple[float, float],
    pair: tuple[NDArray[np.float64] | None, ...],
    limits: tuple[float, float],
) -> None:
    """Draw two unit squares side by side; an empty one where there is no picture."""
    low, high = limits
    for nth, image in enumerate(pair):
        left, top = corner[0] + 1.04 * nth, corner[1]
        if image is None:
            image = np.full((1, 1), np.nan)
        scaled = (image - low) / (high - low)
        grey = np.repeat(scaled[..., None], 3, axis=-1) if image.ndim == 2 else scaled
        painted = np.where(np.isfinite(grey), np.clip(grey, 0, 1), 0.9)
        axes.imshow(painted, extent=(left, left + 1, top + 1, top), interpolation="nearest")


def _label_sheet(axes: Axes, strategies: list[str], seeds: list[str]) -> None:
    axes.set_xlim(-0.05, 2.35 * len(seeds) - 0.26)
    axes.set_ylim(1.5 * len(strategies) - 0.45, -0.62)
    for column, seed in enumerate(seeds):
        axes.text(2.35 * column + 1.02, -0.4, seed, ha="center", fontsize=9, color=INK)
    rows = [1.5 * row + 0.5 for row in range(len(strategies))]
    axes.set_yticks(rows, [_plain(strategy, wrapped=True) for strategy in strategies])
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _image(drawn: Any) -> NDArray[np.float64] | None:
    """An object as a picture `[h, w]` or `[h, w, 3]`; None if it is none."""
    if drawn is None or np.asarray(drawn).dtype.kind not in "fiub":
        return None
    image = np.asarray(drawn, float)
    side = round(image.size**0.5)
    if image.ndim == 1 and side >= SMALLEST_SIDE and side * side == image.size:
        return image.reshape(side, side)
    if image.ndim == 3 and image.shape[0] in (1, 3):
        image = image[0] if image.shape[0] == 1 else np.moveaxis(image, 0, -1)
    pictured = image.ndim in (2, 3) and min(image.shape[:2]) > 1
    return image if pictured and image.shape[2:] in ((), (3,)) else None


def _short(score: float) -> str:
    return "none" if np.isnan(score) else f"{score:.3g}"


def _plain(text: str, wrapped: bool = False) -> str:
    """A name as matplotlib shows it literally: no formula, and no hiding by an underscore."""
    shown = " ".join(text.split())
    shown = (fill(shown, WRAP) if wrapped else shown).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown
