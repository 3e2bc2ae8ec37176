"""What is searched, by whom, with how much; and the runs, thinned to the rows that were better.

A run of 20 000 units in 784 dimensions is 125 MB of points. No table here needs the points: of each
run the rows that improved on all before are kept, with what had been asked up to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.protocol import Price
from blackbox.trace import Status, Trace

BUDGETS = (20, 63, 200, 632, 2000, 6325, 20_000)  # two a decade
SEEDS = 10

ADAM, LBFGS, AUTO, BAYES = "gradient_ascent", "lbfgs", "auto", "bayes_opt"
# At a small radius: the usual one, 0.05, stops short of where Adam gets.
FORWARD = "gradient_ascent(gradient='forward', radius=0.001)"
DIFFERENCES = "gradient_ascent by differences"  # what it is called in tables
RANDOM, ESTIMATED, CMA, SEPARABLE = "random_search", "zeroth_order", "cma_es", "sep_cma_es"
ONE_PLUS_ONE = "one_plus_one"
READERS = (ADAM, LBFGS)
# They plan by the whole budget, and are run anew at each; the others are run once, and read early.
PLANNERS = (AUTO, BAYES)


@dataclass(frozen=True)
class Landscape:
    """An objective whose gradient is shown, its black-box twin, and who searches them how long."""

    label: str
    name: str  # with a gap for `differentiable=False`
    dim: int
    most: int = 20_000  # units, at a gradient's price of 1
    seeds: int = SEEDS
    lbfgs: int = 2_000
    auto: int = 632
    bayes: int = 63

    def reference(self, shown: bool) -> str:
        """The objective's name in call form, gradient shown or hidden."""
        return self.name.format("" if shown else ", differentiable=False")


PICTURE = "digits.super_resolution(instance=0{})"
PIXELS = "mnist.digit(target=2, source=7, reads='picture', decoder='none'{})"
LANDSCAPES = (
    Landscape("rosenbrock, d = 2", "synthetic.rosenbrock(d=2{})", 2, most=2_000),
    Landscape("rosenbrock, d = 8", "synthetic.rosenbrock(d=8{})", 8, most=6_325),
    Landscape("rosenbrock, d = 16", "synthetic.rosenbrock(d=16{})", 16),
    Landscape("rosenbrock, d = 64", "synthetic.rosenbrock(d=64{})", 64, most=6_325, auto=200),
    Landscape("rastrigin, d = 16", "synthetic.rastrigin(d=16{})", 16, most=6_325),
    Landscape(
        "picture, d = 16", "digits.super_resolution(instance=0{})", 16, most=6_325, bayes=200
    ),
    # A run fills 125 MB here while it goes on.
    Landscape("pixels, d = 784", PIXELS, 784, seeds=5, auto=200, bayes=0),
)
# For the limits alone: a bowl, on which the theory is exact.
BOWLS = tuple(
    Landscape(f"sphere, d = {d}", f"synthetic.sphere(d={d}{{}})", d, most=80 * d)
    for d in (2, 8, 16, 64)
)


@dataclass(frozen=True)
class Block:
    """One strategy on one landscape from some seeds."""

    landscape: Landscape
    strategy: str
    shown: bool
    budget: int
    seeds: tuple[int, ...]

    @property
    def label(self) -> str:
        """Who it is in tables; `auto` is two, for it takes what it is offered."""
        if self.strategy == FORWARD:
            return DIFFERENCES
        return f"{self.strategy} (hidden)" if self.hides else self.strategy

    @property
    def hides(self) -> bool:
        """Whether a strategy that would have read the gradient was not shown it."""
        return self.strategy == AUTO and not self.shown

    @property
    def file(self) -> str:
        """Where its rows are kept."""
        twin = "shown" if self.shown else "hidden"
        seeds = f"{self.seeds[0]}-{self.seeds[-1]}"
        parts = (self.landscape.label, self.strategy, twin, self.budget, seeds)
        letters = (c if c.isalnum() or c in "-_" else "." for c in "_".join(map(str, parts)))
        return re.sub(r"\.+", ".", "".join(letters)) + ".parquet"


