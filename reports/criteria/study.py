"""Thicker and a seven at once: the weights, who searches, and what is read."""

from __future__ import annotations

from dataclasses import dataclass

from blackbox.trace import Trace
from reports.make import Given

TARGET = 7
SEEDS, BUDGET = 32, 200  # starts, and units for each weight; a score costs 1, its gradient 1 more
# The share of thickness, per px; the rest goes to the log-probability, per nat.
SHARES = (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9)
CLIMB = "gradient_ascent"


@dataclass(frozen=True)
class Sweep:
    """One search for each weight, from the same starts."""

    name: str
    strategy: str
    reads: str = "picture"

    def objective(self, share: float) -> str:
        """What is wanted with this share, by name."""
        weights = {"thickness": share, "digit": round(1 - share, 6)}
        return (
            f"reports.unjudged:bold_digit(target={TARGET}, source={TARGET}, reads={self.reads!r}, "
            f"weights={weights!r})"
        )

    def runs(self, seeds: int, budget: int, given: Given) -> dict[float, list[Trace]]:
        """A run from each start for each share."""
        questions = {share: self.objective(share) for share in SHARES}
        store = SWEEPS.index(self)
        return given.traces(questions, self.strategy, budget, seeds, store=store)


HELD = Sweep("climb on the sphere", f"guarded(strategy={CLIMB!r}, guard='sphere')")
NEAR = Sweep("climb near the data", f"guarded(strategy={CLIMB!r}, guard='data', weight=1.0)")
HEADS = Sweep("climb on the sphere, heads on z", HELD.strategy, reads="code")
BRED = Sweep("CMA-ES on the sphere", "guarded(strategy='cma_es', guard='sphere')")
DRAWS = Sweep("random draws", "random_search")
SWEEPS = (HELD, NEAR, HEADS, BRED, DRAWS)
