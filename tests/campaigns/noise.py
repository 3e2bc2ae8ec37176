"""Is noise found where there is some, and not where there is none; are confirmed bests honest?

    python tests/campaigns/noise.py [--studies 200] [--probes 40] > tests/campaigns/noise.md

Prints the page. Two minutes of one core.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

import blackbox as bb
from blackbox import registry
from blackbox.errors import UnusableObjective
from blackbox.protocol import Answer, Brief
from blackbox.runtime.budget import Meter
from blackbox.runtime.run import Run

SD = 3.0
SPACE = bb.Space.normal(3)
BUDGET, SEEDS = 40, 3
STRATEGIES = ("random_search", "cma_es")
Score = Callable[[Any], Any]


class Kind(NamedTuple):
    """A kind of scorer: made for a seed, with settings of its objective."""

    make: Callable[[int], Score]
    settings: dict[str, Any]


def kind(make: Callable[[int], Score], **settings: Any) -> Kind:
    """A kind, its settings by name."""
    return Kind(make, settings)


def bowl(x: Any) -> Any:
    """Minus the squared norm of rows."""
    return -(x**2).sum(-1)


def network(seed: int, *layers: nn.Module, dtype: torch.dtype = torch.float32) -> nn.Module:
    """A network of random weights, in evaluation mode."""
    torch.manual_seed(seed)
    ends = (nn.Linear(4, 64), *layers, nn.Linear(64, 1))
    return nn.Sequential(*ends).to(dtype).eval()


def of_network(seed: int, *layers: nn.Module, dtype: torch.dtype = torch.float32) -> Score:
    """What it says of rows."""
    net = network(seed, *layers, dtype=dtype)
    return lambda x: net(x.to(dtype))[:, 0]


def with_own(seed: int) -> Score:
    """Noise of a generator that nobody else knows."""
    rng = np.random.default_rng(seed)
    return lambda x: bowl(np.asarray(x)) + rng.standard_normal(len(x))


def with_own_torch(seed: int) -> Score:
    """The same in torch."""
    generator = torch.Generator().manual_seed(seed)
    return lambda x: bowl(x) + torch.randn(len(x), generator=generator)


def of_a_sample(seed: int) -> Score:
    """The loss on a few of many data, drawn for each call."""
    data = torch.randn(1_000, 4, generator=torch.Generator().manual_seed(seed))
    return lambda x: -((x[:, None] - data[torch.randint(1_000, (32,))]) ** 2).sum(-1).mean(-1)


def of_dropout(seed: int) -> Score:
    """A network that leaves out some of itself each time, as its maker wants."""
    net = network(seed, nn.Dropout(0.2)).train()
    return lambda x: net(x.float())[:, 0]


def with_drift(seed: int) -> Score:
    """A measurement that wanders from call to call."""
    state = {"at": 0.0}

    def score(x: Any) -> Any:
        state["at"] += random.gauss(0, 0.1)
        return bowl(x) + state["at"]

    return score


def accuracy(seed: int) -> Score:
    """How many of 50 questions were answered, each by a draw."""
    return lambda x: (torch.rand(len(x), 50) < torch.sigmoid(x[:, :1])).double().mean(-1)


def one_by_one(seed: int) -> Score:
    """A function of one object that draws from Python's generator."""
    return lambda x: float(x[0]) + random.gauss(0, 1)


def by_numpy(seed: int) -> Score:
    """Noise of numpy's global generator."""
    return lambda x: bowl(np.asarray(x)) + np.random.randn(len(x))


def of_torch(score: Score) -> Callable[[int], Score]:
    """A scorer that is the same for every seed but for torch's generator."""
    return lambda seed: score


