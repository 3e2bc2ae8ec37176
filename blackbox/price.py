"""What each kind of work costs, in units of the budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Price:
    """What each kind of work costs, in units of the budget: one score is the usual unit.

    Raises ValueError unless a score costs more than nothing and nothing costs less than nothing.
    """

    score: float = 1.0
    gradient: float = 1.0
    decode: float = 0.0

    def __post_init__(self) -> None:
        """Refuse prices under which a run could go on for ever."""
        if not (0 < self.score < np.inf and 0 <= self.gradient < np.inf and self.decode >= 0):
            raise ValueError(f"prices must be finite and >= 0, and that of a score > 0: {self}")