def blocks(landscape: Landscape, seeds: int, most: float) -> Iterator[Block]:
    """All that is run on a landscape, with no more than `most` units."""
    cma = SEPARABLE if landscape.dim > 100 else CMA
    until = {
        **{(name, True): landscape.most for name in (ADAM,)},
        **{(name, False): landscape.most for name in (ESTIMATED, FORWARD, cma, RANDOM)},
        (LBFGS, True): landscape.lbfgs,
        **{(AUTO, shown): landscape.auto for shown in (True, False)},
        (BAYES, False): landscape.bayes,
    }
    if landscape in BOWLS:
        until = {(name, False): landscape.most for name in (ONE_PLUS_ONE, FORWARD, ESTIMATED)}
        until |= {(ADAM, True): landscape.most}
    some = tuple(range(min(seeds, landscape.seeds)))
    for (strategy, shown), limit in until.items():
        affordable = [b for b in BUDGETS if b <= min(limit, most)]
        for budget in affordable if strategy in PLANNERS else [limit]:
            yield Block(landscape, strategy, shown, int(min(budget, most)), some)


def made(todo: Sequence[Block], folder: Path, jobs: int) -> list[Trace]:
    """The thinned traces of blocks; those that are on disk are not run again."""
    missing = [block for block in todo if not (folder / block.file).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    if jobs == 1:
        for block in missing:
            _make(block, folder)
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            list(pool.map(_make, missing, [folder] * len(missing)))
    return [trace for block in todo for trace in _load(block, folder)]


def _make(block: Block, folder: Path) -> None:
    name = block.landscape.reference(block.shown)
    study = bb.compare(name, block.strategy, block.budget, list(block.seeds))
    parts = []
    for trace in study.traces:
        so_far = np.fmax(trace.best_so_far(), -np.inf)
        better = so_far > np.append(-np.inf, so_far[:-1])
        better[-1] = True  # how far it went
        rows = {"n_scores": trace.n_scores, "n_gradients": trace.n_gradients, "score": so_far}
        part = pd.DataFrame({key: column[better] for key, column in rows.items()})
        parts.append(part.assign(seed=trace.seed, status=str(trace.status)))
    partial = folder / (block.file + ".partial")
    pd.concat(parts, ignore_index=True).to_parquet(partial)
    partial.replace(folder / block.file)
    print(block.file, flush=True)


def _load(block: Block, folder: Path) -> Iterator[Trace]:
    rows = pd.read_parquet(folder / block.file)
    for seed, part in rows.groupby("seed"):
        n = len(part)
        scores, gradients = (part[name].to_numpy() for name in ("n_scores", "n_gradients"))
        nothing = np.zeros(n)
        yield Trace(
            objective=block.landscape.label,
            strategy=block.label,
            seed=int(str(seed)),
            dim=block.landscape.dim,
            budget=float(block.budget),
            price=Price(gradient=1.0),
            status=Status(part["status"].iloc[0]),
            error="",
            z=np.zeros((n, 0)),
            score=part["score"].to_numpy(),
            valid=np.isfinite(part["score"].to_numpy()),
            clipped=np.zeros(n, bool),
            n_scores=scores,
            n_gradients=gradients,
            n_decodes=np.zeros(n, np.int64),
            seconds=nothing,
            z_norm=nothing,
            log_prior=nothing,
            used=float(scores[-1] + gradients[-1]),
            thinking_seconds=0.0,
            optimum=0.0,
        )


def read_at(trace: Trace, budget: float) -> Trace:
    """What the run would have been at another budget, from the cheapest price that it shows.

    A run that was given R units at price 1 has shown all that `budget` buys at a price of p if its
    scores and gradients reach that far: from p = 2 budget / R - 1 on, for one that asks for both at
    each point.
    """
    per_score = trace.n_gradients[-1] / max(trace.n_scores[-1], 1)
    cheapest = (budget / trace.budget * (1 + per_score) - 1) / per_score if per_score else 0.0
    cheapest = max(0.0, round(float(cheapest), 9))
    n_rows = int(np.searchsorted(trace.cost(cheapest), budget * (1 + 1e-12), side="right"))
    columns: list[str] = ["z", "score", "valid", "clipped", "n_scores", "n_gradients", "n_decodes"]
    columns += ["seconds", "z_norm", "log_prior"]
    cut = {name: getattr(trace, name)[:n_rows] for name in columns}
    return replace(trace, budget=float(budget), price=Price(gradient=cheapest), **cut)
