"""Rows of whole comparisons: the fixed cost of one, and the same by hand, a loop per library."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch

import blackbox as bb
from blackbox.protocol import Array
from blackbox.scoring.batching import one_thread
from tests.benchmarks.field.evaluations import objective as made
from tests.benchmarks.field.evaluations import of_arrays
from tests.benchmarks.field.rows import Row, Size, Way, cpu

DIM, EDGE = 16, 3.0  # the box is [-3, 3]^16
STRATEGIES = ("random_search", "cma_es", "nevergrad:TwoPointsDE", "gradient_ascent", "bayes_opt")


def valley(x: torch.Tensor) -> torch.Tensor:
    """Rosenbrock's function, differentiable."""
    a, b = x[:, :-1], x[:, 1:]
    return -(100 * (b - a * a) ** 2 + (1 - a) ** 2).sum(-1)


def score(x: Array) -> Array:
    """The same of arrays `[n, d]`, as a loop by hand calls it."""
    with torch.inference_mode():
        return valley(torch.as_tensor(x)).numpy()


def in_one_call(budget: int, seed: int) -> None:
    """All five strategies on one seed, and their table."""
    box = bb.Space.box(np.full(DIM, -EDGE), np.full(DIM, EDGE))
    objective = bb.Objective(valley, space=box, name="valley")
    bb.compare(objective, list(STRATEGIES), budget, [seed]).summary()


def by_hand(warm: bool, budget: int, seed: int) -> None:
    """The same five searches, each by its library's own loop; BoTorch's plain or begun warm."""
    with one_thread():
        best = [
            _random(budget, seed),
            _pycma(budget, seed),
            _nevergrad(budget, seed),
            _adam(budget, seed),
            _botorch(budget, seed, warm),
        ]
    assert np.isfinite(best).all()


def _random(budget: int, seed: int) -> float:
    return float(score(np.random.default_rng(seed).uniform(-EDGE, EDGE, (budget, DIM))).max())


def _pycma(budget: int, seed: int) -> float:
    import cma

    options = {"verbose": -9, "seed": seed + 1, "bounds": [-EDGE, EDGE]}
    search, done = cma.CMAEvolutionStrategy(np.zeros(DIM), EDGE / 4, options), 0
    while done < budget:
        points = search.ask()
        search.tell(points, (-score(np.asarray(points))).tolist())
        done += len(points)
    return -float(search.result.fbest)


def _nevergrad(budget: int, seed: int) -> float:
    import nevergrad

    parametrization = nevergrad.p.Array(init=np.zeros(DIM)).set_bounds(-EDGE, EDGE)
    parametrization.random_state.seed(seed)
    search, best = nevergrad.optimizers.TwoPointsDE(parametrization, budget=budget), -np.inf
    for _ in range(budget):
        candidate = search.ask()
        value = float(score(candidate.value[None])[0])
        search.tell(candidate, -value)
        best = max(best, value)
    return best


def _adam(budget: int, seed: int) -> float:
    z = torch.as_tensor(np.random.default_rng(seed).uniform(-EDGE, EDGE, (1, DIM)))
    z.requires_grad_()
    search, best = torch.optim.Adam([z], lr=0.1, maximize=True), -np.inf
    for _ in range(budget // 2):  # a gradient costs as much as its score
        search.zero_grad()
        value = valley(z).sum()
        (z.grad,) = torch.autograd.grad(value, z)
        search.step()
        best = max(best, float(value.detach()))
        with torch.no_grad():
            z.clamp_(-EDGE, EDGE)
    return best


def _botorch(budget: int, seed: int, warm: bool) -> float:
    from botorch.acquisition.analytic import LogExpectedImprovement
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.optim.optimize import optimize_acqf
    from botorch.utils.sampling import draw_sobol_samples
    from gpytorch.mlls import ExactMarginalLogLikelihood

    torch.manual_seed(seed)
    unit = torch.stack([torch.zeros(DIM), torch.ones(DIM)]).double()
    u = draw_sobol_samples(unit, n=min(2 * DIM, budget // 2), q=1, seed=seed).squeeze(1)
    y = valley((2 * u - 1) * EDGE)[:, None]
    last = None
    while len(u) < budget:
        model = SingleTaskGP(u, y)
        if last is not None:
            model.load_state_dict(last, strict=False)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        if warm:  # the hyperparameters; what is standardised and how belongs to the data
            state = model.state_dict()
            last = {name: value for name, value in state.items() if "outcome" not in name}
        acquisition = LogExpectedImprovement(model, best_f=y.max())
        point, _ = optimize_acqf(acquisition, unit, q=1, num_restarts=10, raw_samples=256)
        u = torch.cat([u, point])
        y = torch.cat([y, valley((2 * point - 1) * EDGE)[:, None]])
    return float(y.max())


def one_trial_of_optuna() -> None:
    """A study of one trial."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)


def one_run() -> None:
    """A study of one evaluation: the plan, the probe, the recording of one run."""
    bb.compare(made(of_arrays), "random_search", 1, 1)


def rows(size: Size) -> list[Row]:
    """Milliseconds of the smallest comparison, and CPU seconds of one that somebody would make."""
    repeats, budget = size.of(20, 1), size.of(50, 8)

    def smallest(act: Callable[[], object]) -> Callable[[int], float]:
        def measured(turn: int) -> float:
            act()  # what is imported and found out once is nobody's cost
            return 1e3 * cpu(lambda: [act() for _ in range(repeats)]) / repeats

        return measured

    def timed(act: Callable[[int, int], object]) -> Callable[[int], float]:
        @cache
        def warmed() -> None:  # imports, and first calls
            act(8, 0)

        def measured(turn: int) -> float:
            warmed()
            return cpu(partial(act, budget, turn))

        return measured

    return [
        Row(
            "the fixed cost of a comparison",
            "ms",
            (
                Way("blackbox compare(), one evaluation", smallest(one_run)),
                Way("optuna, one trial", smallest(one_trial_of_optuna)),
            ),
        ),
        Row(
            f"five searches, {budget} evaluations each, one seed",
            "s",
            (
                Way("blackbox compare()", timed(in_one_call)),
                Way("by hand, BoTorch begun at the last fit", timed(partial(by_hand, True))),
                Way("by hand, BoTorch's plain loop", timed(partial(by_hand, False))),
            ),
            turns=size.of(3, 1),
        ),
    ]
