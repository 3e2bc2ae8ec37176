"""Seeds until the order that matters is decided: the rule, as an object and in words.

Seeds are added in rounds, a strategy that cannot be the best any more gets no further ones, and an
objective gets none once it is settled (see `results/statistics/race.py` for how that is told).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from blackbox.errors import StudyError
from blackbox.plain import is_whole

# No race of two strategies is settled by fewer, at 95 %: heads six times in a row.
FEWEST = 6
MOST = 100_000
WORDS = re.compile(
    r"until settled"
    r"(?:, at most (?P<at_most>\d+)(?: seeds)?)?"
    r"(?:, within (?P<within>\S+?))?"
    r"(?:, (?P<step>\d+) at a time)?"
)


@dataclass(frozen=True)
class UntilSettled:
    """Seeds in rounds, until the best is separated or all that are left are level.

    At most `at_most` of them. Strategies are level where their bests lie `within` so many units of
    the score of each other; 0: where they are equal. After the first round there are `step` seeds
    in each: more of them for more processes.

    >>> UntilSettled(at_most=40, within=0.5)
    UntilSettled(at_most=40, within=0.5, step=2)
    >>> str(UntilSettled(at_most=40, within=0.5)), str(UntilSettled())
    ('until settled, at most 40, within 0.5', 'until settled, at most 20')
    >>> UntilSettled.parse("until settled, at most 100, 8 at a time")
    UntilSettled(at_most=100, within=0.0, step=8)
    """

    at_most: int = 20
    within: float = 0.0
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse what is no rule. Raises StudyError."""
        if not is_whole(self.at_most) or not FEWEST <= self.at_most <= MOST:
            raise StudyError(
                f"at_most must be a whole number from {FEWEST}, the fewest seeds that can settle "
                f"anything, to {MOST}, not {self.at_most!r}"
            )
        if not is_whole(self.step) or self.step < 1:
            raise StudyError(f"step must be a whole number >= 1, not {self.step!r}")
        is_number = isinstance(self.within, int | float) and not isinstance(self.within, bool)
        if not is_number or not (math.isfinite(self.within) and self.within >= 0):
            raise StudyError(f"within must be a finite number >= 0, not {self.within!r}")
        object.__setattr__(self, "within", float(self.within))
        for name in ("at_most", "step"):
            object.__setattr__(self, name, int(getattr(self, name)))

    @classmethod
    def parse(cls, text: str) -> UntilSettled:
        """The rule that these words name. Raises StudyError for other words."""
        words = WORDS.fullmatch(" ".join(text.split()))
        if words is None:
            raise StudyError(
                f'seeds in words are "until settled", or "until settled, at most 40, within 0.5, '
                f'4 at a time" with any of these parts, not {text!r}'
            )
        given = words.groupdict()
        try:
            within = float(given["within"] or cls.within)
        except ValueError:
            raise StudyError(
                f"within must be a number of units of the score, not {given['within']!r}"
            ) from None
        counts = {name: int(given[name]) for name in ("at_most", "step") if given[name]}
        return cls(within=within, **counts)

    def __str__(self) -> str:
        """The words of a study file for it."""
        within = "" if self.within == type(self).within else f", within {self.within!r}"
        step = "" if self.step == type(self).step else f", {self.step} at a time"
        return f"until settled, at most {self.at_most}{within}{step}"

    def to_json(self) -> dict[str, Any]:
        """As plain values, for a study's folder."""
        return asdict(self)


def rule_of(recipe: Mapping[str, Any]) -> UntilSettled | None:
    """The rule by which a study of this recipe chooses its seeds; None: it has a fixed number."""
    table = recipe.get("until_settled")
    return None if table is None else UntilSettled(**table)
