"""Rows of CMA-ES: microseconds of an evaluation, the search's thinking and the loop around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

import blackbox as bb
from blackbox.optional import require
from blackbox.protocol import Array
from tests.benchmarks.field.evaluations import DIM, objective, per_seed, whole
from tests.benchmarks.field.rows import Row, Size, Way


def valley(x: Array) -> Array:
    """Rosenbrock's function, which nobody has solved by the end: no search may stop early."""
    if not isinstance(x, np.ndarray):
        raise TypeError("arrays, please")
    a, b = x[:, :-1], x[:, 1:]
    down: Array = -(100 * (b - a * a) ** 2 + (1 - a) ** 2).sum(-1)
    return down


def of_blackbox(seeds: int, n: int) -> None:
    """A study."""
    whole(bb.compare(objective(valley), "cma_es", n, seeds, prices=[0]), n)


def of_pycma(n: int) -> None:
    """Its ask and tell by hand."""
    import cma

    search = cma.CMAEvolutionStrategy(np.zeros(DIM), 0.5, {"verbose": -9, "seed": 1})
    done = 0
    while done < n:
        points = search.ask()
        search.tell(points, (-valley(np.asarray(points))).tolist())
        done += len(points)


def of_cmaes(n: int) -> None:
    """The same of the package `cmaes`, which asks for one point at a time."""
    cmaes = require("cmaes", "optuna")

    search = cmaes.CMA(np.zeros(DIM), 0.5, seed=1)
    for _ in range(n // search.population_size or 1):
        points = [search.ask() for _ in range(search.population_size)]
        values = -valley(np.stack(points))
        search.tell([(x, float(value)) for x, value in zip(points, values, strict=True)])


def of_nevergrad(n: int) -> None:
    """The same of nevergrad, which runs pycma behind its own ask and tell."""
    import nevergrad

    parametrization = nevergrad.p.Array(init=np.zeros(DIM))
    parametrization.random_state.seed(0)
    search = nevergrad.optimizers.CMA(parametrization, budget=n)
    for _ in range(n):
        candidate = search.ask()
        search.tell(candidate, -float(valley(candidate.value[None])[0]))


def rows(size: Size) -> list[Row]:
    """One seed, and twenty of them together."""
    few, many, seeds = size.of(120, 24), size.of(2_120, 48), size.of(20, 2)

    def timed(act: Callable[[int], object], runs: int = 1) -> Callable[[int], float]:
        return partial(per_seed, act, runs, few, many)

    peers = (
        Way("pycma", timed(of_pycma)),
        Way("cmaes", timed(of_cmaes)),
        Way("nevergrad CMA", timed(of_nevergrad)),
    )
    alone = Way("blackbox cma_es", timed(partial(of_blackbox, 1)))
    together = Way("blackbox cma_es", timed(partial(of_blackbox, seeds), seeds))
    return [
        Row("CMA-ES, one seed", "us", (alone, *peers)),
        Row("CMA-ES, 20 seeds together", "us", (together,)),
    ]
