"""Warm: a search that goes on from what others have measured, at no cost.

M. Poloczek, J. Wang, P. I. Frazier: Warm starting Bayesian optimization, 2016, arXiv 1608.03585,
for one and the same objective. What is known already is observed by a search with a model, and the
best of it is where any other one begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from blackbox.protocol import Brief, Capability, Search, Strategy, needs, wishes
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.composed.opening import opened


@dataclass(frozen=True)
class Warm:
    """`warm:NAME`: the search of that name, told of a study's known data (Poloczek et al. 2016).

    The seed's first start is asked as ever, so that pairs are pairs. A search with a model has all
    that is known for observations; any other one begins at the best known point, whose score it is
    handed. Of a noisy scorer a point that is asked again is paid for.

    >>> Warm(BayesOpt(q=2)).strategy.q
    2
    """

    # The search that is told.
    strategy: Strategy = field(
        default_factory=BayesOpt, metadata={"strategies": True, "argument": True}
    )

    @property
    def needs(self) -> frozenset[Capability]:
        """What the strategy needs, and something that is known."""
        return needs(self.strategy) | {Capability.KNOWN}

    @property
    def uses(self) -> frozenset[Capability]:
        """What is asked for inside where it is offered."""
        return wishes(self.strategy)

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask the start, then search from what is known."""
        return opened(self.strategy, brief, rng)
