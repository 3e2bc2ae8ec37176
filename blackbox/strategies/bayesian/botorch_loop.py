"""The plain BoTorch loop, as its documentation writes it: the peer to measure `bayes_opt` against.

Balandat et al., "BoTorch: a framework for efficient Monte-Carlo Bayesian optimization", 2020
(arXiv 1910.06403); the acquisition is that of Ament et al., 2023 (arXiv 2310.20708).

BoTorch's defaults: `SingleTaskGP` with its kernel, its priors and standardised outcomes,
`fit_gpytorch_mll` from the modes of the priors, `LogExpectedImprovement`, and `optimize_acqf` from
Sobol points of the whole cube. Not defaults, but usual in its tutorials, as it has none: 10
restarts, 256 raw samples, float64. As in `bayes_opt`, so that both search the same problem: first
points, the searched domain, an invalid point as the worst valid one. `warm` is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.protocol import Array, Ask, Brief, Capability, Search, Work
from blackbox.strategies.bayesian.observations import Observations, design_size

Parameters = list[torch.Tensor]


@dataclass(frozen=True)
class BotorchLoop:
    """Fit `SingleTaskGP`, ask where LogEI is largest, again (Balandat 2020, arXiv 1910.06403).

    It models every point and may ask a known one again, as the plain loop does.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    warm: bool = False  # begin a fit at the last hyperparameters, not at the modes of the priors
    initial: int | None = None  # points before the first model; None: the rule of bayes_opt
    restarts: int = 10  # of the search for the maximum of LogEI
    raw_samples: int = 256  # quasi-random points that the restarts are drawn from
    steps: int | None = None  # of L-BFGS in each fit and each search; None: BoTorch's limits

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing; ask for the package early."""
        if min(self.restarts, self.raw_samples, self.initial or 1, self.steps or 1) < 1:
            raise ValueError(f"initial, restarts, raw_samples and steps must be >= 1: {self}")
        with IsolatedGlobals(0):  # its import warns
            require("botorch", "botorch")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask the start and a quasi-random design, then the maximum of LogEI without end."""
        observed = Observations(brief.space, "auto")
        z = np.vstack([brief.start[:1], observed.draw(self._initial(brief) - 1, rng)])
        isolated = IsolatedGlobals(int(rng.integers(2**32)))
        last: Parameters | None = None
        while True:
            observed.add(z, (yield Ask(z)))
            with isolated, _one_thread(), torch.enable_grad():
                model = self._model(observed.u, observed.filled, last)
                z = observed.place(self._proposed(model, observed))
                last = [p.detach().clone() for p in model.parameters()] if self.warm else None

    def _initial(self, brief: Brief) -> int:
        size = design_size(brief, brief.space.dim, brief.price.of_work(Work(scores=1)))
        return size if self.initial is None else self.initial

    def _model(self, u: Array, score: Array, last: Parameters | None) -> Any:
        """`SingleTaskGP` of scores `[n]` at `[n, d]`, at the maximum of its posterior."""
        botorch, gpytorch = require("botorch", "botorch"), require("gpytorch", "botorch")
        model = botorch.models.SingleTaskGP(torch.tensor(u), torch.tensor(score)[:, None])
        if last is not None:
            with torch.no_grad():
                for parameter, value in zip(model.parameters(), last, strict=True):
                    parameter.copy_(value)
        loss = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
        botorch.fit_gpytorch_mll(loss, optimizer_kwargs={"options": self._options()})
        return model

    def _proposed(self, model: Any, observed: Observations) -> Array:
        """Where in the cube log expected improvement is largest, `[1, d]`."""
        botorch = require("botorch", "botorch")
        # A tensor: a plain float would pass through float32.
        best = torch.tensor(observed.filled.max())
        proposed, _ = botorch.optim.optimize_acqf(
            botorch.acquisition.LogExpectedImprovement(model, best_f=best),
            bounds=torch.tensor(np.stack(observed.limits)),
            q=1,
            num_restarts=self.restarts,
            raw_samples=self.raw_samples,
            options=self._options(),
        )
        u: Array = proposed.numpy()
        return u

    def _options(self) -> dict[str, int]:
        return {} if self.steps is None else {"maxiter": self.steps}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Hold torch to one thread: small matrices, and sums whose last bits must stay the same."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
