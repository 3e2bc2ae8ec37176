"""How odd is a point among real ones? P-values by rank, of one measure of oddness or of several.

Conformal p-values: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005, ch. 2
(doi 10.1007/b106715); for outliers Bates et al., 2023 (arXiv 2104.08279). Several are combined by
the least of them, which is ranked again among the least of each real point: Westfall and Young,
Resampling-Based Multiple Testing, 1993, the single step of min P. Bonferroni's and Simes' bounds
need no real points, and pay for it where measures agree; the harmonic mean needs independence.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def p_values(real: Floats, odd: Floats) -> Floats:
    """The share of real points `[m]` that are at least as odd as each of `odd [n]`, itself too.

    Of `n` points drawn as the real ones were, a share of 0.05 has a value of 0.05 or less. NaN is
    odder than any.

    >>> p_values(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.5, 9.0]))
    array([1.  , 0.5 , 0.25])
    """
    ordered = np.sort(_odd(real))
    odder = len(ordered) - np.searchsorted(ordered, _odd(odd), side="left")
    return np.asarray((1 + odder) / (len(ordered) + 1), np.float64)


def combined(real: Mapping[str, Floats], odd: Mapping[str, Floats]) -> Floats:
    """One p-value `[n]` for all measures: how odd a point is in whatever it is oddest.

    `real` and `odd` hold `[m]` and `[n]` of each measure. However measures depend on each other, a
    share of 0.05 of points like the real ones has 0.05 or less, but for 1 in `m`.

    >>> real = {"a": np.arange(99.0), "b": np.arange(99.0)}
    >>> combined(real, {"a": np.array([98.5]), "b": np.array([0.0])})
    array([0.01])
    """
    least = np.min([p_values(real[name], odd[name]) for name in real], axis=0)
    least_of_real = np.min([_ranks(values) for values in real.values()], axis=0)
    return p_values(-least_of_real, -least)


def _ranks(real: Floats) -> Floats:
    """The share of real points at least as odd as each of them, `[m]`."""
    ordered = np.sort(_odd(real))
    return np.asarray(1 - np.searchsorted(ordered, _odd(real), side="left") / len(ordered))


def _odd(values: Floats) -> Floats:
    odd = np.nan_to_num(np.asarray(values, float), nan=np.inf, posinf=np.inf, neginf=-np.inf)
    return np.asarray(odd, np.float64)
