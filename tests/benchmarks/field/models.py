"""Rows of Bayesian optimization: milliseconds to the next point, all packages at the same scores.

What a step is, and of whom, stands in `peers.py`; the long run of `reports/speed` has more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from statistics import median

from blackbox.scoring.batching import one_thread
from tests.benchmarks import peers
from tests.benchmarks.cost import LANDSCAPES, data_set
from tests.benchmarks.field.rows import Row, Size, Way

Steps = Callable[[peers.Data], Iterator[peers.Step]]
LARGE = 400  # scores: a run of so many takes too long for a quick look
TURNS = 3  # landscapes, a seed for each: BoTorch's plain loop takes a second for each step


@cache
def points(turn: int, most: int) -> peers.Data:
    """The first points of a run of `bayes_opt` on the landscape of this turn."""
    return data_set(LANDSCAPES[turn % len(LANDSCAPES)], "run", most, turn)


def milliseconds(steps: Steps, name: str, n: int, most: int, turn: int) -> float:
    """The median of the steps of this name with n scores known, first calls left out."""
    whole = points(turn, most)
    with one_thread():
        _warmed(steps)
        made = list(steps(replace(whole, x=whole.x[:n], y=whole.y[:n])))
    return 1e3 * median(both for way, _, _, both in made if way == name)


@cache
def _warmed(steps: Steps) -> None:
    list(steps(data_set("sphere", "quasi-random", 8, 0)))


def rows(size: Size) -> list[Row]:
    """At 20, 50 and 100 scores beside all peers, at 400 beside the one that can."""
    ways = {
        "blackbox bayes_opt": (peers.of_bayes_opt, "bayes_opt"),
        "BoTorch, plain loop": (peers.of_botorch, "botorch_loop"),
        "BoTorch, begun at the last fit": (peers.of_botorch, "botorch_loop(warm)"),
        "optuna GPSampler": (peers.of_optuna, "optuna GPSampler"),
    }
    large = {name: ways[name] for name in ("blackbox bayes_opt", "optuna GPSampler")}
    asked = {8: ways} if size.small else {20: ways, 50: ways, 100: ways, LARGE: large}
    most = max(asked)
    return [
        Row(
            f"a step of Bayesian optimization at n = {n}",
            "ms",
            tuple(
                Way(name, partial(milliseconds, *steps, n, n if n == most else 100))
                for name, steps in theirs.items()
            ),
            turns=size.of(TURNS, 1),
            quick=n < LARGE,
        )
        for n, theirs in asked.items()
    ]
