"""Sheets of decoded objects: start and best of each run, or all that judges saw of its path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.drawing.canvas import INK, axis_unit, new_figure, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Image = NDArray[np.float64] | None
SEEDS_SHOWN = 6
STRIP = 8  # pictures of a strip
SMALLEST_SIDE = 8  # a flat square of 49 numbers is more likely a vector than a picture
FINEST, MOST_PIXELS = 32, 128  # of a picture's side: small ones are drawn whole pixels each
NOTHING = 0.9  # the grey of an object that is no picture
ACROSS, DOWN = 1.04, 1.5  # from a picture to its right neighbour, and to the row below
# Scores above pictures lie within the axes: the layout need not measure hundreds of them.
ABOVE: dict[str, Any] = {"ha": "center", "va": "bottom", "in_layout": False}
LETTERS = 9  # of a title in an inch of the figure, names at the left included


def sheet(pictures: pd.DataFrame) -> Figure | None:
    """Decoded objects of one objective: a row per strategy, per seed a pair of start and best.

    The first six seeds are shown, all in one scale of grey or colour. None if objects are no
    pictures, which are `[h, w]`, `[1, h, w]`, `[3, h, w]`, or flat squares `[h * h]` of 8 x 8 up.
    """
    strategies = list(dict.fromkeys(pictures["strategy"]))
    seeds = sorted(set(pictures["seed"]))[:SEEDS_SHOWN]
    images = {
        (run.strategy, run.seed): (as_image(run.start), as_image(run.best))
        for run in pictures.itertuples()
    }
    limits = _limits(image for pair in images.values() for image in pair)
    if limits is None:
        return None
    figure = new_figure(2.2 + 1.75 * len(seeds), 0.8 + 1.12 * len(strategies))
    axes = figure.add_subplot()
    scores = pictures.drop_duplicates(["strategy", "seed"]).set_index(["strategy", "seed"])
    placed: list[tuple[float, float, Image]] = []
    for (row, strategy), (column, seed) in product(enumerate(strategies), enumerate(seeds)):
        if (strategy, seed) in scores.index:
            left, top = 2.35 * column, DOWN * row
            start, best = images[strategy, seed]
            placed += [(left, top, start), (left + ACROSS, top, best)]
            run = scores.loc[(strategy, seed)]
            title = f"{_short(run['start_score'])} → {_short(run['best_score'])}"
            axes.text(left + 1.02, top - 0.06, title, fontsize=8, **ABOVE)
    _draw(axes, placed, limits, (2.35 * len(seeds), DOWN * len(strategies)))
    heads = [(2.35 * column + 1.02, f"seed {seed}") for column, seed in enumerate(seeds)]
    _frame(axes, 2.35 * len(seeds) - 0.26, strategies, heads)
    _entitle(axes, f"{pictures['objective'].iloc[0]}: start → best of each run, and scores")
    return figure


def path_sheet(paths: pd.DataFrame) -> Figure | None:
    """What judges saw of each run of one objective and strategy: a row per seed, start to best.

    `paths` is a frame of `paths`; the first six seeds are shown, in one scale, with the score and,
    where the truth is judged, the true score of each object. None if objects are no pictures.
    """
    runs = [run for _, run in paths.sort_values(["seed", "row"]).groupby("seed")][:SEEDS_SHOWN]
    images = [[as_image(shown) for shown in run["shown"]] for run in runs]
    limits = _limits(image for row in images for image in row)
    if limits is None:
        return None
    longest = max(map(len, runs))
    figure = new_figure(2.2 + 0.85 * longest, 0.8 + 1.12 * len(runs))
    axes = figure.add_subplot()
    placed = [
        (ACROSS * place, DOWN * nth, image)
        for nth, row in enumerate(images)
        for place, image in enumerate(row)
    ]
    _draw(axes, placed, limits, (ACROSS * longest, DOWN * len(runs)))
    for nth, run in enumerate(runs):
        _write_scores(axes, run, DOWN * nth)
    _frame(axes, ACROSS * longest, [f"seed {run['seed'].iloc[0]}" for run in runs], [])
    first = paths.iloc[0]
    above = "score" if first["truth"] == "" else f"score, and true score by {first['truth']}"
    _entitle(axes, f"{first['objective']}, {first['strategy']}: start to best, {above}")
    return figure


def strips(runs: Mapping[str, pd.DataFrame], objective: str) -> Figure:
    """One run each of a few strategies as a row of pictures, start to best, at most eight.

    `runs` are rows of a frame of `paths`, by strategy; above each picture its score, and below that
    the true score where the truth is judged.
    """
    rows = {name: run.iloc[_spread(len(run), STRIP)] for name, run in runs.items()}
    images = [[as_image(shown) for shown in run["shown"]] for run in rows.values()]
    limits = _limits(image for row in images for image in row)
    assert limits is not None, "a strip is of pictures"
    longest = max(map(len, images))
    figure = new_figure(2.6 + 0.95 * longest, 0.5 + 1.4 * len(rows))
    axes = figure.add_subplot()
    placed = [
        (ACROSS * place, DOWN * nth, image)
        for nth, row in enumerate(images)
        for place, image in enumerate(row)
    ]
    _draw(axes, placed, limits, (ACROSS * longest, DOWN * len(rows)))
    for nth, run in enumerate(rows.values()):
        _write_scores(axes, run, DOWN * nth)
    _frame(axes, ACROSS * longest, list(rows), [])
    truths = [str(run["truth"].iloc[0]) for run in rows.values()]
    says = f" (true: what judge {truths[0]} measures)" if truths[0] else ""
    _entitle(axes, f"{objective}, start to best{says}")
    return figure


def _spread(n: int, most: int) -> NDArray[np.intp]:
    """At most so many of `n` places, the first and the last among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def _write_scores(axes: Axes, run: pd.DataFrame, top: float) -> None:
    """The score above each picture of a run and, in a line below it, the true score."""
    has_truth = run["truth"].iloc[0] != ""
    for place, (score, true) in enumerate(zip(run["score"], run["true"], strict=True)):
        measured = "not measured" if np.isnan(true) else f"true {_short(true)}"
        text = f"score {_short(score)}\n{measured}" if has_truth else _short(score)
        axes.text(ACROSS * place + 0.5, top - 0.06, text, fontsize=7, **ABOVE)


