"""What must hold beside a high score: how a scorer says it, and what a strategy is told of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from blackbox.errors import ObjectiveError


@dataclass(frozen=True)
class AtMost:
    """A named output of the scorer that must not exceed `limit`: met by `limit - value >= 0`."""

    limit: float

    def __post_init__(self) -> None:
        """Refuse what is no finite number. Raises ObjectiveError."""
        object.__setattr__(self, "limit", _limit(self.limit))

    def margin(self, value: Any) -> Any:
        """How far the value is from its limit, negative beyond it."""
        return self.limit - value


@dataclass(frozen=True)
class AtLeast:
    """A named output of the scorer that must reach `limit`: met by `value - limit >= 0`."""

    limit: float

    def __post_init__(self) -> None:
        """Refuse what is no finite number. Raises ObjectiveError."""
        object.__setattr__(self, "limit", _limit(self.limit))

    def margin(self, value: Any) -> Any:
        """How far the value is from its limit, negative below it."""
        return value - self.limit


Bound: TypeAlias = AtMost | AtLeast


@dataclass(frozen=True)
class Scored:
    """What a scorer returns where constraints are known only with the score.

    `score` is what it would return without them, of one object or of a batch, and each of the
    `constraints`, by name, is met where its value is >= 0: a number, or `[n]` of a batch.

    >>> Scored(2.0, constraints={"stress": 30.0 - 12.0})
    Scored(score=2.0, constraints={'stress': 18.0})
    """

    score: Any
    constraints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Constraints:
    """The constraints of an objective, and the sizes that scores and violations have there.

    Taken from a few draws of the prior: `sizes` is how far a draw that breaks each constraint is
    beyond it (the median), `spread` the interquartile range of the scores, and `low` lies one
    spread below the lowest of them.
    """

    names: tuple[str, ...]
    sizes: tuple[float, ...]
    spread: float = 1.0
    low: float = 0.0


def bounds_of(given: Mapping[str, Bound] | None) -> dict[str, Bound]:
    """Named bounds as the user gave them. Raises ObjectiveError for anything else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not given:
        raise ObjectiveError(
            "constraints are bounds by the names of the scorer's outputs, as "
            f"constraints={{'stress': bb.AtMost(30)}}, not {given!r}"
        )
    for name, bound in given.items():
        if not isinstance(name, str) or not isinstance(bound, AtMost | AtLeast):
            raise ObjectiveError(
                f"the constraint on {name!r} is {bound!r}, where bb.AtMost(limit) or "
                "bb.AtLeast(limit) is expected"
            )
    return dict(given)


def _limit(given: Any) -> float:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not math.isfinite(given):
        raise ObjectiveError(f"the limit of a constraint is a finite number, not {given!r}")
    return float(given)
