"""The measured thickness of what is drawn as real digits are: elsewhere it says nothing.

A search that is paid for thickness ends at a black disc, to which a ruler may be laid and which is
no stroke. So each family brings the limits between which the strokes of its real digits lie.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.objectives.morphology import MEASURES, strokes

# One real digit in a thousand lies beyond each end: the very first is a slip of the pen.
PERCENTILES = (0.1, 99.9)
BLACK, EVEN = 1.0, 1.0
Range = tuple[float, float]


@dataclass(frozen=True)
class StrokeLimits:
    """The lowest and the highest of each of `morphology.MEASURES` on real digits; both are real."""

    ink: Range
    darkness: Range
    thickness: Range
    swelling: Range
    length: Range

    def thickness_of(self, images: ArrayLike, *, scale: int) -> NDArray[np.float64]:
        """The thickness `[n]` in pixels of `images` `[n, h, w]`; NaN where any measure is beyond.

        Raises what `morphology.thickness` raises.

        >>> disc = np.hypot(*np.mgrid[-14:14, -14:14])[None] < 8
        >>> limits = StrokeLimits((0.05, 0.3), (0.5, 1), (1, 5), (1, 2.3), (3, 40))
        >>> bool(np.isnan(limits.thickness_of(disc, scale=4))[0])
        True
        """
        measures = strokes(images, scale=scale)
        return np.where(self.hold(measures), measures[:, MEASURES.index("thickness")], np.nan)

    def hold(self, measures: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether strokes of these `measures` `[n, 5]` are within, `[n]`; NaN is not."""
        low, high = np.array(astuple(self)).T
        within: NDArray[np.bool_] = ((measures >= low) & (measures <= high)).all(axis=1)
        return within


def limits_of(measures: NDArray[np.float64]) -> StrokeLimits:
    """The limits of real digits of these `measures` `[n, 5]`: percentiles, at three digits.

    The digits that cannot be measured are left out. Wholly black and wholly even strokes are
    strokes all the same, though no hand draws them.
    """
    low, high = np.nanpercentile(measures, PERCENTILES, axis=0)
    pairs = zip(low, high, strict=True)
    limits = StrokeLimits(*((float(f"{a:.3g}"), float(f"{b:.3g}")) for a, b in pairs))
    return replace(
        limits, darkness=(limits.darkness[0], BLACK), swelling=(EVEN, limits.swelling[1])
    )
