"""A chain: one strategy after the other, each from the best point that was found so far.

The relay hybrid of E.-G. Talbi: A taxonomy of hybrid metaheuristics, 2002,
doi:10.1023/A:1016540724870.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from blackbox.protocol import Ask, Brief, Capability, Search, Strategy, needs, wishes
from blackbox.strategies.composed.conversation import Listener, Paid, Paused, handed_on, inner
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.sampling.sobol_search import SobolSearch

VERSION = 3  # a part is handed what another has paid for


@dataclass(frozen=True)
class Chain:
    """Strategies in a row, each from the best point of the last (Talbi 2002, relay hybrid).

    `shares` of the budget go to each; a strategy that returns early leaves its rest to the next,
    and the last one has all that is left.

    >>> from blackbox.strategies.sampling.random_search import RandomSearch
    >>> Chain((RandomSearch(), CmaEs()), shares=(0.3, 0.7)).shares
    (0.3, 0.7)
    """

    # An even cover first, and from its best a search that adapts.
    strategies: tuple[Strategy, ...] = field(
        default_factory=lambda: (SobolSearch(), CmaEs()), metadata={"strategies": True}
    )
    shares: tuple[float, ...] | None = None  # None: the same for each

    def __post_init__(self) -> None:
        """Refuse a chain without links, and shares that are none."""
        object.__setattr__(self, "strategies", tuple(self.strategies))
        if self.shares is not None:
            object.__setattr__(self, "shares", tuple(map(float, self.shares)))
        shares = self._shares
        if len(shares) != len(self.strategies) or not shares or not min(shares) > 0:
            raise ValueError(f"a chain needs strategies, and a share > 0 for each of them: {self}")

    @property
    def needs(self) -> frozenset[Capability]:
        """What any of the strategies needs."""
        return frozenset().union(*(needs(strategy) for strategy in self.strategies))

    @property
    def uses(self) -> frozenset[Capability]:
        """What is asked for inside where it is offered."""
        return frozenset().union(*(wishes(strategy) for strategy in self.strategies))

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Let each search until its share is spent."""
        listener, paid, whole = (
            Listener(brief.price, brief.constraints),
            Paid(brief.noise),
            sum(self._shares),
        )
        if brief.known is not None:
            listener.glimpse(Ask(brief.known[0]), brief.known[1])
        for nth, strategy in enumerate(self.strategies):
            share = brief.budget * sum(self._shares[: nth + 1]) / whole - listener.spent
            inside = inner(strategy, handed_on(brief, listener, share), rng, self.uses)
            link = Paused(inside, listener, paid)
            try:
                last = nth == len(self.strategies) - 1
                yield from link.visit(lambda _: False, np.inf if last else share)
            finally:
                link.close()

    @property
    def _shares(self) -> tuple[float, ...]:
        return (1.0,) * len(self.strategies) if self.shares is None else self.shares
