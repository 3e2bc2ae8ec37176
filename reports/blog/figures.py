"""The two pictures of the blog: a seven on its way to a two, and digits that grow bolder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.results.drawing.canvas import INK, new_figure, save
from blackbox.trace import Trace
from reports.blog.measure import EARLY, END, row_at, seen
from reports.blog.sevens import Search

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WAY = (0.25, 0.5, 0.75)  # of the steps to an early stop, shown between start and stop
BOLD = (0, 5, 10, 15, 20, 30, 40, 50)  # steps along the thickness gradient
RATE = 0.05  # as the blog: small steps, so that the first ones keep the digit


def morph(runs: Sequence[tuple[Search, Trace, bb.Objective]], path: Path) -> None:
    """One row per search: the same seven, the way to its stop, and where it ends."""
    figure = new_figure(9.6, 1.25 * len(runs) + 0.4)
    grid = figure.subplots(len(runs), len(WAY) + 3, squeeze=False)
    heads = ["start", *(f"{share:.0%} of the way" for share in WAY), EARLY, "after all steps"]
    for axes, head in zip(grid[0], heads, strict=True):
        axes.set_title(head, fontsize=9)
    judge = mnist.digit(target=2, source=7).judges["log_probability"]
    for row, (search, trace, objective) in zip(grid, runs, strict=True):
        stop = row_at(trace, EARLY)
        places = [0, *(round(share * stop) for share in WAY), stop, row_at(trace, END)]
        x = seen(objective, trace.z[places])
        believed = np.exp(judge.verdict(x, "log_probability"))
        for nth, axes in enumerate(row):
            caption = f"{np.exp(trace.score[places[nth]]):.2f} | {believed[nth]:.2f}"
            show(axes, x[nth], f"step {places[nth]}: {caption}")
        label = search.label
        row[0].set_ylabel(f"{label['space']}\n{label['reads']}\nguard: {label['guard']}", **LABEL)
    figure.suptitle("From 7 to 2. Beneath: P(2) as the search sees it | as the judges do", size=10)
    save(figure, path)


def strip(path: Path, folder: Path, digits: Sequence[int] = range(10)) -> list[dict[str, float]]:
    """Codes of held-out digits moved along the thickness gradient; the gains of each."""
    figure = new_figure(9.6, 1.08 * len(digits) + 0.4)
    grid = figure.subplots(len(digits), len(BOLD))
    rows = []
    for axes, steps in zip(grid[0], BOLD, strict=True):
        axes.set_title(f"step {steps}", fontsize=9)
    for digit, row in zip(digits, grid, strict=True):
        name = f"mnist.thickness(source={digit})"
        climb = f"gradient_ascent(learning_rate={RATE}, patience=1000)"
        store = folder / f"bold-{digit}"
        trace = bb.compare(name, climb, 2 * BOLD[-1] + 2, seeds=1, store=store).traces[0]
        objective = bb.objective(name)
        x = seen(objective, trace.z[list(BOLD)])
        true = objective.judges["thickness"].verdict(x, "thickness")
        still_digit = objective.judges["digit"].verdict(x, "digit")
        for nth, axes in enumerate(row):
            lost = "" if still_digit[nth] else ", lost"
            show(axes, x[nth], f"{trace.score[BOLD[nth]]:.1f} | {true[nth]:.1f}{lost}")
        rows.append({"digit": digit, **_gains(trace, true, still_digit)})
    figure.suptitle("Along the thickness gradient. Beneath: predicted | true pixels", size=10)
    save(figure, path)
    return rows


def _gains(
    trace: Trace, true: NDArray[np.float64], still_digit: NDArray[np.float64]
) -> dict[str, float]:
    end, shown = BOLD[-1], BOLD.index(10)
    return {
        "predicted gain, 10 steps": trace.score[10] - trace.score[0],
        "true gain, 10 steps": true[shown] - true[0],
        "kept, 10 steps": still_digit[shown],
        f"predicted gain, {end} steps": trace.score[end] - trace.score[0],
        f"true gain, {end} steps": true[-1] - true[0],
        f"kept, {end} steps": still_digit[-1],
    }


LABEL = {"rotation": 0, "ha": "right", "va": "center", "fontsize": 8, "color": INK}


def show(axes: Axes, picture: torch.Tensor, caption: str) -> None:
    """Draw a digit with words beneath."""
    axes.imshow(picture.numpy(), cmap="gray", vmin=0, vmax=1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(caption, fontsize=7, labelpad=2)
    axes.spines[:].set_visible(False)