NOISY = {
    "normal": kind(of_torch(lambda x: bowl(x) + torch.randn(len(x)))),
    "a ten-thousandth of the score": kind(
        of_torch(lambda x: bowl(x) * (1 + 1e-4 * torch.randn(len(x))))
    ),
    "uniform": kind(of_torch(lambda x: bowl(x) + torch.rand(len(x)))),
    "heavy tails": kind(of_torch(lambda x: bowl(x) + torch.randn(len(x)) / torch.rand(len(x)))),
    "multiplied": kind(of_torch(lambda x: bowl(x) * torch.exp(torch.randn(len(x))))),
    "one draw a batch": kind(of_torch(lambda x: bowl(x) + torch.randn(()))),
    "a coin": kind(of_torch(lambda x: bowl(x) + (torch.rand(len(x)) < 0.5))),
    "one in ten": kind(of_torch(lambda x: bowl(x) + (torch.rand(len(x)) < 0.1))),
    "rounded": kind(of_torch(lambda x: torch.round(bowl(x) + 0.3 * torch.randn(len(x))))),
    "sometimes no score": kind(
        of_torch(lambda x: torch.where(torch.rand(len(x)) < 0.3, torch.nan, bowl(x)))
    ),
    "numpy": kind(by_numpy),
    "numpy of its own": kind(with_own),
    "torch of its own": kind(with_own_torch),
    "Python, one object": kind(one_by_one),
    "a sample of the data": kind(of_a_sample),
    "accuracy by draws": kind(accuracy),
    "a drift": kind(with_drift),
    "dropout, declared": kind(of_dropout, noise=True),
    "a noisy decoder": kind(of_torch(bowl), decoder=lambda z: z + torch.randn_like(z)),
    "bfloat16": kind(
        of_torch(lambda x: bowl(x.float()) + torch.randn(len(x))),
        decoder=lambda z: z.to(torch.bfloat16),
    ),
    "several criteria": kind(
        of_torch(lambda x: torch.stack([bowl(x), torch.randn(len(x))], 1)), weights=[1, 0.5]
    ),
    "dear": kind(of_torch(lambda x: bowl(x) + torch.randn(len(x))), seconds=1.0),
    "dear, a sample of the data": kind(of_a_sample, seconds=1.0),
    "dear, accuracy by draws": kind(accuracy, seconds=1.0),
}
# What a dozen calls of a dear scorer cannot show: of these the share is told, not promised.
RARE = {
    "one in a hundred": kind(of_torch(lambda x: bowl(x) + (torch.rand(len(x)) < 0.01))),
    "one in a thousand": kind(of_torch(lambda x: bowl(x) + (torch.rand(len(x)) < 0.001))),
    "dear, a coin": kind(of_torch(lambda x: bowl(x) + (torch.rand(len(x)) < 0.5)), seconds=1.0),
    "dear, one in ten": kind(of_torch(lambda x: bowl(x) + (torch.rand(len(x)) < 0.1)), seconds=1.0),
    "a ten-millionth of the score": kind(
        of_torch(lambda x: bowl(x) * (1 + 1e-7 * torch.randn(len(x))))
    ),
}


def of_trees(seed: int) -> Score:
    """Steps, of numpy, as a forest has them."""
    rng = np.random.default_rng(seed)
    cuts, heights = rng.normal(size=(200, 4)), rng.normal(size=200)
    return lambda x: ((np.asarray(x)[:, None] > cuts).all(-1) * heights).sum(-1)


