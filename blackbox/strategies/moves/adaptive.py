"""A climb whose steps find their own scale: longer after each better point, shorter after others.

T. P. Vogl, J. K. Mangis, A. K. Rigler, W. T. Zink, D. L. Alkon: Accelerating the convergence of the
back-propagation method, Biological Cybernetics 59, 1988, doi:10.1007/BF00332914: a step that makes
things worse is taken back, and the rate shrinks; after one that does not it grows. Directions are
Adam's (arXiv 1412.6980), which learn from the slopes of points that were taken back, too: what was
paid for is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array, Ask, Search
from blackbox.space import Space
from blackbox.strategies.moves.adam import Adam
from blackbox.strategies.moves.gradients import Slope
from blackbox.strategies.moves.stopping import Stopping

# Prior sd per step. Chosen with 50 and 200 scores on ten problems, three seeds: to begin at 0.1 is
# slow, to shrink by half too soon. The paper's 1.05 and 0.7 are for thousands of steps.
FIRST, SMALLEST, LARGEST = 0.3, 1e-3, 1.0
LONGER, SHORTER = 1.2, 0.85

# From a point `[1, d]`, the length of steps there, and whether `[1]` it was moved into the space.
Estimate: TypeAlias = Callable[[Array, float, NDArray[np.bool_]], Slope]


def ascend(z: Array, estimate: Estimate, space: Space, first: float, stopping: Stopping) -> Search:
    """Climb from `z [1, d]` until steps have shrunk to nothing, or it is over otherwise."""
    # An epsilon would be a scale; a coordinate without a slope does not move all the same.
    rule = Adam(1.0, epsilon=np.finfo(float).tiny)
    here, level, scale, moved = z, -math.inf, first, np.zeros(1, bool)
    while scale >= SMALLEST:
        score, slope = yield from estimate(z, scale, moved)
        slope = space.tangent(z, slope)
        if stopping.over(score, slope):
            return
        if score > level:
            here, level, scale = z, score, min(scale * LONGER, max(LARGEST, first))
        else:
            scale *= SHORTER
        at = here

        def tangent(v: Array, at: Array = at) -> Array:
            return space.tangent(at, v)

        step = tangent(rule.step(tangent(slope), tangent))
        ask = Ask.inside(space, here + scale * space.scale * step)
        z, moved = ask.points, ask.moved
