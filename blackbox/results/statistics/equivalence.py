"""Whether two strategies are practically the same: the Bayesian signed-rank test."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PRIOR = 0.5  # weight of a pseudo-difference of 0, beside 1 for each that was seen
DRAWS = 10_000


def probabilities(differences: Floats, rope: float) -> tuple[float, float, float]:
    """That x is better, practically equivalent, or worse, by paired `differences [n]` of x and y.

    Each draw of a Dirichlet process weighs the differences; the sign of the mean of two of them,
    beyond `rope` or within it, says what is most probable in that draw. What is told are shares of
    draws, which sum to 1 (Benavoli et al. 2014, PMLR 32, and 2017, JMLR 18:77, whose prior this
    is). NaN where fewer than two differences vary. The same differences in any order have the same
    shares.

    >>> probabilities(np.array([1.0, 2.0, 1.5, 1.0, 3.0, 2.0]), rope=0.1)[0] > 0.95
    True
    """
    if len(differences) < 2 or not np.isfinite(differences).all() or not np.ptp(differences):
        return np.nan, np.nan, np.nan
    seen = np.append(0.0, np.sort(differences))
    weights = _weights(len(seen))
    means = (seen[:, None] + seen) / 2
    better, worse = (
        ((weights @ region) * weights).sum(axis=1) for region in (means > rope, means < -rope)
    )
    shares = np.array([better, 1 - better - worse, worse])
    most = np.bincount(np.argmax(shares, axis=0), minlength=3) / DRAWS
    return float(most[0]), float(most[1]), float(most[2])


@lru_cache(maxsize=8)  # a table asks for those of one number of seeds in every row
def _weights(n: int) -> Floats:
    """Draws `[DRAWS, n]` of the Dirichlet law, the first for the pseudo-difference."""
    alpha = np.append(PRIOR, np.ones(n - 1))
    weights: Floats = np.random.default_rng([0, n]).dirichlet(alpha, DRAWS)
    weights.flags.writeable = False
    return weights
