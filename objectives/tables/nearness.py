"""How far a row lies from the rows of a table.

Not "too far off from any point on the data manifold": by the mean distance to the three nearest, as
LES has it for latent codes (Ronen et al. 2024, arXiv 2406.09657).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.scoring.objective import ObjectiveError

NEIGHBOURS = 3
REAL_SHARE = 0.95  # of real rows lie nearer than `far`
MEASURED, AT_ONCE = 1000, 100  # rows that set the unit; how many of them at a time


class Nearness:
    """The mean Euclidean distance to the three nearest of some points, in a unit of their own.

    The unit is the median of what the points have to each other, each left out in turn; `far` is
    the 95th percentile of that, beyond which a row is not like the others.
    """

    def __init__(self, points: NDArray[np.float64]) -> None:
        """Take standardised rows `[n, k]`. Raises ObjectiveError where too few are different."""
        # A row that is there twice would be its own neighbour.
        self._points = torch.tensor(np.unique(points, axis=0))
        if len(self._points) <= NEIGHBOURS:
            raise ObjectiveError(
                f"a table needs more than {NEIGHBOURS} different rows to say what is near, "
                f"not {len(self._points)}"
            )
        measured = self._points[:: -(-len(self._points) // MEASURED)]
        distances = [
            self._distances(part, NEIGHBOURS + 1) for part in torch.split(measured, AT_ONCE)
        ]
        # The nearest of all is the row itself.
        typical = torch.cat(distances)[:, 1:].mean(dim=1)
        self.unit = float(typical.median())
        self.far = float(typical.quantile(REAL_SHARE)) / self.unit

    def distance(self, points: Tensor) -> Tensor:
        """How far points `[n, k]` lie from the nearest, `[n]`: 1 is typical of real rows."""
        return self._distances(points, NEIGHBOURS).mean(dim=1) / self.unit

    def beyond(self, points: Tensor) -> Tensor:
        """How much farther than `far` points `[n, k]` lie, `[n]`: 0 for what is like real rows."""
        return (self.distance(points) - self.far).clamp(min=0.0)

    def _distances(self, points: Tensor, count: int) -> Tensor:
        # The fast way by matrix products loses the digits of a distance near 0.
        every = torch.cdist(points, self._points, compute_mode="donot_use_mm_for_euclid_dist")
        return every.topk(count, largest=False).values
