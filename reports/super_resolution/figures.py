"""What each decoder made of the same blurred digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, new_figure
from reports.super_resolution.study import SIDE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = {
    "hidden": "hidden",
    "blocks": "all that a search is given",
    "bicubic": "enlarged, bicubic",
    "vae": "found behind a VAE",
    "flow": "behind a flow",
    "autoencoder": "behind an autoencoder",
    "gan": "behind a GAN",
    "none": "in pixels",
}
GAP = 0.25  # below what is known before a search


def found(frames: PageFrames) -> Figure:
    """A row per decoder, a column per digit; framed where judges do not see the hidden digit."""
    from matplotlib.patches import Rectangle  # with figures, an extra

    ends = frames.ends.set_index(["what", "picture"])["digit"]
    pixels = frames.pixels.set_index(["what", "picture"])["pixels"]
    across = len(pixels["hidden"])
    figure, middles = new_figure(2.2 + 0.68 * across, 0.72 * len(ROWS)), []
    axes = figure.add_subplot()
    for nth, what in enumerate(ROWS):
        down = nth + GAP * (nth > 2)
        middles.append(down + 0.47)
        for place, shown in pixels[what].items():
            picture = np.frombuffer(shown, np.uint8).reshape(SIDE, SIDE)
            extent = (place, place + 0.94, down + 0.94, down)
            axes.imshow(picture, cmap="gray_r", vmin=0, vmax=255, extent=extent)
            if what not in ("hidden", "blocks") and not ends[what, place]:
                box = Rectangle((place, down), 0.94, 0.94, fill=False, color=COLOURS[1], lw=2)
                axes.add_patch(box)
    axes.set_xlim(-0.05, across)
    axes.set_ylim(len(ROWS) + GAP, -0.05)
    axes.set_yticks(middles, list(ROWS.values()), fontsize=9, color=INK)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
