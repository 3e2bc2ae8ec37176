"""Cost: seconds of a step at several n, and of whole runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Ask
from blackbox.scoring.batching import one_thread
from blackbox.strategies.bayesian.acquisition import quasi_random
from tests.benchmarks.peers import Array, Data, of_ax, of_bayes_opt, of_botorch, of_optuna

DIM = 20
WAYS = (of_bayes_opt, of_botorch, of_optuna, of_ax)
POINTS = ("run", "quasi-random")
LANDSCAPES = ("sphere", "ellipsoid", "rosenbrock", "rastrigin", "ackley")
WHOLE = f"synthetic.rosenbrock(d={DIM})"
FIRST = 5  # points before the first model in the runs up to n = 45


def data_set(landscape: str, points: str, n: int, seed: int) -> Data:
    """The first `n` points of a run of `bayes_opt`, as a loop has them; or quasi-random ones."""
    name = f"synthetic.{landscape}(d={DIM})"
    objective = registry.objective(name)

    def score(points: Array) -> Array:
        return objective.evaluate(Ask(points)).score.copy()

    if points == "run":
        (trace,) = bb.compare(name, "bayes_opt", n, [seed]).traces
        x = trace.z
    else:
        x = objective.space.from_unit(quasi_random(np.random.default_rng(seed), n, DIM))
    return Data(objective.space, x, score(x), score, seed)


def steps(sizes: Sequence[int], landscapes: Sequence[str], points: Sequence[str]) -> pd.DataFrame:
    """One row per timed step: all peers on one data set, then the next; one thread for all."""
    with one_thread():
        for way in WAYS:  # imports and first calls are nobody's steps
            list(way(data_set("sphere", "run", 20, 0)))
        return pd.DataFrame(_steps(sizes, landscapes, points))


def _steps(
    sizes: Sequence[int], landscapes: Sequence[str], points: Sequence[str]
) -> Iterator[dict[str, Any]]:
    turn = 0
    for (seed, landscape), kind in product(enumerate(landscapes), points):
        whole = data_set(landscape, kind, max(sizes), seed)
        for n in sizes:
            data = replace(whole, x=whole.x[:n], y=whole.y[:n])
            turn = (turn + 1) % len(WAYS)  # nobody is always the first
            for way in WAYS[turn:] + WAYS[:turn]:
                for name, *seconds in way(data):
                    row = {"points": kind, "landscape": landscape, "n": n, "way": name}
                    row |= dict(
                        zip(("fit", "acquisition", "both"), np.round(seconds, 6), strict=True)
                    )
                    print(row, file=sys.stderr, flush=True)
                    yield row


def whole(seeds: int, budget: int, plain_seeds: int, plain_budget: int) -> pd.DataFrame:
    """One row per run: ours over the whole budget, and all three loops up to n = 45."""
    rows = [*_runs(["bayes_opt"], seeds, budget)]
    loops = [f"{name}initial={FIRST})" for name in _LOOPS]
    rows += _runs(loops, plain_seeds, plain_budget)
    return pd.DataFrame(rows)


_LOOPS = ("bayes_opt(", "botorch_loop(", "botorch_loop(warm=True, ")


def _runs(strategies: Sequence[str], seeds: int, budget: int) -> Iterator[dict[str, Any]]:
    bb.compare(WHOLE, "bayes_opt(initial=5)", 8, 1)  # imports
    bb.compare(WHOLE, "botorch_loop(initial=5)", 8, 1)
    for seed in range(seeds):
        for strategy in strategies:  # interleaved
            begun = time.perf_counter()
            study = bb.compare(WHOLE, strategy, budget, [seed])
            (trace,) = study.traces
            assert len(trace) == budget, trace.error
            yield {
                "strategy": trace.strategy,
                "seed": seed,
                "budget": budget,
                "seconds": round(time.perf_counter() - begun, 3),
                "best": trace.best_so_far()[-1],
            }
            print(f"{strategy} {seed}: {time.perf_counter() - begun:.1f} s", file=sys.stderr)
