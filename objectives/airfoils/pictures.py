"""Airfoils as pictures: their outlines, filled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.airfoils.shape import outline, stations

WIDE, HIGH = 160, 64  # pixels
TOP = 0.2  # chords above and below the chord line that are shown


def pictures(shapes: Tensor) -> NDArray[np.float32]:
    """Filled outlines `[n, 64, 160]` of airfoils `[n, 18]`, nose to the left."""
    above, below = (side.detach().cpu().numpy() for side in outline(shapes))
    at = (np.arange(WIDE) + 0.5) / WIDE
    edges = np.linspace(TOP, -TOP, HIGH + 1)
    drawn = np.zeros((len(shapes), HIGH, WIDE), np.float32)
    for nth, (upper, lower) in enumerate(zip(above, below, strict=True)):
        high, low = (np.interp(at, stations(), side) for side in (upper, lower))
        covered = np.minimum(high, edges[:-1, None]) - np.maximum(low, edges[1:, None])
        drawn[nth] = np.clip(covered / (edges[0] - edges[1]), 0, 1)
    return drawn
