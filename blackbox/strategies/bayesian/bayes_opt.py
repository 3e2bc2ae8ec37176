"""Bayesian optimization: a Gaussian process of the score, and log expected improvement on it.

Jones, Schonlau & Welch, "Efficient global optimization of expensive black-box functions", 1998
(doi 10.1023/A:1008306431147), with the model of Hvarfner et al., 2024 (arXiv 2402.02229) and the
acquisition of Ament et al., 2023 (arXiv 2310.20708): BoTorch's defaults. Departures: raw points
are prior draws, spiky scores are compressed first, and a known point is not asked twice. Whole
numbers and choices are modelled as what they decode to (`mixed.py`, `mixed_search.py`). Where
scores are noisy, the point with the highest mean is what an improvement is measured from, and what
is taken for the best (Picheny, Wagner & Ginsbourger, A benchmark of kriging-based infill criteria
for noisy optimization, 2013, doi 10.1007/s00158-013-0919-4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, get_args

import numpy as np

from blackbox.protocol import Ask, Brief, Capability, Search, Work
from blackbox.strategies.bayesian.improvement import Improvement
from blackbox.strategies.bayesian.model import Model
from blackbox.strategies.bayesian.observations import Domain, Observations, design_size
from blackbox.strategies.bayesian.outcome_transforms import Outcome
from blackbox.strategies.bayesian.surrogate import Kernel, one_thread

VERSION = 2  # all restarts climb at once, and a fit stands until another promises more
FRESH = 1.25  # a fit forgets the last one each time the scores have grown by a quarter


@dataclass(frozen=True)
class BayesOpt:
    """Fit a Gaussian process and ask where log EI is largest (Jones 1998, Ament 2023).

    >>> BayesOpt(q=4, outcome="rank").kernel
    'rbf'
    """

    uses: ClassVar[frozenset[Capability]] = frozenset({Capability.CONSTRAINTS})
    initial: int | None = None  # points before the first model; None: `observations.design_size`
    q: int = 1  # points in each ask; more than one is worse per point and faster per batch
    kernel: Kernel = "rbf"  # as BoTorch; "matern" is nu = 5/2, for rougher scores
    outcome: Outcome = "auto"  # auto: whichever of standardise and log looks more Gaussian
    domain: Domain = "auto"  # see `observations.searched`
    most: int = 500  # points that the model is conditioned on: some 0.2 s an iteration
    raw: int = 256  # quasi-random points among which log EI is first looked for, as BoTorch
    restarts: int = 8  # of the search for its maximum
    gradients: bool = False  # ask for gradients too, at their price, and condition on them

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for name, choice in (("kernel", Kernel), ("outcome", Outcome), ("domain", Domain)):
            if getattr(self, name) not in get_args(choice):
                options = ", ".join(get_args(choice))
                raise ValueError(f"{name} must be one of {options}, not {getattr(self, name)!r}")
        if min(self.q, self.raw, self.restarts, self.initial or 1, self.most - 1) < 1:
            raise ValueError(f"q, initial, raw and restarts must be >= 1 and most >= 2: {self}")
        if self.gradients and (self.kernel != "rbf" or self.outcome == "rank"):
            raise ValueError(
                "gradients=True needs kernel='rbf', and another outcome than 'rank': a rank has no "
                f"gradient: {self}"
            )

    @property
    def needs(self) -> frozenset[Capability]:
        """Nothing but scores, unless it is to use gradients."""
        return frozenset({Capability.GRADIENT} if self.gradients else ())

    @property
    def steps(self) -> Improvement:
        """How it models what it knows, and proposes."""
        return Improvement(
            self.kernel, self.outcome, self.most, self.raw, self.restarts, self.gradients
        )

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask the start and a quasi-random design, then the maxima of log EI without end."""
        is_noisy, constraints, steps = brief.noise is not None, brief.constraints, self.steps
        observed = Observations(
            brief.space, self.domain, is_noisy=is_noisy, constraints=constraints
        )
        if self.gradients and observed.columns is not None:
            raise ValueError(
                f"gradients=True models slopes along every axis, and some of {brief.space} are "
                "whole numbers or choices, which have none; leave it out"
            )
        if self.gradients or not observed.recall(brief):  # what a gradient was is not recalled
            z = np.vstack([brief.start[:1], observed.draw(self._initial(brief) - 1, rng)])
            observed.add(z, (yield Ask(z, 1 if self.gradients else 0)))
        gp: Model | None = None
        cold = 0  # how many scores there were when a fit last began at the prior's mode
        while True:
            if len(observed.score) >= FRESH * cold:
                cold, gp = len(observed.score), None
            with one_thread():
                gp = steps.model(observed, gp)
                z = steps.propose(gp, observed, rng, self.q)
            incumbent = steps.incumbent(gp, observed) if observed.is_noisy else None
            observed.add(z, (yield Ask(z, 1 if self.gradients else 0, incumbent=incumbent)))

    def _initial(self, brief: Brief) -> int:
        unit = brief.price.of_work(Work(scores=1, gradients=int(self.gradients)))
        axes = 1 if self.gradients else brief.space.dim  # a gradient tells of every axis at once
        return design_size(brief, axes, unit) if self.initial is None else self.initial
