"""One picture in a strip of digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import COLOURS, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 28  # pixels


def picture(axes: Axes, cell: pd.Series) -> None:
    """The pixels of a row with their thickness, framed where they are no longer the digit."""
    pixels = np.frombuffer(cell["pixels"], np.uint8).reshape(SIDE, SIDE)
    axes.imshow(pixels, cmap="gray_r", vmin=0, vmax=255)
    thickness = "none" if np.isnan(cell["thickness"]) else f"{cell['thickness']:.1f} px"
    colour = INK if cell["kept"] == 1 else COLOURS[1]
    axes.set_xlabel(thickness, fontsize=8, labelpad=2, color=colour)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("white" if cell["kept"] == 1 else colour)
    axes.spines[:].set_linewidth(1.5)
