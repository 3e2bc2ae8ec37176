"""Rows of what each makes: whether many pictures were made, or one many times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import INK, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rows(frames: PageFrames) -> Figure:
    """A row for each maker, families side by side."""
    pictures = frames.pictures
    makers = list(pictures["maker"].unique())
    figure = new_figure(10, 0.6 * len(makers) + 0.4)
    grid = figure.subplots(len(makers), pictures["family"].nunique(), squeeze=False)
    for (family, maker), mine in pictures.groupby(["family", "maker"]):
        across = int(family == "mnist")
        axes = grid[makers.index(maker), across]
        strip = [np.frombuffer(cell, np.uint8) for cell in mine["pixels"]]
        side = math.isqrt(len(strip[0]))
        gap = np.full((side, max(1, side // 12)), 255, np.uint8)
        line = [part for one in strip for part in (255 - one.reshape(side, side), gap)]
        axes.imshow(np.hstack(line), cmap="gray", vmin=0, vmax=255)
        axes.set_axis_off()
        if not across:
            place = {"transform": axes.transAxes, "ha": "right", "va": "center", "color": INK}
            axes.text(-0.02, 0.5, maker, fontsize=9, family="monospace", **place)
    return figure
