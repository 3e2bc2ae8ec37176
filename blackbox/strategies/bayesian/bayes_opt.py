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
from numpy.typing import NDArray

from blackbox.protocol import Ask, Brief, Capability, Search, Work
from blackbox.strategies.bayesian.acquisition import AcquisitionSearch, log_ei
from blackbox.strategies.bayesian.feasibility import constrained
from blackbox.strategies.bayesian.gradient_surrogate import Observed, fit_with_gradients
from blackbox.strategies.bayesian.mixed import fit_mixed
from blackbox.strategies.bayesian.mixed_search import MixedSearch
from blackbox.strategies.bayesian.model import Model
from blackbox.strategies.bayesian.observations import (
    Domain,
    Observations,
    best_and_latest,
    design_size,
    first_new,
)
from blackbox.strategies.bayesian.outcome_transforms import Outcome, steepness, transformed
from blackbox.strategies.bayesian.surrogate import Array, Kernel, fit, one_thread

FRESH = 1.25  # a fit forgets the last one each time the scores have grown by a quarter
SLOPES = 400  # derivatives that the model is conditioned on: some 0.1 s an iteration


@dataclass(frozen=True)
class BayesOpt:
    """Fit a Gaussian process and ask where log EI is largest (Jones 1998, Ament 2023).

    >>> BayesOpt(q=4, outcome="rank").kernel
    'rbf'
    """

    uses: ClassVar[frozenset[Capability]] = frozenset({Capability.CONSTRAINTS})
    initial: int | None = None  # points before the first model; None: `observations.design_size`
    q: int = 1  # points in each ask; more than one is worse per point and faster per batch
    kernel: Kernel = "rbf"
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

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask the start and a quasi-random design, then the maxima of log EI without end."""
        is_noisy, constraints = brief.noise is not None, brief.constraints
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
                gp = self._model(observed, gp)
                z = self._propose(gp, observed, rng)
            incumbent = self._incumbent(gp, observed) if observed.is_noisy else None
            observed.add(z, (yield Ask(z, 1 if self.gradients else 0, incumbent=incumbent)))

    def _initial(self, brief: Brief) -> int:
        unit = brief.price.of_work(Work(scores=1, gradients=int(self.gradients)))
        axes = 1 if self.gradients else brief.space.dim  # a gradient tells of every axis at once
        return design_size(brief, axes, unit) if self.initial is None else self.initial

    def _model(self, observed: Observations, earlier: Model | None) -> Model:
        """The model of the points that are known, fitted from the parameters of the last one."""
        rows = observed.conditioning(self.most)
        u, theta = observed.u[rows], None if earlier is None else earlier.theta
        y = transformed(observed.filled[rows], self.outcome)

        def fitted_to(y: Array, theta: Array | None) -> Model:
            if observed.columns is not None:
                return fit_mixed(observed.columns, u, y, self.kernel, theta)
            return fit(u, y, self.kernel, theta)

        if self.gradients:
            outcome = self._model_with_gradients(observed, rows, y, theta)
        else:
            outcome = fitted_to(y, theta)
        if not observed.margins.size:
            return outcome
        margins, feasible = observed.margins[rows], observed.feasible[rows]
        return constrained(outcome, margins, feasible, fitted_to, earlier)

    def _model_with_gradients(
        self, observed: Observations, rows: NDArray[np.int64], y: Array, theta: Array | None
    ) -> Model:
        u, score = observed.u[rows], observed.filled[rows]
        at = best_and_latest(np.where(observed.valid[rows], score, -np.inf), SLOPES // u.shape[1])
        at = at[observed.valid[rows][at]]
        steep = steepness(score, self.outcome)[at, None] * observed.slope[rows][at]
        return fit_with_gradients(Observed(u, y, at, steep), theta)

    def _incumbent(self, gp: Model, observed: Observations) -> Array:
        """The point `[d]` that was asked and has the highest mean: scores are noisy."""
        rows = observed.conditioning(self.most)
        counts = observed.feasible[rows] if observed.standing[0] else observed.valid[rows]
        mean = np.where(counts, fitted(gp), -np.inf)
        incumbent: Array = observed.asked[rows[int(np.argmax(mean))]]
        return incumbent

    def _propose(self, gp: Model, observed: Observations, rng: np.random.Generator) -> Array:
        """The next points `[q, d]`: maxima of log EI, each believing the mean at those before.

        Ginsbourger, Le Riche & Carraro, 2010 (doi 10.1007/978-3-642-10701-6_6).
        """
        chosen = []
        for _ in range(self.q):
            z = self._best_new(gp, observed, rng)
            chosen.append(z)
            gp = gp.believing(observed.unit(z))
        return np.vstack(chosen)

    def _best_new(self, gp: Model, observed: Observations, rng: np.random.Generator) -> Array:
        """The best candidate `[1, d]` that is not yet known, else a random one."""
        sees_through = observed.is_noisy and not observed.margins.size
        best = float((fitted(gp) if sees_through else gp.y).max())
        raw = observed.unit(observed.draw(self.raw, rng))
        columns = observed.columns
        search: AcquisitionSearch | MixedSearch = AcquisitionSearch(restarts=self.restarts)
        if columns is not None:
            search = MixedSearch(columns, restarts=self.restarts)
        z = observed.place(search.candidates(gp, best, raw, observed.limits, rng))
        # On a sphere the candidates moved when they were placed, and their order with them.
        z = z[np.argsort(-log_ei(gp, best, observed.unit(z)), kind="stable")]
        return first_new(z, gp.x, observed, rng)


def fitted(gp: Model) -> Array:
    """The mean of a model at its own points `[n]`: what their outcomes are without noise."""
    return gp.predict(gp.x)[0]
