"""The two pictures: a seven on its way to a two, and strokes that thicken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN = COLOURS[:3]
VERDICTS = (("no two", ORANGE), ("doubtful", BLUE), ("a two", GREEN))  # of digit + harsh
HEADS = ["start", "10 % sure", "50 % sure", "90 % sure", "99 % sure", "end"]


def morph(frames: PageFrames) -> Figure:
    """A row per search from the same seven; a column per stage at which it is equally sure."""
    looks = frames.morph.assign(votes=frames.morph["digit"] + frames.morph["harsh"])
    pictures = [(look["pixels"], *VERDICTS[int(look["votes"])]) for _, look in looks.iterrows()]
    return _drawn(pictures, ["pixels", "autoencoder", "VAE,\non the sphere"], HEADS)


def strip(frames: PageFrames) -> Figure:
    """A row per digit, a column per step along the gradient of its thickness."""
    looks = frames.strip
    caption = looks["true"].map("{:.1f} pixels".format).replace({"nan pixels": "?"})
    pictures = zip(looks["pixels"], caption, looks["digit"].map({1: INK, 0: ORANGE}), strict=True)
    digits, steps = looks["start"].unique(), looks["step"].unique()
    return _drawn(pictures, [f"{digit}  " for digit in digits], [f"step {step}" for step in steps])


def _drawn(pictures: Iterable[tuple[bytes, str, str]], rows: list[str], heads: list[str]) -> Figure:
    figure = new_figure(1.5 * len(heads) + 1.0, 1.62 * len(rows) + 0.3)
    grid = figure.subplots(len(rows), len(heads), squeeze=False)
    for axes, (picture, caption, colour) in zip(grid.ravel(), pictures, strict=True):
        grey = np.frombuffer(picture, np.uint8).reshape(28, 28)
        axes.imshow(grey, cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.set_xlabel(caption, fontsize=11, labelpad=3, color=colour)
        axes.spines[:].set(color=colour, linewidth=2)
    for axes, head in zip(grid[0], heads, strict=True):
        axes.set_title(head, fontsize=12, color=INK)
    for axes, row in zip(grid[:, 0], rows, strict=True):
        axes.set_ylabel(row, rotation=0, ha="right", va="center", fontsize=12, color=INK)
    return figure
