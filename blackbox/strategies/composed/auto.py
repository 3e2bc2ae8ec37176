"""Auto: searches that suit what is offered take turns, and who finds more goes on.

A portfolio whose members share the budget by what they find, as in B. A. Huberman, R. M. Lukose,
T. Hogg: An economics approach to hard computational problems, 1997,
doi:10.1126/science.275.5296.51.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from blackbox.protocol import Brief, Capability, Search, Strategy
from blackbox.strategies.bayesian.turbo import Turbo
from blackbox.strategies.composed.conversation import Listener, Paused, begun
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.gradient.lbfgs import LBFGS
from blackbox.strategies.gradient.multi_start import MultiStart
from blackbox.strategies.peers.scipy import Scipy


@dataclass
class Member:
    """A search of the portfolio: what it has found, and for how many turns it has found nothing."""

    search: Paused
    idle: int = 0

    @property
    def best(self) -> float:
        """The best score that it has found."""
        return self.search.listener.best


@dataclass(frozen=True)
class Auto:
    """Searches that suit the objective and the budget, by turns (Huberman et al. 1997)."""

    needs: ClassVar[frozenset[Capability]] = frozenset()
    turns: int = 4  # of each member, if all were alike
    members: tuple[Strategy, ...] = field(default=(), metadata={"strategies": True})

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Give each member a turn, then the best that still gains."""
        members = [
            self._member(*one, brief, rng) for one in enumerate(self.members or _suited(brief))
        ]
        units = brief.budget / (self.turns * len(members))
        try:
            for member in _order(members):
                before = member.best
                yield from member.search.visit(lambda _: False, units)
                member.idle = 0 if member.best > before else member.idle + 1
        finally:
            for member in members:
                member.search.close()

    def _member(
        self, nth: int, strategy: Strategy, brief: Brief, rng: np.random.Generator
    ) -> Member:
        start = brief.start[nth : nth + 1] if nth < len(brief.start) else brief.space.sample(rng, 1)
        inside = strategy.search(begun(brief, start, brief.budget), rng)
        return Member(Paused(inside, Listener(brief.price)))


def _order(members: list[Member]) -> Iterator[Member]:
    """Everyone once, then those that gained last, the best first; until all have ended."""
    yield from members
    while alive := [member for member in members if not member.search.ended]:
        yield min(alive, key=lambda member: (member.idle, -member.best))


def _suited(brief: Brief) -> list[Strategy]:
    scores = brief.budget / brief.price.score
    if brief.differentiable:
        return [LBFGS(), MultiStart()] if scores > 100 else [LBFGS()]
    return [Scipy("cobyla"), Turbo()] if scores <= 300 else [Scipy("cobyla"), Turbo(), CmaEs()]
