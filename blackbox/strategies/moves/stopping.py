"""When a climb has ended: target reached, slope flat, or no better score for too long."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from blackbox.protocol import Array


@dataclass
class Stopping:
    """Watches one climb, so that it need not take a fixed number of steps."""

    patience: int  # steps without a better score
    min_slope: float = 0.0  # the norm of the slope, in score per prior sd, that counts as flat
    target: float | None = None  # the score that is enough
    best: float = field(default=-math.inf, init=False)
    stale: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Refuse rules that end every climb at once."""
        if self.patience < 1 or not self.min_slope >= 0:
            raise ValueError(f"patience must be >= 1 and min_slope >= 0, not {self}")
        if self.target is not None and math.isnan(self.target):
            raise ValueError("target must be a number or None, not nan")

    def over(self, score: float, slope: Array) -> bool:
        """Whether the climb ends at a point of this score and this slope `[..., d]`."""
        self.best, self.stale = (score, 0) if score > self.best else (self.best, self.stale + 1)
        return (
            self.stale >= self.patience
            or float(np.linalg.norm(slope)) <= self.min_slope
            or (self.target is not None and score >= self.target)
        )
