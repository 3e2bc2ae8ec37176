"""Six mixed problems at 60 evaluations: whole numbers, choices and decades beside real numbers.

    python -m tests.campaigns.mixed [--seeds 15] [--strategies auto bayes_opt ...] [--runs FILE]
        [--no-more] > PAGE

Prints the page: a table without the dear ones, and one with them, or one of the strategies that are
named. A run that stands in FILE, a table of them, is not made again, and the others are added to
it; with --no-more a table is of the seeds that all of its strategies have there. Every best is 0. A
row is a strategy: its median regret on each problem, its mean rank among those of the table (1 is
best, over problems and seeds), and how many objects it asked again. A quarter of an hour of one
core, and two hours with the dear one. The runs so far stand in `tests/campaigns/mixed.csv`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb

BUDGET = 60
KEY = ["objective", "strategy", "seed"]
COLUMNS = [*KEY, "best", "n_duplicate"]
STRATEGIES = (
    "random_search",
    "auto",
    "bayes_opt",
    "turbo",
    "optuna:TPESampler",
    "cmaes:CatCMAwM",
    "nevergrad:NGOpt",
)
# SMAC's forest, which its documentation has for categories; and one as dear as thrice all others.
DEAR = ((*STRATEGIES, "smac(model='forest')"), (*STRATEGIES, "optuna:GPSampler"))


def reactor(row: Any) -> Any:
    """Each solvent has a best temperature of its own, and one of them is the best."""
    best, loss = {
        "water": (40, 0.5),
        "ethanol": (65, 0.0),
        "acetone": (30, 0.8),
        "dmso": (85, 0.3),
    }[row.solvent]
    return (
        -loss
        - ((row.heat - best) / 15) ** 2
        - (math.log10(row.rate) + 3) ** 2
        - abs(row.stages - 5) / 3
    )


def network(row: Any) -> Any:
    """The best rate falls with the width, by another law for each optimizer."""
    shift = {"sgd": 1.0, "adam": -1.0, "rmsprop": -0.5}[row.optimizer]
    best = -2.0 - 0.5 * math.log2(row.width / 64) + shift
    loss = (math.log10(row.rate) - best) ** 2 + 0.3 * (math.log2(row.width) - 7) ** 2
    loss += 0.4 * (row.layers - 3) ** 2 * (1.0 if row.activation == "relu" else 1.5)
    extra = {"sgd": 0.6, "adam": 0.0, "rmsprop": 0.2}[row.optimizer]
    return -loss - extra - {"relu": 0.0, "tanh": 0.4, "none": 2.0}[row.activation]


def machine(row: Any) -> Any:
    """No real number at all: 90 000 objects, and gears that must fit each other."""
    ratio = (row.a + 2) * (row.b + 2) / ((row.c + 2) * (row.d + 2))
    wanted = 2.25 if row.drive == "belt" else 1.5
    loss = {"belt": 0.0, "chain": 0.2, "gear": 0.3}[row.drive]
    loss += {"steel": 0.1, "brass": 0.0, "nylon": 0.5}[row.made_of]
    return -loss - 4 * abs(ratio - wanted) - 0.02 * ((row.a - 7) ** 2 + (row.c - 2) ** 2)


def blend(row: Any) -> Any:
    """Three shares with ripples, and three choices of which two only work together."""
    loss = (row.a - 0.3) ** 2 + (row.b - 0.6) ** 2 + (row.c - 0.2) ** 2
    loss += 0.05 * (1 - math.cos(8 * math.pi * (row.a - 0.3)))
    loss += 0.0 if (row.base, row.acid) == ("k2", "h1") else 0.4 if row.base == "k1" else 0.8
    return -loss - (0.0 if row.stirred else 0.2)


def schedule(row: Any) -> Any:
    """Five whole numbers, each of which pulls at the next."""
    steps = np.array([row.a, row.b, row.c, row.d, row.e], float)
    wanted = np.array([7.0, 11.0, 4.0, 15.0, 9.0]) + (3.0 if row.mode == "night" else 0.0)
    away = steps - wanted
    loss = float((away**2).sum() + 0.8 * (away[1:] * away[:-1]).sum()) / 20
    return -loss - (0.0 if row.mode == "night" else 0.5)


def decades(row: Any) -> Any:
    """Scales of four to six decades, and a switch that turns one of them around."""
    a, b, c = (math.log10(value) for value in (row.a, row.b, row.c))
    turned = b + 2 if row.inverse else -b - 2
    loss = (a + 4) ** 2 + (turned - 0.7) ** 2 + 0.5 * (c - a - 5) ** 2 + 0.1 * (row.n - 12) ** 2
    return -loss - (0.3 if row.inverse else 0.0)


PROBLEMS: dict[Callable[[Any], float], bb.Parameters] = {
    reactor: bb.Parameters(
        heat=bb.Real(20, 90),
        rate=bb.Real(1e-5, 1e-1, log=True),
        stages=bb.Integer(1, 8),
        solvent=bb.Choice("water", "ethanol", "acetone", "dmso"),
    ),
    network: bb.Parameters(
        rate=bb.Real(1e-5, 1.0, log=True),
        width=bb.Integer(8, 512, log=True),
        layers=bb.Integer(1, 6),
        optimizer=bb.Choice("sgd", "adam", "rmsprop"),
        activation=bb.Choice("tanh", "relu", "none"),
    ),
    machine: bb.Parameters(
        {name: bb.Integer(0, 9) for name in "abcd"},
        drive=bb.Choice("belt", "chain", "gear"),
        made_of=bb.Choice("steel", "brass", "nylon"),
    ),
    blend: bb.Parameters(
        {name: bb.Real(0, 1) for name in "abc"},
        base=bb.Choice("k1", "k2", "k3"),
        acid=bb.Choice("h1", "h2", "h3"),
        stirred=bb.Choice(False, True),
    ),
    schedule: bb.Parameters(
        {name: bb.Integer(1, 20) for name in "abcde"}, mode=bb.Choice("day", "night")
    ),
    decades: bb.Parameters(
        a=bb.Real(1e-6, 1.0, log=True),
        b=bb.Real(1e-4, 1.0, log=True),
        c=bb.Real(1e-2, 1e4, log=True),
        n=bb.Integer(1, 30),
        inverse=bb.Choice(False, True),
    ),
}


def objectives() -> list[bb.Objective]:
    """The six, each with its best score."""
    return [
        bb.Objective(score, space=space, name=score.__name__, noise=False, differentiable=False)
        for score, space in PROBLEMS.items()
    ]


def measured(
    strategies: Sequence[str], seeds: int, file: Path | None, more: bool = True
) -> pd.DataFrame:
    """A row per run, of the seeds that all have made: `COLUMNS`. None is made twice."""
    done = pd.DataFrame(columns=COLUMNS)
    if file is not None and file.exists():
        done = pd.read_csv(file)
    parts, made = [done], set(done[KEY].itertuples(index=False, name=None))
    problems = {objective.name: objective for objective in objectives()}
    for seed, name, strategy in product(range(seeds if more else 0), problems, strategies):
        if (name, strategy, seed) not in made:
            study = bb.compare(problems[name], [strategy], BUDGET, [seed])
            parts.append(study.runs[COLUMNS].assign(strategy=strategy))
            if file is not None:
                parts[-1].to_csv(file, mode="a", header=not file.exists(), index=False)
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    frame = frame[frame["strategy"].isin(strategies) & (frame["seed"] < seeds)]
    have = frame.groupby("seed")["best"].size()
    whole = frame["seed"].map(have) == len(strategies) * len(problems)
    return frame[whole].reset_index(drop=True)


def page(
    groups: Sequence[Sequence[str]], seeds: int, file: Path | None, more: bool = True
) -> Iterator[str]:
    """The lines of the page: a table for each group of strategies."""
    yield "# Six mixed problems at 60 evaluations\n"
    yield "Made by `python -m tests.campaigns.mixed`. Median regret on each problem (the best is"
    yield "0), mean rank among those of the table (1 is best), mean difference of the rank to"
    yield "`auto` with its 95 % interval (above 0: `auto` is ahead), and how many objects were"
    yield "asked again."
    for strategies in groups:
        frame = measured(strategies, seeds, file, more)
        n = frame["seed"].nunique()
        yield f"\n## {len(strategies)} strategies, {n} seed{'s' * (n != 1)}\n"
        names = ", ".join(f"`{name}`" for name in strategies)
        yield table(frame) if len(frame) else f"Not measured: {names}."


def table(frame: pd.DataFrame, against: str = "auto") -> str:
    """The table in Markdown, with the rank that each is ahead of one of them, and its interval."""
    ranks = frame["best"].groupby([frame["objective"], frame["seed"]]).rank(ascending=False)
    frame = frame.assign(rank=ranks, regret=-frame["best"])
    names = [score.__name__ for score in PROBLEMS]
    lines = [
        "| strategy | " + " | ".join(names) + f" | mean rank | rank behind {against} | again |"
    ]
    lines.append("| --- " * (len(names) + 4) + "|")
    pairs = frame.pivot_table(index=["objective", "seed"], columns="strategy", values="rank")
    for name in ranks.groupby(frame["strategy"]).mean().sort_values().index:
        mine = frame[frame["strategy"] == name]
        median = mine.groupby("objective")["regret"].median()
        cells = [f"{median[problem]:.3g}" for problem in names]
        behind = (
            ""
            if against not in pairs or name == against
            else _interval(pairs[name] - pairs[against])
        )
        cells += [f"{mine['rank'].mean():.2f}", behind, f"{int(mine['n_duplicate'].sum())}"]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _interval(difference: pd.Series[float]) -> str:
    """Mean and 95 % interval of a paired difference: normal, over problems and seeds."""
    half = 1.96 * float(difference.std(ddof=1)) / math.sqrt(len(difference))
    return f"{difference.mean():+.2f} ± {half:.2f}"


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=15)
    parser.add_argument("--strategies", nargs="+")
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--no-more", action="store_true")
    asked = parser.parse_args()
    groups = [asked.strategies] if asked.strategies else [STRATEGIES, *DEAR]
    for line in page(groups, asked.seeds, asked.runs, not asked.no_more):
        print(line, flush=True)


if __name__ == "__main__":
    main()
