"""Bounds for an evolution that knows of none: a smooth fold of the line into an interval.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772, appendix B.5, and pycma's
`BoundTransform`: the identity but near the ends, where a parabola meets the bound flatly.
"""

from __future__ import annotations

import numpy as np

from blackbox.protocol import Array

MARGIN = 0.05  # of the width, inside each bound, where the fold is no identity


class Reflection:
    """Takes any point into `[lower, upper]`, `[d]` each; without bounds a point stays."""

    def __init__(self, lower: Array, upper: Array) -> None:
        """Between these bounds, which are finite or infinite together."""
        self.is_bounded = bool(np.isfinite(lower).any())
        self._lower, self._upper = lower, upper
        self.width = upper - lower
        self._margin = MARGIN * self.width

    def into(self, x: Array) -> Array:
        """The points `[..., d]` inside, differentiable in those given."""
        if not self.is_bounded:
            return x
        a, lower, upper = self._margin, self._lower, self._upper
        stays = (x >= lower + a) & (x <= upper - a)
        if bool(stays.all()):
            return x
        start, period = lower - a, self.width + 2 * a
        turned = np.mod(x - start, 2 * period)
        y = start + np.where(turned > period, 2 * period - turned, turned)
        y = np.where(y < lower + a, lower + (y - start) ** 2 / (4 * a), y)
        end = upper + a
        y = np.where(y > upper - a, upper - (y - end) ** 2 / (4 * a), y)
        # To the last digit, whatever the other points are.
        return np.where(stays, x, np.clip(y, lower, upper))

    def back(self, x: Array) -> Array:
        """Points that are taken to these, which lie inside."""
        if not self.is_bounded:
            return x
        a, lower, upper = self._margin, self._lower, self._upper
        low = lower - a + 2 * np.sqrt(a * np.maximum(x - lower, 0.0))
        high = upper + a - 2 * np.sqrt(a * np.maximum(upper - x, 0.0))
        return np.where(x < lower + a, low, np.where(x > upper - a, high, x))
