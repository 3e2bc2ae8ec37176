"""Restarts: a strategy that begins anew where it stands still.

M. Luby, A. Sinclair, D. Zuckerman: Optimal speedup of Las Vegas algorithms, 1993,
doi:10.1016/0020-0190(93)90029-9, on how much a search with heavy tails gains by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from blackbox.protocol import Brief, Capability, Search, Strategy, needs, wishes
from blackbox.strategies.composed.conversation import Listener, Paid, Paused, begun, inner
from blackbox.strategies.evolution.cma_es import CmaEs

VERSION = 3  # a part is handed what another has paid for


@dataclass(frozen=True)
class Restarts:
    """Any strategy, begun again at the next start where it stalls (Luby et al. 1993).

    It is over where it has not improved for `patience` scores, has reached `target`, or returns.
    `after="stop"` ends the run where one of the first two holds, with the rest unspent.
    """

    # The search that is begun again.
    strategy: Strategy = field(default_factory=CmaEs, metadata={"strategies": True})
    # Scores without a better one. A generation of CMA-ES is about 10; it needs tens of them.
    patience: int = 200
    target: float | None = None
    after: Literal["restart", "stop"] = "restart"

    def __post_init__(self) -> None:
        """Refuse rules that never let a search begin."""
        if self.patience < 1 or self.after not in ("restart", "stop"):
            raise ValueError(f"patience must be >= 1 and after 'restart' or 'stop': {self}")

    @property
    def needs(self) -> frozenset[Capability]:
        """What the strategy inside needs."""
        return needs(self.strategy)

    @property
    def uses(self) -> frozenset[Capability]:
        """What is asked for inside where it is offered."""
        return wishes(self.strategy)

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Search from one start after the other."""
        listener, paid = Listener(brief.price, brief.constraints), Paid(brief.noise)
        for start in brief.starts(rng):
            listener = Listener(brief.price, brief.constraints, spent=listener.spent)
            rest = brief.budget - listener.spent
            search = inner(self.strategy, begun(brief, start, rest), rng, self.uses)
            inside = Paused(search, listener, paid)
            try:
                yield from inside.visit(self._over)
            finally:
                inside.close()
            if self.after == "stop" and self._over(listener):
                return

    def _over(self, listener: Listener) -> bool:
        reached = self.target is not None and listener.best >= self.target
        return reached or listener.stale >= self.patience
