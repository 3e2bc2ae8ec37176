"""Several criteria at once: which of them an objective wants high, and which low."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Criteria:
    """The criteria of an objective, in the order of `Answer.criteria [n, k]`.

    `signs` are 1 where high is wanted, -1 where low, and 0 where neither is: its weight is zero.

    >>> Criteria(("gain", "cost", "note"), (1, -1, 0)).gains(np.array([[3.0, 2.0, 9.0]]))
    array([[ 3., -2.]])
    """

    names: tuple[str, ...]
    signs: tuple[int, ...]

    @staticmethod
    def of(directions: Mapping[str, int]) -> Criteria | None:
        """Those of a scorer; None where fewer than two are wanted high or low."""
        signs = tuple(directions.values())
        return Criteria(tuple(directions), signs) if np.count_nonzero(signs) > 1 else None

    @cached_property
    def wanted(self) -> NDArray[np.int64]:
        """The columns that are wanted high or low, `[w]`."""
        return np.flatnonzero(self.signs)

    def gains(self, criteria: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is wanted of criteria `[n, k]`, each turned so that high is better, `[n, w]`."""
        turned: NDArray[np.float64] = criteria[:, self.wanted] * np.array(self.signs)[self.wanted]
        return turned
