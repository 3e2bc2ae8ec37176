"""What all searches of this room do with an estimated slope: walk along it while it leads up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array, Search
from blackbox.strategies.moves.gradients import Slope
from blackbox.strategies.moves.steps import Walk
from blackbox.strategies.moves.stopping import Stopping

# From a point `[1, d]`, and whether `[1]` it had to be moved into the space, to its slope.
Estimate: TypeAlias = Callable[[Array, NDArray[np.bool_]], Slope]


def climb(
    z: Array,
    estimate: Estimate,
    walk: Walk,
    patience: int,
    used: Callable[[], float] = lambda: 0.0,
) -> Search:
    """Walk from `z [1, d]` until `patience` steps find no better level, or the slope is flat.

    `used` is the part of the budget that is used, for a walk whose steps depend on it.
    """
    stopping, moved = Stopping(patience), np.zeros(1, bool)
    while True:
        level, slope = yield from estimate(z, moved)
        if stopping.over(level, slope):
            return
        z, moved = walk.move(z, slope, used())
