"""What is wanted of a regressor's output: as much as possible, as little, or a given value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from blackbox.plain import plain
from blackbox.scoring.objective import ObjectiveError

Goal = str | float  # "max", "min", or the value that is to be hit


@dataclass(frozen=True)
class Wish:
    """A goal, and what it costs to leave the rows: the settings that an objective takes for both.

    `cost`: how much output a row is worth that lies a typical distance nearer to the data; 0 if
    it may lie anywhere, and then nothing but the prediction is scored.
    """

    goal: Goal
    cost: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no goal. Raises ObjectiveError."""
        for name in ("goal", "cost"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        number = isinstance(self.goal, int | float) and not isinstance(self.goal, bool)
        if self.goal not in ("max", "min") and not (number and math.isfinite(float(self.goal))):
            raise ObjectiveError(f"a goal is 'max', 'min' or a finite number, not {self.goal!r}")
        if not (math.isfinite(self.cost) and self.cost >= 0):
            raise ObjectiveError(f"near must be a finite number >= 0, not {self.cost!r}")

    @property
    def value(self) -> float | None:
        """The value to be hit; None where there is none."""
        return None if isinstance(self.goal, str) else float(self.goal)

    @property
    def settings(self) -> dict[str, Any]:
        """`maximize`, `target`, `weights` and `optimum` of the objective."""
        has_price = self.cost > 0
        if self.value is None:
            weight = -self.cost if self.goal == "max" else self.cost
            weights = {"prediction": 1.0, "beyond": weight} if has_price else None
            return {"maximize": self.goal == "max", "weights": weights}
        weights = {"prediction": 1.0, "beyond": self.cost**2} if has_price else None
        target = [self.value, 0.0] if has_price else self.value
        return {"target": target, "weights": weights, "optimum": 0.0}

    def truth(self, prediction: Any, beyond: Any) -> Any:
        """What another model's prediction `[n]` would score, as a judge that is the truth says it.

        Where the distance does not count, it is the prediction itself.
        """
        if self.cost == 0:
            return prediction
        if self.value is not None:
            return -((prediction - self.value) ** 2) - (self.cost * beyond) ** 2
        return prediction + (-self.cost if self.goal == "max" else self.cost) * beyond
