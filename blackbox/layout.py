"""How a latent is laid out: the shape of it, and the ends of its coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.plain import is_whole

Array = NDArray[np.float64]
# The number of coordinates, or the shape of one latent: 16 or (4, 64, 64).
Size: TypeAlias = SupportsIndex | Sequence[SupportsIndex]


def sides(given: Size) -> tuple[int, ...]:
    """The shape of one latent, `(d,)` for a number of coordinates.

    Raises ValueError for a shape without places, and for one that is not of whole numbers.

    >>> sides(16), sides((4, 64, 64))
    ((16,), (4, 64, 64))
    """
    shape: Any = [given] if is_whole(given) else given
    vector = isinstance(shape, Sequence | np.ndarray) and len(shape) > 0
    if not vector or not all(is_whole(side) and side >= 1 for side in shape):
        raise ValueError(
            f"a space needs a whole number of dimensions >= 1, or a shape of such, not {given!r}"
        )
    return tuple(map(int, shape))


def bounds(lower: ArrayLike, upper: ArrayLike, dim: Size | None) -> tuple[Array, Array]:
    """The ends of a box, both of one latent's shape.

    Raises ValueError where they are none, and where nothing is left between them.
    """
    low, high = np.asarray(lower, float), np.asarray(upper, float)
    latent = (1,) if dim is None else sides(dim)
    try:
        shape = np.broadcast_shapes(low.shape, high.shape, latent)
    except ValueError:
        shape = ()
    if not shape or (dim is not None and shape != latent):
        raise ValueError(
            f"the bounds of a box need one shape, not {list(low.shape)} and {list(high.shape)}"
            + ("" if dim is None else f" where a latent is {list(latent)}")
        )
    low, high = (np.broadcast_to(end, sides(shape)) for end in (low, high))
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise ValueError(f"a box needs finite bounds, not {lower!r} and {upper!r}")
    for wrong in np.argwhere(low > high):
        at = tuple(wrong)
        raise ValueError(
            "each lower bound must lie below the upper, or equal it and fix the coordinate; at "
            f"{_said(at)} they are {float(low[at])!r} and {float(high[at])!r}"
        )
    if not (low < high).any():
        raise ValueError(
            f"all {low.size} coordinates of this box are fixed (each lower bound equals the upper "
            "one), so that there is nothing to search; free one of them"
        )
    return low, high


def refuse_moved(x: Array, fixed: Sequence[tuple[int, float]], shape: tuple[int, ...]) -> None:
    """Raise ValueError where flat latents `x` `[n, full_dim]` differ from what is `fixed`."""
    axes, values = zip(*fixed, strict=True)
    x = x if x.dtype.kind == "f" else x.astype(float)
    held, wanted = x[:, list(axes)], np.array(values, x.dtype)
    # To the precision of the latents: float32 holds 0.1 to eight digits.
    slack = max(1e-9, float(np.finfo(x.dtype).eps))
    for row, nth in np.argwhere(~np.isclose(held, wanted, rtol=slack, atol=0.0)):
        place = _said(np.unravel_index(axes[nth], shape))
        raise ValueError(
            f"{place} is fixed at {wanted[nth]:.10g}, but latent {row} has {held[row, nth]:.10g} "
            "there"
        )


def filled(z: Array, free: NDArray[np.int64], template: Array) -> Array:
    """Whole latents `[n, full_dim]` of their free coordinates `z [n, d]`."""
    full = np.tile(template.astype(z.dtype), (len(z), 1))
    full[:, free] = z
    return full


def log_area(dim: int, radius: float) -> float:
    """The logarithm of a sphere's area, 2 pi^(d/2) r^(d-1) / Gamma(d/2)."""
    log_unit = math.log(2) + 0.5 * dim * math.log(math.pi) - math.lgamma(dim / 2)
    return log_unit + (dim - 1) * math.log(radius)


def in_words(space: Any) -> str:
    """A space as tables show it: `normal(16)`, `sphere(18x512, 96)`, `box(2 of 3, -1..2)`."""
    sides = "x".join(map(str, space.shape))
    if space.prior == "box":
        searched = f"{space.dim} of {sides}" if space.fixed else sides
        return f"box({searched}, {min(space.lower):g}..{max(space.upper):g})"
    if space.prior == "sphere":
        return f"sphere({sides}, {space.radius:g})"
    cut = "" if math.isinf(space.limit) else f", {space.limit:g} sd"
    return f"normal({sides}{cut})"


def _said(place: Sequence[SupportsIndex]) -> str:
    """Where in a latent: `axis 2` of a vector, `axis [0, 1, 2]` of more."""
    indices = [int(index) for index in place]
    return f"axis {indices[0] if len(indices) == 1 else indices}"
