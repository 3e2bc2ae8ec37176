"""Airfoils by 18 shape numbers: Kulfan's class-shape transformation, and what is measured on it.

B. M. Kulfan: Universal parametric geometry representation method, J. Aircraft 45, 2008 (doi
10.2514/1.29958), with eight Bernstein weights per side, the leading-edge modification of the same
author and a trailing edge that may be thick. Lengths are in chords; `x` runs from nose to tail.
"""

from __future__ import annotations

from functools import cache
from math import comb
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

WEIGHTS = 8  # per side


class AirFlow(NamedTuple):
    """The air: the angle at which it meets the chord, in degrees, and its Reynolds number."""

    angle: float
    reynolds: float


# How an airfoil is written: upper and lower weights from nose to tail, nose weight, tail's height.
NAMES = (
    *(f"upper_{nth}" for nth in range(1, WEIGHTS + 1)),
    *(f"lower_{nth}" for nth in range(1, WEIGHTS + 1)),
    "leading_edge",
    "tail_thickness",
)
STATIONS = 101  # places along the chord at which an outline is measured


def stations(n: int = STATIONS) -> NDArray[np.float64]:
    """Places along the chord `[n]` from 0 to 1, close together at both ends."""
    return (1 - np.cos(np.linspace(0, np.pi, n))) / 2


def basis(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each shape number adds to the heights at `x [k]`: `[2, k, 18]`, above and below."""
    order = WEIGHTS - 1
    body = np.sqrt(x) * (1 - x)
    waves = np.stack(
        [comb(order, i) * x**i * (1 - x) ** (order - i) * body for i in range(WEIGHTS)], 1
    )
    nose = x * np.clip(1 - x, 0, None) ** (WEIGHTS + 0.5)
    none = np.zeros_like(waves)
    above = np.column_stack([waves, none, nose, x / 2])
    below = np.column_stack([none, waves, nose, -x / 2])
    return np.stack([above, below])


def outline(shapes: Tensor, n: int = STATIONS) -> tuple[Tensor, Tensor]:
    """Heights above and below, `[k, n]` each, of airfoils `[k, 18]` at `stations(n)`."""
    heights = _basis(n).to(shapes)
    return shapes @ heights[0].T, shapes @ heights[1].T


@cache
def _basis(n: int) -> Tensor:
    return torch.tensor(basis(stations(n)))


def thickness(shapes: Tensor) -> Tensor:
    """The largest distance of the sides `[k]`, in chords."""
    above, below = outline(shapes)
    return (above - below).amax(-1)


def gap(shapes: Tensor) -> Tensor:
    """The least distance of the sides between 1 and 99 % of the chord `[k]`: below 0 they cross."""
    above, below = outline(shapes)
    x = stations()
    inside = torch.tensor((x > 0.01) & (x < 0.99))
    return (above - below)[:, inside].amin(-1)


def fitted(
    x: NDArray[np.float64], y: NDArray[np.float64], side: NDArray[np.int_]
) -> tuple[NDArray[np.float64], float]:
    """The 18 shape numbers nearest to points of an outline `[m]`, and the largest error in chords.

    `side`: 0 for a point of the upper side, 1 for one of the lower.
    """
    rows = basis(np.clip(x, 0, 1))[side, np.arange(len(x))]
    shape, *_ = np.linalg.lstsq(rows, y, rcond=1e-10)
    return np.asarray(shape, np.float64), float(np.abs(rows @ shape - y).max())