def of_convolution(seed: int) -> Score:
    """A network of pictures."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 1)).eval()
    return lambda x: net(x.float())[:, 0]


def pictures(z: Any) -> Any:
    """Pictures `[n, 1, 8, 8]` of four numbers."""
    return torch.tanh(z.repeat(1, 16)).reshape(-1, 1, 8, 8)


def seeded_inside(seed: int) -> Score:
    """One that draws, always from the same seed."""
    return lambda x: bowl(np.asarray(x)) + np.random.default_rng(seed).normal()


def remembering(seed: int) -> Score:
    """One that counts its calls, and says nothing of it."""
    calls: list[int] = []

    def score(x: Any) -> Any:
        calls.append(len(x))
        return bowl(x)

    return score


def refusing(seed: int) -> Score:
    """One that gives some objects no score, always the same."""
    return lambda x: torch.where(x[:, 0] > 0.5, torch.nan, bowl(x))


def steep(seed: int) -> Score:
    """One whose values differ by twenty orders of magnitude."""
    return lambda x: torch.exp(20 * x[:, 0]) - bowl(x)


def chaotic(seed: int) -> Score:
    """One in which the last bit of its input becomes the first of its output."""

    def score(x: Any) -> Any:
        y = torch.sigmoid(x.double()).mean(-1)
        for _ in range(60):
            y = 3.99 * y * (1 - y)
        return y

    return score


STEADY = {
    "a bowl": kind(of_torch(bowl)),
    "a bowl of numpy": kind(lambda seed: lambda x: bowl(np.asarray(x))),
    "one object": kind(lambda seed: lambda x: float((x**2).sum())),
    "a network": kind(lambda seed: of_network(seed, nn.ReLU())),
    "a network, float64": kind(lambda seed: of_network(seed, nn.Tanh(), dtype=torch.float64)),
    "a network, bfloat16": kind(lambda seed: of_network(seed, nn.GELU(), dtype=torch.bfloat16)),
    "batch norm, evaluated": kind(lambda seed: of_network(seed, nn.BatchNorm1d(64), nn.ReLU())),
    "dropout, evaluated": kind(lambda seed: of_network(seed, nn.Dropout(0.5), nn.ReLU())),
    "pictures": kind(of_convolution, decoder=pictures),
    "trees": kind(of_trees),
    "a class": kind(lambda seed: lambda x: (bowl(x) > -4).double()),
    "rounded numbers": kind(lambda seed: lambda x: torch.round(bowl(x))),
    "a constant": kind(lambda seed: lambda x: 0 * x[:, 0]),
    "seeded inside": kind(seeded_inside),
    "counting its calls": kind(remembering),
    "no score of some": kind(refusing),
    "steep": kind(steep),
    "chaotic": kind(chaotic),
    "huge": kind(lambda seed: lambda x: 1e30 * bowl(x)),
    "tiny": kind(lambda seed: lambda x: 1e-30 * bowl(x)),
    "several criteria": kind(
        lambda seed: lambda x: torch.stack([bowl(x), x[:, 0]], 1), weights=[1, 0.5]
    ),
    "a target": kind(lambda seed: lambda x: x.sum(-1), target=1.0),
    "dear": kind(lambda seed: of_network(seed, nn.ReLU()), seconds=1.0),
    "dear, one object": kind(lambda seed: lambda x: float((x**2).sum()), seconds=1.0),
    "a decoder": kind(of_torch(bowl), decoder=lambda z: torch.tanh(z @ torch.ones(4, 9))),
}


def flagged(one: Kind, seed: int) -> bool:
    """Whether the door finds noise in this kind, made for a seed."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    space = bb.Space.normal(4)
    objective = bb.Objective(one.make(seed), space=space, name="tried", **one.settings)
    torch.manual_seed(seed + 1)
    return objective.facts.is_noisy and "none was seen" not in objective.facts.noise_from


def shares(kinds: dict[str, Kind], probes: int) -> Iterator[tuple[str, int, int]]:
    """Each kind with how many of so many probes found noise, and how many refused it."""
    for name, one in kinds.items():
        found, refused = 0, 0
        for seed in range(probes):
            try:
                found += flagged(one, seed)
            except UnusableObjective:
                refused += 1
        yield name, found, refused


class Errors(NamedTuple):
    """What was reported minus what is true, in sd of the noise, one number for each report."""

    as_seen: list[float]
    of_runs: list[float]
    of_strategies: list[float]
    of_studies: list[float]


def noisy(x: torch.Tensor) -> Any:
    """The bowl of the promise, with noise of sd 3."""
    return bowl(x) + SD * torch.randn(len(x))


def errors(studies: int) -> Errors:
    """Errors of reported bests over so many studies, each of two strategies and three seeds."""
    of = Errors([], [], [], [])
    for nth in range(studies):
        torch.manual_seed(nth)
        objective = bb.Objective(noisy, space=SPACE, name="noisy")
        seeds = range(SEEDS * nth, SEEDS * (nth + 1))
        study = bb.compare(objective, STRATEGIES, BUDGET, seeds)
        for each, into in (
            ("run", of.of_runs),
            ("strategy", of.of_strategies),
            ("objective", of.of_studies),
        ):
            for row in study.best(each=each).to_dict("records"):
                true = -float((row["z"] ** 2).sum())
                into.append((row["score"] - true) / SD)
                if each == "objective":
                    of.as_seen.append((study.runs["best_seen"].max() - true) / SD)
    return of


def of_target(z: Any) -> Any:
    """A bowl of numpy, 0 at [1, 1, 1], which lies off the middle of the prior."""
    return -((z - 1) ** 2).sum(axis=1)


