"""Rows of the path of one evaluation: one point at a time, in lockstep, in batches, recorded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

import blackbox as bb
from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.scoring.batching import one_thread
from tests.benchmarks.field.rows import Row, Size, Way, slope

DIM, STEP = 16, 0.1


@dataclass(frozen=True)
class Draws:
    """A search that costs next to nothing: prior draws, one at a time, with gradients or without.

    What it takes is what the path of an evaluation takes.
    """

    order: Literal[0, 1] = 0

    @property
    def needs(self) -> frozenset[Capability]:
        """Gradients, where they are asked for."""
        return frozenset({Capability.GRADIENT} if self.order else ())

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """The start, then draws without end."""
        yield Ask(brief.start[:1], self.order)
        while True:
            yield Ask(rng.standard_normal((1, DIM)), self.order)


def of_arrays(x: Array) -> Array:
    """A bowl that wants arrays."""
    if not isinstance(x, np.ndarray):
        raise TypeError("arrays, please")
    bowl: Array = -np.einsum("ij,ij->i", x, x)
    return bowl


def of_tensors(x: torch.Tensor) -> torch.Tensor:
    """A bowl that wants tensors, with a gradient."""
    return -x.square().sum(-1)


def objective(scorer: Callable[..., Any]) -> bb.Objective:
    """A scorer in the space of the bench."""
    return bb.Objective(scorer, space=bb.Space.normal(DIM), name=scorer.__name__)


def ours(scorer: Callable[..., Any], strategy: Any, seeds: int = 1) -> Callable[[int], object]:
    """A study of so many evaluations of each seed."""
    return lambda n: whole(bb.compare(objective(scorer), strategy, n, seeds, prices=[0]), n)


def whole(study: bb.Comparison, n: int) -> None:
    """Raises RuntimeError unless each run made all its evaluations: others take no time."""
    if not study.traces or any(len(trace) < n for trace in study.traces):
        raise RuntimeError(
            f"a run made fewer than {n} evaluations: {study.runs.to_dict('records')}"
        )


def bare(order: int, n: int) -> None:
    """The scores, and with `order` 1 the gradients, of n points: what nobody can do without."""
    rng = np.random.default_rng(0)
    with one_thread():
        for _ in range(n):
            x = torch.as_tensor(rng.standard_normal((1, DIM)))
            if order == 0:
                with torch.inference_mode():
                    float(of_tensors(x)[0])
                continue
            x.requires_grad_()
            score = of_tensors(x)
            torch.autograd.grad(score.sum(), x)[0].numpy()


def bare_arrays(n: int) -> None:
    """The same of arrays."""
    rng = np.random.default_rng(0)
    for _ in range(n):
        float(of_arrays(rng.standard_normal((1, DIM)))[0])


def nevergrad_one_plus_one(n: int) -> None:
    """Its loop by hand."""
    import nevergrad

    parametrization = nevergrad.p.Array(init=np.zeros(DIM))
    parametrization.random_state.seed(0)
    search = nevergrad.optimizers.OnePlusOne(parametrization, budget=n)
    for _ in range(n):
        candidate = search.ask()
        search.tell(candidate, -float(of_arrays(candidate.value[None])[0]))


def optuna_random(n: int) -> None:
    """Its loop by hand: random points, in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(n):
        trial = study.ask()
        x = np.array([[trial.suggest_float(f"x{k}", -3, 3) for k in range(DIM)]])
        study.tell(trial, -float(of_arrays(x)[0]))


def ioh_logged(n: int) -> None:
    """Random points of its sphere, in batches of a thousand, each written by its C++ logger."""
    import ioh

    rng = np.random.default_rng(0)
    problem: Any = ioh.get_problem(1, 1, DIM)
    always = [ioh.logger.trigger.ALWAYS]
    with tempfile.TemporaryDirectory() as folder:
        logger = ioh.logger.Analyzer(always, root=folder, store_positions=True)
        problem.attach_logger(logger)
        for _ in range(n // 1_000 or 1):
            problem(rng.standard_normal((min(n, 1_000), DIM)))
        problem.detach_logger()


def ours_on_disk(n: int) -> None:
    """Random points of a bowl, each of them kept in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        made = bb.compare(objective(of_arrays), "random_search", n, 1, prices=[0], store=folder)
        whole(made, n)


def per_seed(act: Callable[[int], object], seeds: int, few: int, many: int, _: int) -> float:
    """Microseconds of an evaluation where so many seeds advance together."""
    return slope(act, few, many) / seeds


def rows(size: Size) -> list[Row]:
    """Microseconds of an evaluation, by each way to make it."""
    few, many, seeds = size.of(200, 4), size.of(2_200, 20), size.of(20, 2)
    batch = size.of(20_000, 100), size.of(220_000, 300)

    def timed(act: Callable[[int], object]) -> Callable[[int], float]:
        return partial(per_seed, act, 1, few, many)

    def lockstep(scorer: Callable[..., Any], strategy: Any) -> Callable[[int], float]:
        return partial(per_seed, ours(scorer, strategy, seeds), seeds, few, many)

    def batched(act: Callable[[int], object]) -> Callable[[int], float]:
        return partial(per_seed, act, 1, *batch)

    unit = "us"
    return [
        Row(
            "an evaluation, recorded in batches",
            unit,
            (
                Way("blackbox, in memory", batched(ours(of_arrays, "random_search"))),
                Way("blackbox, in a folder", batched(ours_on_disk)),
                Way("ioh's logger", batched(ioh_logged)),
            ),
        ),
        Row(
            "one point at a time, arrays",
            unit,
            (
                Way("blackbox, draws", timed(ours(of_arrays, Draws()))),
                Way("blackbox one_plus_one", timed(ours(of_arrays, "one_plus_one"))),
                Way("nevergrad OnePlusOne", timed(nevergrad_one_plus_one)),
                Way("optuna RandomSampler", timed(optuna_random)),
                Way("the scorer alone", timed(bare_arrays)),
            ),
        ),
        Row(
            "one point at a time, tensors",
            unit,
            (
                Way("blackbox, draws", timed(ours(of_tensors, Draws()))),
                Way("the scorer alone", timed(partial(bare, 0))),
            ),
        ),
        Row(
            "one point at a time, with its gradient",
            unit,
            (
                Way("blackbox, draws", timed(ours(of_tensors, Draws(order=1)))),
                Way("blackbox gradient_ascent", timed(ours(of_tensors, "gradient_ascent"))),
                Way("forward and backward alone", timed(partial(bare, 1))),
            ),
        ),
        Row(
            "one point at a time, 20 seeds together",
            unit,
            (
                Way("blackbox, draws", lockstep(of_arrays, Draws())),
                Way("blackbox one_plus_one", lockstep(of_arrays, "one_plus_one")),
            ),
        ),
    ]
