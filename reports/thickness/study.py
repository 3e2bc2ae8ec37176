"""Bolder digits: what is asked for, who reads it, what holds the search, and where it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from blackbox.trace import Trace
from reports.make import Given

RATE = 0.05  # prior sd per step of Adam: half its default, so that a digit is lost in many steps
CLIMB = f"gradient_ascent(learning_rate={RATE}, patience=100000, after='stop')"
STEPS = (10, 20, 30, 40, 50)
TARGET = 4.5  # px, where held-out digits have 2.7
PER_PIXEL = 3.0  # px that a nat of the digit's log-probability is worth
EACH, FRESH = 10, 20  # starts of each digit, and others on which the best search is tried again
ENOUGH = 0.95  # of the digits: the best search gains most of those that keep so many

BOLD, BOUND, BOTH = "as bold as can be", f"{TARGET:g} px", "bold, and its digit"
READS = {"head on z": "code", "network on the picture": "picture"}
GUARDS = {"none": "", "sphere": "", "data": ", weight=1.0"}  # score per nat


@dataclass(frozen=True)
class Search:
    """One way to a bolder digit."""

    asked: str
    reads: str
    guard: str

    def objective(self, digit: int) -> str:
        """What it climbs from starts that show the digit, by name."""
        rest = f"source={digit}, reads={READS[self.reads]!r}"
        if self.asked == BOTH:
            weights = {"thickness": 1.0, "digit": PER_PIXEL}
            return f"reports.unjudged:bold_digit(target={digit}, {rest}, weights={weights})"
        target = f", target={TARGET}" if self.asked == BOUND else ""
        return f"reports.unjudged:thickness({rest}{target})"

    @property
    def strategy(self) -> str:
        """Who climbs it."""
        held = f"guarded(strategy={CLIMB!r}, guard={self.guard!r}{GUARDS[self.guard]})"
        return CLIMB if self.guard == "none" else held

    def carried_out(self, seeds: Sequence[int], given: Given) -> dict[int, list[Trace]]:
        """The runs from each digit; a step costs a score and its gradient."""
        questions = {digit: self.objective(digit) for digit in range(10)}
        budget, store = 2 * (max(STEPS) + 1), SEARCHES.index(self)
        return given.traces(questions, self.strategy, budget, seeds, store=store)


SEARCHES = [Search(*ways) for ways in product((BOLD, BOUND, BOTH), READS, GUARDS)]
