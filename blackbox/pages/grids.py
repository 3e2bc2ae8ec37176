"""Grey pictures on a page: as bytes in its frames, and drawn in a grid with captions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.results.drawing.canvas import INK

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase


class GreyPicture(NamedTuple):
    """A square picture's bytes, what stands below it, and its colour where it is framed."""

    pixels: bytes
    caption: str = ""
    colour: str | None = None


def as_bytes(x: ArrayLike) -> list[bytes]:
    """Each picture `[n, h, w]` with values from 0 to 1 as bytes, for a frame."""
    return [
        grey.tobytes() for grey in (np.clip(np.asarray(x), 0, 1) * 255).round().astype(np.uint8)
    ]


def as_array(pixels: bytes) -> NDArray[np.uint8]:
    """A square picture from its bytes."""
    side = math.isqrt(len(pixels))
    return np.frombuffer(pixels, np.uint8).reshape(side, side)


def draw_grid(
    figure: FigureBase,
    pictures: Iterable[GreyPicture],
    heads: Sequence[str],
    rows: Sequence[str],
    size: float = 8,
    cmap: str = "gray_r",
) -> None:
    """Draw pictures, row after row, below these heads; captions have so many points."""
    grid = figure.subplots(len(rows), len(heads), squeeze=False)
    for axes, (pixels, caption, colour) in zip(grid.ravel(), pictures, strict=True):
        axes.imshow(as_array(pixels), cmap=cmap, vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.set_xlabel(caption, fontsize=size, labelpad=size / 4, color=colour or INK)
        axes.spines[:].set(color=colour or "white", linewidth=1 + size / 11)
    for axes, head in zip(grid[0], heads, strict=True):
        axes.set_title(head, fontsize=size + 1, color=INK)
    for axes, row in zip(grid[:, 0], rows, strict=True):
        axes.set_ylabel(row, rotation=0, ha="right", va="center", fontsize=size + 1, color=INK)
