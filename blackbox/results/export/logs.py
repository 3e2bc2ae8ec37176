"""The frames of a study as logs: the runs of one strategy on one objective, row by row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.errors import ExportError as ExportError
from blackbox.results.statistics.failed_runs import CELL, rows_of_runs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LoggedRun:
    """One run: counters, scores (NaN where invalid) and best scores, `[n]` with n >= 1."""

    seed: int
    instance: int  # from 1, the same for a seed throughout the study
    evaluations: Ints
    gradients: Ints
    cost: Floats
    score: Floats
    best: Floats


@dataclass(frozen=True, eq=False)
class Log:
    """All runs of one strategy on one objective, which is a function of a name and a number.

    Objectives that differ in their `d` alone are one function over its dimensions.
    """

    objective: str
    name: str
    function: int  # from 1
    strategy: str
    dim: int
    runs: tuple[LoggedRun, ...]
    sign: int = 1  # -1: a loss, of which scores are minus


def logs(
    runs: pd.DataFrame, evaluations: pd.DataFrame, losses: Collection[str] = ()
) -> Iterator[Log]:
    """The logs of a study, objectives in the order of its runs, the runs of each by seed.

    No format knows a run without an evaluation: one that failed before its first stands there with
    one evaluation that has no score. Gradients that nobody counted are 0.
    """
    names = function_names(runs)
    functions = {name: n for n, name in enumerate(dict.fromkeys(names.values()), start=1)}
    instances = {seed: n for n, seed in enumerate(sorted(set(runs["seed"])), start=1)}
    rows = dict(rows_of_runs(evaluations))
    columns = {
        name: evaluations[name].to_numpy(float)
        for name in ("n_scores", "n_gradients", "cost", "score", "best")
    }
    # No format knows of constraints: a score that breaks one would count as a hit.
    broken = (evaluations["status"] == "infeasible").to_numpy()
    columns["score"] = np.where(broken, np.nan, columns["score"])
    for (objective, strategy), cell in runs.groupby(CELL, sort=False):
        logged = []
        for seed in sorted(cell["seed"]):
            where = rows.get((str(objective), str(strategy), seed), np.empty(0, int))
            of_run = {name: values[where] for name, values in columns.items()}
            logged.append(_run(seed, instances[seed], of_run))
        dim = int(cell["dim"].iloc[0])
        name, sign = names[str(objective)], -1 if objective in losses else 1
        yield Log(str(objective), name, functions[name], str(strategy), dim, tuple(logged), sign)


def function_names(runs: pd.DataFrame) -> dict[str, str]:
    """The function that each objective is: its name without `d`, where only dimensions differ.

    `synthetic.sphere(d=5)` and `synthetic.sphere(d=20)` are `synthetic.sphere`. Objectives of one
    dimension that such a name would throw together keep theirs.
    """
    dims = runs.groupby("objective", sort=False)["dim"].first()
    short = {str(name): _without_dimension(str(name)) for name in dims.index}
    taken: dict[tuple[str, int], list[str]] = {}
    for objective, dim in dims.items():
        taken.setdefault((short[str(objective)], int(dim)), []).append(str(objective))
    ambiguous = {name for (name, _), them in taken.items() if len(them) > 1}
    return {name: name if short[name] in ambiguous else short[name] for name in short}


def _without_dimension(name: str) -> str:
    """The name of an objective less its setting `d`.

    >>> _without_dimension("synthetic.sphere(d=5)"), _without_dimension("mine:bowl(k=2, d=5)")
    ('synthetic.sphere', 'mine:bowl(k=2)')
    """
    shorter = re.sub(r"(?<=\()d=\d+(, )?|, d=\d+(?=[,)])", "", name)
    return shorter.removesuffix("()")


def _run(seed: int, instance: int, columns: dict[str, Floats]) -> LoggedRun:
    if len(columns["cost"]) == 0:
        one, unknown = np.ones(1), np.full(1, np.nan)
        columns = {"n_scores": one, "n_gradients": 0 * one, "cost": 0 * one}
        columns |= {"score": unknown, "best": unknown}
    return LoggedRun(
        seed=int(seed),
        instance=instance,
        evaluations=columns["n_scores"].astype(np.int64),
        gradients=np.nan_to_num(columns["n_gradients"]).astype(np.int64),
        cost=columns["cost"],
        score=columns["score"],
        best=columns["best"],
    )
