"""Any optimizer of nevergrad's registry, behind the house's protocol.

J. Rapin, O. Teytaud: Nevergrad, a gradient-free optimization platform, 2018,
https://github.com/facebookresearch/nevergrad.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from blackbox.optional import require
from blackbox.protocol import Brief, Capability, Search
from blackbox.spelling import did_you_mean
from blackbox.strategies.libraries.nevergrad_loop import converse


@dataclass(frozen=True)
class Nevergrad:
    """`nevergrad:NAME`, one point at a time, at nevergrad's defaults (Rapin and Teytaud 2018).

    It begins at the seed's start, is told its score and how many scores the budget buys. A normal
    prior is nevergrad's own default, an unbounded array with a mutation of one sd; a space with
    ends becomes a bounded array; a sphere gets the projections (the audit counts them as clipped).
    An invalid point is told as the worst loss so far. Not given: gradients, batches. Optimizers
    that have converged go on with nevergrad's random points. Its metamodels stop their inner
    search by the clock, after 20 s.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    # What nevergrad's documentation recommends broadly where little is known of the problem.
    optimizer: str = field(default="TwoPointsDE", metadata={"argument": True})

    def __post_init__(self) -> None:
        """Refuse a name that nevergrad does not have; ask for the package early."""
        names = list(require("nevergrad", "nevergrad").optimizers.registry)
        if self.optimizer not in names:
            near = did_you_mean(self.optimizer, names, n=5, cutoff=0.4)
            raise ValueError(f"nevergrad has no optimizer {self.optimizer!r}{near}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Score the start, tell it where the optimizer lets us, then ask and tell."""
        registry = require("nevergrad", "nevergrad").optimizers.registry
        yield from converse(registry[self.optimizer], brief, rng)
