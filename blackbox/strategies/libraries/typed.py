"""Named parameters as other packages want them: a number for each axis, and the way back.

A real number and a whole number stand for themselves, an option for its place, from 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from blackbox.parameters import NamedSpace, Real
from blackbox.protocol import Array
from blackbox.space import Space


def axis_names(space: Space) -> list[str]:
    """A name for each axis, which no package has reason to refuse."""
    return [f"z{nth:05d}" for nth in range(space.dim)]


def numbers_of(space: Space, point: Array) -> list[float | int]:
    """The numbers of a point `[d]`; on a space without names its coordinates."""
    if not isinstance(space, NamedSpace):
        return [float(z) for z in point]
    kinds, row = space.named.values(), space.named.rows(point[None])[0]
    numbers = [one.number(value) for one, value in zip(kinds, row.values(), strict=True)]
    return [int(v) if is_whole else v for v, is_whole in zip(numbers, whole(space), strict=True)]


def points_of(space: Space, numbers: Sequence[Sequence[float | int]]) -> Array:
    """The points `[n, d]` of rows of numbers, the canonical ones of named parameters."""
    table = np.array(numbers, float)
    return space.named.encode(table) if isinstance(space, NamedSpace) else table


def whole(space: NamedSpace) -> list[bool]:
    """Whether each axis holds whole numbers or places of options."""
    return [not isinstance(one, Real) for one in space.named.values()]