def as_image(shown: Any) -> Image:
    """An object as a picture `[h, w]` or `[h, w, 3]`; None if it is none."""
    if shown is None or np.asarray(shown).dtype.kind not in "fiub":
        return None
    image = np.asarray(shown, float)
    side = round(image.size**0.5)
    if image.ndim == 1 and side >= SMALLEST_SIDE and side * side == image.size:
        return image.reshape(side, side)
    if image.ndim == 3 and image.shape[0] in (1, 3):
        image = image[0] if image.shape[0] == 1 else np.moveaxis(image, 0, -1)
    pictured = image.ndim in (2, 3) and min(image.shape[:2]) > 1
    return image if pictured and image.shape[2:] in ((), (3,)) else None


def _limits(images: Iterable[Image]) -> tuple[float, float] | None:
    """The smallest and the largest number of all pictures; None if there is none."""
    finite = [image[np.isfinite(image)] for image in images if image is not None]
    numbers = np.concatenate([*finite, np.empty(0)])
    if not len(numbers):
        return None
    return float(numbers.min()), float(numbers.max())


def _draw(
    axes: Axes,
    places: Iterable[tuple[float, float, Image]],
    limits: tuple[float, float],
    size: tuple[float, float],
) -> None:
    """Draw pictures as unit squares with their corners there; a pale one where there is none.

    All of them are one image on an area of this `size`: hundreds of small ones take long to draw.
    """
    placed = list(places)
    by, _ = axis_unit(np.array(limits))
    low, high = (end / by for end in limits)
    width = high - low or 1.0  # pictures of one grey are black
    largest = max((max(image.shape[:2]) for _, _, image in placed if image is not None), default=1)
    side = min(largest * -(-FINEST // largest), MOST_PIXELS)
    shape = (round(size[1] * side), round(size[0] * side), 4)
    painted = np.zeros(shape, np.uint8)  # where nothing is drawn the page is seen
    for left, top, image in placed:
        shown = np.full((1, 1), np.nan) if image is None else (image / by - low) / width
        rows, columns = (np.arange(side) * n // side for n in shown.shape[:2])
        scaled = shown[rows][:, columns]
        grey = np.repeat(scaled[..., None], 3, axis=-1) if scaled.ndim == 2 else scaled
        colour = np.where(np.isfinite(grey), np.clip(grey, 0, 1), NOTHING)
        down, across = round(top * side), round(left * side)
        at = (slice(down, down + side), slice(across, across + side))
        room = painted[at].shape[:2]
        painted[at] = np.dstack([np.round(255 * colour), np.full((side, side), 255)])[
            : room[0], : room[1]
        ]
    extent = (0, shape[1] / side, shape[0] / side, 0)
    axes.imshow(painted, extent=extent, interpolation="none", interpolation_stage="rgba")


def _entitle(axes: Axes, title: str) -> None:
    """A title in lines that are no longer than the figure."""
    letters = max(int(LETTERS * axes.figure.get_figwidth()), 24)  # type: ignore[union-attr]
    axes.set_title(plain(title, wrapped=True, letters=letters), loc="left", fontsize=10)


def _frame(
    axes: Axes, width: float, rows: Sequence[str], heads: Sequence[tuple[float, str]]
) -> None:
    axes.set_xlim(-0.05, width)
    axes.set_ylim(DOWN * len(rows) - 0.45, -0.62 if heads else -0.3)
    for place, head in heads:
        axes.text(place, -0.4, head, ha="center", fontsize=9, color=INK)
    axes.set_yticks(
        [DOWN * nth + 0.5 for nth in range(len(rows))], [plain(row, wrapped=True) for row in rows]
    )
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _short(score: float) -> str:
    return "none" if np.isnan(score) else f"{score:.3g}"
