"""ParEGO: Bayesian optimization of many weighted sums of several criteria, a new one each step.

J. Knowles: ParEGO: a hybrid algorithm with on-line landscape approximation for expensive
multiobjective optimization problems, IEEE Transactions on Evolutionary Computation 10 (1), 2006,
doi:10.1109/TEVC.2005.851274. Departures: weights are uniform over the whole simplex, where the
paper draws them from a lattice on it; the ends that criteria are scaled by are those of the front
that is known, where the paper has those of the whole space, so that a few bad points do not press
the front into a corner; the design, the model and the acquisition are those of `bayes_opt`, which
is how whole numbers, choices and constraints are treated too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, get_args

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.strategies.bayesian.improvement import Improvement
from blackbox.strategies.bayesian.observations import Domain, Observations, design_size
from blackbox.strategies.bayesian.surrogate import Kernel, one_thread

VERSION = 2  # all restarts climb at once; fits end where a step promises little


@dataclass(frozen=True)
class Parego:
    """Each step, the log EI of another weighting of the criteria (Knowles 2006).

    Every criterion that has a weight counts, in its direction; how large its weight is does not.
    The criteria are scaled to [0, 1] over the points of the front so far and put into one number by
    an augmented Chebyshev norm, `max_j(w_j c_j) + rho sum_j(w_j c_j)` of losses `c [k]` with random
    weights `w [k]`, whose optima are Pareto-optimal points, those of hollow parts of a front as
    well. Each of the `q` points of an ask has a weighting of its own, and believes the mean at
    those before it. Where no point that meets all constraints is known, all are scaled by.

    >>> Parego(rho=0.1).kernel
    'rbf'
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CRITERIA})
    uses: ClassVar[frozenset[Capability]] = frozenset({Capability.CONSTRAINTS})
    initial: int | None = None  # points before the first model; None: `observations.design_size`
    q: int = 1  # points in each ask
    rho: float = 0.05  # how much the sum counts beside the largest, the paper's
    kernel: Kernel = "rbf"  # as BoTorch; "matern" is nu = 5/2, for rougher scores
    domain: Domain = "auto"  # see `observations.searched`
    most: int = 500  # points that the model is conditioned on
    raw: int = 256  # quasi-random points among which log EI is first looked for
    restarts: int = 8  # of the search for its maximum

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for name, choice in (("kernel", Kernel), ("domain", Domain)):
            if getattr(self, name) not in get_args(choice):
                options = ", ".join(get_args(choice))
                raise ValueError(f"{name} must be one of {options}, not {getattr(self, name)!r}")
        counts = self.q, self.raw, self.restarts, self.initial or 1, self.most - 1
        if min(counts) < 1 or not self.rho >= 0:
            raise ValueError(
                f"q, initial, raw and restarts must be >= 1, most >= 2 and rho >= 0: {self}"
            )

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask the start and a quasi-random design, then one point for each weighting, for ever."""
        observed = Observations(
            brief.space,
            self.domain,
            is_noisy=brief.noise is not None,
            constraints=brief.constraints,
            criteria=brief.criteria,
        )
        if not observed.recall(brief):
            first = self.initial or design_size(brief, brief.space.dim, 1.0)
            z = np.vstack([brief.start[:1], observed.draw(first - 1, rng)])
            observed.add(z, (yield Ask(z)))
        steps = Improvement(self.kernel, "auto", self.most, self.raw, self.restarts)
        while True:
            chosen: list[Array] = []
            losses = scaled_losses(observed.gains, observed.feasible, observed.valid)
            for _ in range(self.q):
                weights = rng.dirichlet(np.ones(observed.gains.shape[1]))
                observed.score = -chebyshev(losses, weights, self.rho)
                with one_thread():
                    # Of another weighting the last fit says little: begin at the prior's mode.
                    gp = steps.model(observed, None)
                    for earlier in chosen:
                        gp = gp.believing(observed.unit(earlier))
                    chosen.append(steps.propose(gp, observed, rng))
            z = np.vstack(chosen)
            observed.add(z, (yield Ask(z)))


def chebyshev(losses: Array, weights: Array, rho: float) -> Array:
    """The augmented Chebyshev norm `[n]` of losses `[n, k]`: the paper's equation (2).

    >>> chebyshev(np.array([[1.0, 0.5]]), np.array([0.5, 0.5]), 0.1)
    array([0.575])
    """
    weighted = losses * weights
    norm: Array = weighted.max(axis=1) + rho * weighted.sum(axis=1)
    return norm


def scaled_losses(gains: Array, feasible: NDArray[np.bool_], valid: NDArray[np.bool_]) -> Array:
    """Losses `[n, k]` of gains `[n, k]`: 0 at the best and 1 at the worst of the front so far.

    Of points that meet all constraints, or of all valid ones where none does. A criterion in which
    the front is a point is scaled by all that count; 1 where these are all alike.
    """
    counted = gains[feasible] if feasible.any() else gains[valid]
    if not len(counted):
        return np.zeros_like(gains)
    front = counted[nondominated(counted)]
    spans = np.ptp(front, axis=0), np.ptp(counted, axis=0), np.ones(gains.shape[1])
    width = np.select([span > 0 for span in spans], spans)
    return np.where(valid[:, None], (front.max(axis=0) - gains) / width, 0.0)


def nondominated(gains: Array) -> NDArray[np.bool_]:
    """Which of gains `[n, k]` no other beats: at least as good in all, and better in one.

    >>> nondominated(np.array([[0.0, 2.0], [1.0, 1.0], [0.5, 1.0]]))
    array([ True,  True, False])
    """
    no_worse = (gains[:, None] >= gains[None]).all(axis=2)
    better = (gains[:, None] > gains[None]).any(axis=2)
    return ~np.asarray((no_worse & better).any(axis=0), bool)