def told_of(name: str, budget: float, sd: float, seed: int, noise: float | None) -> Run:
    """A run on that bowl with noise of this sd, whose strategy is told `noise`."""
    chance = np.random.default_rng([seed, 7])
    start = SPACE.sample(np.random.default_rng([seed, 0]), 8)
    brief = Brief(SPACE, start, budget=budget, noise=noise)
    run = Run(registry.strategy(name), brief, np.random.default_rng([seed, 1]), Meter(budget))
    while run.pending is not None:
        z = run.pending.points
        run.receive(Answer(score=of_target(z) + sd * chance.standard_normal(len(z))))
    assert not run.error, run.error
    return run


def chosen(run: Run) -> float:
    """What the point that a run takes for the best is really worth."""
    columns = run.recorder.filled()
    score, incumbent = columns["score"], int(columns["incumbent"][-1])
    row = int(np.argmax(score)) if incumbent < 0 else incumbent
    return float(of_target(columns["z"][row : row + 1])[0])


def worth_telling(runs: int) -> Iterator[str]:
    """Rows of a table: what strategies choose that are told of noise, and that are not."""
    for name, budget, sd, n in (
        ("bayes_opt", 60, 1.0, runs // 2),
        ("bayes_opt", 60, 3.0, runs // 2),
        ("cma_es", 60, 3.0, 2 * runs),
        ("cma_es", 200, 1.0, 2 * runs),
        ("cma_es", 200, 3.0, 2 * runs),
        ("cma_es", 1_000, 1.0, runs),
        ("cma_es", 1_000, 3.0, runs),
    ):
        cells = []
        for noise in (None, sd):
            worths = [chosen(told_of(name, budget, sd, seed, noise)) for seed in range(n)]
            se = np.std(worths, ddof=1) / np.sqrt(n)
            cells.append(f"{np.mean(worths):.2f} +- {se:.2f}")
        yield f"| {name} | {budget} | {sd:g} | {cells[0]} | {cells[1]} | {n} |"


def page(studies: int, probes: int) -> Iterator[str]:
    """The lines of the page."""
    yield "# Noise: found, and paid for\n"
    yield f"Made by `python tests/campaigns/noise.py --studies {studies} --probes {probes}`.\n"
    yield "## What is reported against what is true\n"
    yield f"`-|x|^2 + {SD:g} N(0, 1)` in 3 dimensions, {studies} studies of"
    yield f"{' and '.join(STRATEGIES)} with {SEEDS} seeds of {BUDGET} scores and `confirm=10`."
    yield "Reported minus true, in sd of the noise: the mean with its standard error."
    yield "Promised: at most 0.1.\n"
    yield "| reported | signed error | reports |\n|---|---|---|"
    of = errors(studies)
    for name, values in (
        ("as seen: the highest score of a study", of.as_seen),
        ("`best(each='run')`: the best of a run", of.of_runs),
        ("`best()`: the best run of a strategy", of.of_strategies),
        ("`best(each='objective')`: the best of a study", of.of_studies),
    ):
        se = np.std(values, ddof=1) / np.sqrt(len(values))
        yield f"| {name} | {np.mean(values):.3f} +- {se:.3f} | {len(values)} |"
    yield "\n## Strategies that are told of noise\n"
    yield "What the point that a run takes for the best is really worth, on `-|x - 1|^2` in 3"
    yield "dimensions: the mean over runs with its standard error. Untold, it is the luckiest.\n"
    yield "| strategy | budget | sd | untold | told | runs |\n|---|---|---|---|---|---|"
    yield from worth_telling(probes)
    for title, kinds, promise, times in (
        ("## Noisy scorers: flagged", NOISY, "at least 99 %", probes),
        ("## Steady scorers: flagged", STEADY, "at most 0.1 %", 3 * probes),  # a rarer event
        ("## What few calls can hardly show: flagged", RARE, "", probes),
    ):
        rows = list(shares(kinds, times))
        yield f"\n{title}\n\n| scorer | flagged | refused | of |\n|---|---|---|---|"
        yield from (f"| {name} | {n} | {refused} | {times} |" for name, n, refused in rows)
        if promise:
            whole = sum(n for _, n, _ in rows)
            share = f"{100 * whole / (times * len(rows)):.2f}"
            yield f"\nTogether {share} % of {times * len(rows)} (promised: {promise})."


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--probes", type=int, default=40)
    asked = parser.parse_args()
    for line in page(asked.studies, asked.probes):
        print(line, flush=True)


if __name__ == "__main__":
    main()
