"""A step of efficient global optimization: the model of what is known, and where to ask next.

Papers and departures: `bayes_opt.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array
from blackbox.strategies.bayesian.acquisition import AcquisitionSearch, log_ei
from blackbox.strategies.bayesian.feasibility import ConstrainedModel, constrained
from blackbox.strategies.bayesian.gradient_surrogate import (
    GradientGP,
    Observed,
    fit_with_gradients,
)
from blackbox.strategies.bayesian.mixed import fits
from blackbox.strategies.bayesian.mixed_search import MixedSearch
from blackbox.strategies.bayesian.model import Model
from blackbox.strategies.bayesian.observations import (
    SAME,
    Observations,
    best_and_latest,
    first_new,
)
from blackbox.strategies.bayesian.outcome_transforms import Outcome, steepness, transformed
from blackbox.strategies.bayesian.surrogate import Kernel

SLOPES = 400  # derivatives that the model is conditioned on: some 0.1 s an iteration


@dataclass(frozen=True)
class Improvement:
    """How scores are modelled and log EI is maximised; the settings are those of `BayesOpt`."""

    kernel: Kernel
    outcome: Outcome
    most: int
    raw: int
    restarts: int
    gradients: bool = False

    def model(self, observed: Observations, earlier: Model | None) -> Model:
        """The model of the points that are known, fitted from the parameters of the last one."""
        rows = observed.conditioning(self.most)
        y = transformed(observed.filled[rows], self.outcome)
        refit = fits(observed.columns, observed.u[rows], self.kernel)
        before = earlier.outcome if isinstance(earlier, ConstrainedModel) else earlier
        outcome: Model
        if self.gradients:
            outcome = self._model_with_gradients(observed, rows, y, before)
        else:
            outcome = refit(y, before)
        if not observed.margins.size:
            return outcome
        margins, feasible = observed.margins[rows], observed.feasible[rows]
        return constrained(outcome, margins, feasible, refit, earlier)

    def _model_with_gradients(
        self, observed: Observations, rows: NDArray[np.int64], y: Array, earlier: Model | None
    ) -> Model:
        u, score = observed.u[rows], observed.filled[rows]
        at = best_and_latest(np.where(observed.valid[rows], score, -np.inf), SLOPES // u.shape[1])
        at = at[observed.valid[rows][at]]
        steep = steepness(score, self.outcome)[at, None] * observed.slope[rows][at]
        before = earlier if isinstance(earlier, GradientGP) else None
        return fit_with_gradients(Observed(u, y, at, steep), before)

    def incumbent(self, gp: Model, observed: Observations) -> Array:
        """The point `[d]` that was asked and has the highest mean: scores are noisy."""
        rows = observed.conditioning(self.most)
        counts = observed.feasible[rows] if observed.standing[0] else observed.valid[rows]
        mean = np.where(counts, gp.fitted, -np.inf)
        incumbent: Array = observed.asked[rows[int(np.argmax(mean))]]
        return incumbent

    def propose(
        self, gp: Model, observed: Observations, rng: np.random.Generator, q: int = 1
    ) -> Array:
        """The next points `[q, d]`: maxima of log EI, each believing the mean at those before.

        Ginsbourger, Le Riche & Carraro, 2010 (doi 10.1007/978-3-642-10701-6_6).
        """
        chosen = [self._best_new(gp, observed, rng)]
        while len(chosen) < q:
            gp = gp.believing(observed.unit(chosen[-1]))
            chosen.append(self._best_new(gp, observed, rng))
        return np.vstack(chosen)

    def _best_new(self, gp: Model, observed: Observations, rng: np.random.Generator) -> Array:
        """The best candidate `[1, d]` that is not yet known, else a random one."""
        sees_through = observed.is_noisy and not observed.margins.size
        best = float((gp.fitted if sees_through else gp.y).max())
        raw = observed.unit(observed.draw(self.raw, rng))
        columns = observed.columns
        search: AcquisitionSearch | MixedSearch = AcquisitionSearch(restarts=self.restarts)
        if columns is not None:
            search = MixedSearch(columns, restarts=self.restarts)
        candidates = search.candidates(gp, best, raw, observed.limits, rng)
        return first_new(placed(gp, best, *candidates, observed)[0], gp.x, observed, rng)


def placed(
    gp: Model, best: float, u: Array, value: Array, observed: Observations
) -> tuple[Array, Array]:
    """The points of the space `[m, d]` at points of the cube, and their log EI, the best first."""
    z = observed.place(u)
    there = observed.unit(z)
    if np.abs(there - u).max(initial=0.0) > SAME:
        # On a sphere the candidates moved when they were placed, and their order with them.
        value = log_ei(gp, best, there)
    order = np.argsort(-value, kind="stable")
    return z[order], value[order]
