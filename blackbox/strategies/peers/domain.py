"""The ends that packages want of every coordinate, for spaces that have none."""

from __future__ import annotations

import numpy as np

from blackbox.protocol import Array
from blackbox.space import Space

# Prior sd to each side: 99.7 % of the prior on each axis. Wider ends hold mostly points that no
# prior draw resembles: uniform draws within 3 sd have norm sqrt(3 d) already, those of the prior
# sqrt(d). Searching prior quantiles instead makes no difference for TPE and CMA-ES in optuna
# (d = 10, 150 scores, six seeds: medians within 25 %, either way).
REACH = 3.0


def domain(space: Space, start: Array, sd: float = REACH) -> tuple[Array, Array]:
    """Lower and upper ends `[d]`: the space's own, or 3 sd, or as far out as the start `[d]`."""
    reach = np.maximum(sd * space.scale, np.abs(start))
    lower, upper = space.ends
    return np.where(np.isinf(lower), -reach, lower), np.where(np.isinf(upper), reach, upper)


def around(space: Space, start: Array) -> tuple[Array, Array]:
    """Lower and upper ends `[d]`: 3 sd to each side of a start `[d]`, inside the space's own."""
    lower, upper = space.ends
    reach = REACH * space.scale
    return np.maximum(lower, start - reach), np.minimum(upper, start + reach)
