"""Agreement: BoTorch's own loss at both fits, and both maxima of LogEI at one set of parameters."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from blackbox import registry
from blackbox.global_state import IsolatedGlobals
from blackbox.protocol import Ask
from blackbox.scoring.batching import one_thread
from blackbox.strategies.bayesian.acquisition import AcquisitionSearch, log_ei, quasi_random
from blackbox.strategies.bayesian.fitting import fit
from blackbox.strategies.bayesian.outcome_transforms import standardise
from blackbox.strategies.bayesian.surrogate import GP
from tests.benchmarks.peers import Array

LANDSCAPES = ("sphere", "ellipsoid", "rosenbrock", "rastrigin", "ackley")
SIZES = ((20, 6), (60, 10), (120, 20))  # n, d


def run(
    landscapes: Sequence[str] = LANDSCAPES, sizes: Sequence[tuple[int, int]] = SIZES
) -> pd.DataFrame:
    """One row per data set."""
    with one_thread():
        return pd.DataFrame(_rows(landscapes, sizes))


def _rows(landscapes: Sequence[str], sizes: Sequence[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    for (seed, landscape), (n, d) in product(enumerate(landscapes), sizes):
        row = {"landscape": landscape, "n": n, "d": d, **_agreement(landscape, n, d, seed)}
        print(row, file=sys.stderr, flush=True)
        yield row


def _agreement(landscape: str, n: int, d: int, seed: int) -> dict[str, float]:
    """Ours less BoTorch's: losses of both fits, both maxima of LogEI, and LogEI at one point."""
    objective = registry.objective(f"synthetic.{landscape}(d={d})")
    u = quasi_random(np.random.default_rng([seed, n]), n, d)
    y = standardise(objective.evaluate(Ask(objective.space.from_unit(u))).score)
    gp = fit(u, y)
    with IsolatedGlobals(seed):
        theirs, ours = fitted(u, y), at(gp)
        losses = [loss(model) for model in (ours, theirs)]
        there, value_there = maximum(ours)
    candidates, _ = AcquisitionSearch().candidates(
        gp,
        float(y.max()),
        quasi_random(np.random.default_rng(seed), 256, d),
        (np.zeros(d), np.ones(d)),
        np.random.default_rng(seed),
    )
    best = float(y.max())
    return {
        "loss_gap": losses[0] - losses[1],  # lower is better
        "log_ei_gap": float(log_ei(gp, best, candidates[:1])[0]) - value_there,  # higher is
        # The two functions at one point: what is left when the searches are taken away.
        "function_gap": float(log_ei(gp, best, there)[0]) - value_there,
    }


def fitted(u: Array, y: Array) -> Any:
    """BoTorch's model, fitted by BoTorch."""
    import torch
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from gpytorch.mlls import ExactMarginalLogLikelihood

    model = SingleTaskGP(torch.tensor(u), torch.tensor(y)[:, None])
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model


def at(gp: GP) -> Any:
    """BoTorch's model at the parameters of ours."""
    import torch
    from botorch.models import SingleTaskGP

    model = SingleTaskGP(torch.tensor(gp.x), torch.tensor(gp.y)[:, None])
    # As tensors: a plain float passes through float32.
    model.covar_module.lengthscale = torch.tensor(gp.lengthscales)
    model.likelihood.noise = torch.tensor(np.exp(gp.theta[-1]))
    model.mean_module.constant = torch.tensor(gp.mean, dtype=torch.float64)
    return model


def loss(model: Any) -> float:
    """BoTorch's loss of a model: minus the log posterior of its parameters, per point."""
    import torch
    from gpytorch.mlls import ExactMarginalLogLikelihood

    mll = ExactMarginalLogLikelihood(model.likelihood, model)
    mll.train()
    with torch.no_grad():
        return -float(mll(model(*model.train_inputs), model.train_targets))


def maximum(model: Any) -> tuple[Array, float]:
    """Where BoTorch finds LogEI largest, `[1, d]`, and its value there."""
    import torch
    from botorch.acquisition.analytic import LogExpectedImprovement
    from botorch.optim.optimize import optimize_acqf

    model.eval()
    d = model.train_inputs[0].shape[1]
    # The standardisation of standardised outcomes leaves them as they are, up to rounding.
    best = model.outcome_transform.untransform(model.train_targets[:, None])[0].max()
    place, value = optimize_acqf(
        LogExpectedImprovement(model, best_f=best),
        bounds=torch.stack([torch.zeros(d), torch.ones(d)]).double(),
        q=1,
        num_restarts=10,
        raw_samples=256,
    )
    assert value is not None
    return place.numpy(), float(value)
