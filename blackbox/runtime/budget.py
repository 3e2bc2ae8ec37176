"""The only place that counts: a meter grants the affordable prefix of a batch and charges it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from blackbox.price import Price

# A budget of 0.3 pays for three scores of 0.1, although 0.1 * 3 > 0.3 in binary.
ROUNDING = 1e-9


@dataclass
class Meter:
    """The account of one run. What it has spent is derived from whole counters, so it never drifts.

    >>> meter = Meter(budget=5)
    >>> meter.grant(4), meter.grant(4), meter.spent, meter.exhausted
    (4, 1, 5.0, True)
    """

    budget: float
    price: Price = field(default_factory=Price)
    n_scores: int = 0
    n_gradients: int = 0
    n_decodes: int = 0

    def __post_init__(self) -> None:
        """Refuse a budget that buys nothing or never ends."""
        if not (math.isfinite(self.budget) and self.budget > 0):
            raise ValueError(f"a budget must be a finite number > 0, not {self.budget!r}")

    def grant(self, rows: int, order: int = 0) -> int:
        """Charge as many of `rows` scores as are affordable, with their gradients if order 1."""
        granted = self._affordable(rows, self.price.score + order * self.price.gradient)
        self.n_scores += granted
        self.n_gradients += order * granted
        return granted

    def grant_decodes(self, rows: int) -> int:
        """Charge as many of `rows` decoded objects as the budget affords."""
        granted = self._affordable(rows, self.price.decode)
        self.n_decodes += granted
        return granted

    def grant_pull_backs(self, rows: int) -> int:
        """Charge as many of `rows` vector-Jacobian products as the budget affords."""
        granted = self._affordable(rows, self.price.gradient)
        self.n_gradients += granted
        return granted

    @property
    def spent(self) -> float:
        """Units spent so far."""
        return (
            self.price.score * self.n_scores
            + self.price.gradient * self.n_gradients
            + self.price.decode * self.n_decodes
        )

    @property
    def exhausted(self) -> bool:
        """Whether not even one score can be paid for any more."""
        return self._affordable(1, self.price.score) == 0

    def _affordable(self, rows: int, unit: float) -> int:
        if unit == 0:
            return rows
        return max(0, min(rows, math.floor((self.budget - self.spent) / unit + ROUNDING)))
