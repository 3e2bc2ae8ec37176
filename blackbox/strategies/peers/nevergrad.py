"""Any optimizer of nevergrad's registry, behind the house's protocol.

J. Rapin, O. Teytaud: Nevergrad, a gradient-free optimization platform, 2018,
https://github.com/facebookresearch/nevergrad.
"""

from __future__ import annotations

import difflib
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

import numpy as np

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.strategies.tools.fence import Fence
from blackbox.strategies.tools.optional import package


@dataclass(frozen=True)
class Nevergrad:
    """`nevergrad:NAME`, one point at a time, at nevergrad's defaults (Rapin and Teytaud 2018).

    It begins at the seed's start. A normal prior is nevergrad's own default, an unbounded array
    with a mutation of one sd; a box becomes a bounded array; a sphere gets the projections.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    # What nevergrad's documentation recommends broadly where little is known of the problem.
    optimizer: str = field(default="TwoPointsDE", metadata={"argument": True})

    def __post_init__(self) -> None:
        """Refuse a name that nevergrad does not have; ask for the package early."""
        names = list(package("nevergrad", "nevergrad").optimizers.registry)
        if self.optimizer not in names:
            near = difflib.get_close_matches(self.optimizer, names, n=5, cutoff=0.4)
            raise ValueError(
                f"nevergrad has no optimizer {self.optimizer!r}; did you mean {', '.join(near)}?"
            )

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Score the start, tell it where the optimizer lets us, then ask and tell."""
        start = brief.start[:1]
        answer = yield Ask(start)
        loss = -float(answer.score[0])
        fence = Fence(int(rng.integers(2**32)))
        optimizer = candidate = None
        try:
            with fence:
                optimizer = self._optimizer(brief)
                _tell_unasked(optimizer, start[0], loss)
            for nth in count():
                with fence:
                    candidate = optimizer.ask()
                z = brief.space.clip(np.asarray(candidate.value, float)[None])
                # One that begins at its initial value has its score already, and is not charged.
                if nth > 0 or not np.array_equal(z, start):
                    answer = yield Ask(z)
                    loss = -float(answer.score[0])
                with fence:
                    optimizer.tell(candidate, loss)
        finally:
            del optimizer, candidate
            fence.join()

    def _optimizer(self, brief: Brief) -> Any:
        ng, space, start = package("nevergrad", "nevergrad"), brief.space, brief.start[0].copy()
        if space.prior == "box":
            array = ng.p.Array(init=start, lower=np.array(space.lower), upper=np.array(space.upper))
        else:
            array = ng.p.Array(init=start).set_mutation(sigma=float(space.scale[0]))
        array.random_state = np.random.RandomState(np.random.randint(2**31))  # noqa: NPY002 - its type
        # Some optimizers plan their phases by the budget: tell them how many scores it buys.
        scores = max(1, int(brief.budget / brief.price.score))
        make = ng.optimizers.registry[self.optimizer]
        return make(parametrization=array, budget=scores, num_workers=1)


def _tell_unasked(optimizer: Any, point: Array, loss: float) -> None:
    """Tell the start's loss, unless the optimizer takes only what it asked for itself."""
    errors = package("nevergrad", "nevergrad").errors
    with suppress(errors.TellNotAskedNotSupportedError):
        optimizer.tell(optimizer.parametrization.spawn_child(new_value=point), loss)
