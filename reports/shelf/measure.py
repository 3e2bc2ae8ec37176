"""The best of each run, and the mean ranks of all strategies that were offered the same.

python -m reports.shelf.measure auto chain     # their runs again; the frames of all
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.pages import PageFrames
from blackbox.results.frame import ENDED_WELL
from blackbox.results.statistics.failed_runs import as_worst, shared
from blackbox.results.statistics.intervals import stratified_band
from blackbox.results.statistics.ranking import ranks
from reports.make import Given

HERE = Path(__file__).parent
SHELF = tomllib.loads((HERE / "strategies.toml").read_text(encoding="utf-8"))
HIDDEN = "differentiable=False)"
GROUPS = (("new", 0), ("new", 1), ("tuned", 0), ("tuned", 1), ("decoder", 1))


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page: `runs`, and the `ranks` that they come to."""
    return measured(pd.concat(ran(given), ignore_index=True))


def again(given: Given, only: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The frames with the runs of these strategies made again, after a change of their code."""
    made = pd.concat(ran(given, only), ignore_index=True)
    others = PageFrames.read(HERE / "frames").runs
    others = others[~others["strategy"].isin(made["strategy"])]
    return measured(pd.concat([others, made], ignore_index=True))


def ran(given: Given, only: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
    """The runs of each budget, on objectives that show their gradient and twins that hide it."""
    budgets, seeds = ([50], 3) if given.small else (SHELF["budgets"], SHELF["seeds"])
    for budget, problems, shown in product(budgets, SHELF["objectives"], (1, 0)):
        names = SHELF["objectives"][problems][: 1 if given.small else None]
        twins = {name if shown else hiding(name): name.rpartition(":")[2] for name in names}
        called = {bb.objective(twin).name: name for twin, name in twins.items()}
        strategies = SHELF["climbers" if shown else "others"][problems]
        strategies = [name for name in strategies if not only or name in only]
        fitting = [name for name in strategies if budget <= SHELF["most"].get(name, budget)]
        if not fitting:
            continue
        store = given.runs / f"{problems}-{budget}-{'shown' if shown else 'hidden'}"
        runs = bb.compare(list(twins), fitting, budget, seeds, jobs=given.jobs, store=store).runs
        yield runs[["strategy", "seed"]].assign(
            problems=problems,
            objective=runs["objective"].map(called),
            gradients=shown,
            budget=budget,
            best=runs["best"].where(runs["status"].isin(ENDED_WELL)),
        )


def hiding(name: str) -> str:
    """The twin of an objective that hides its gradient.

    >>> hiding("likeness"), hiding("levy(d=12)")
    ('likeness(differentiable=False)', 'levy(d=12, differentiable=False)')
    """
    return f"{name[:-1]}, {HIDDEN}" if name.endswith(")") else f"{name}({HIDDEN}"


def measured(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The runs, and a row for each strategy of each group and budget."""
    tables = [
        ranking(offered(runs[runs["budget"] == budget], problems, gradients)).assign(
            problems=problems, gradients=gradients, budget=budget
        )
        for (problems, gradients), budget in product(GROUPS, runs["budget"].unique())
    ]
    settings = pd.DataFrame({"setting": ["seeds"], "value": [SHELF["seeds"]]})
    return {"runs": runs, "ranks": pd.concat(tables), "settings": settings}


def offered(runs: pd.DataFrame, problems: str, gradients: int) -> pd.DataFrame:
    """The runs of a group; who reads no gradient finds the same where one is offered."""
    column, value = "problems", problems
    if problems == "decoder":
        column, value = "objective", SHELF["decoder"]
    runs = runs[runs[column] == value]
    shown, hidden = (runs[runs["gradients"] == offer] for offer in (1, 0))
    blind = hidden[~hidden["strategy"].isin(shown["strategy"])]
    return pd.concat([shown, blind]) if gradients else hidden


def ranking(runs: pd.DataFrame) -> pd.DataFrame:
    """A row per strategy: its mean rank, and how often it finds more than `auto`, or the same."""
    runs = as_worst(runs.assign(status="spent"))  # a run that failed has no best
    table = ranks(runs)
    wide = shared(runs, table["strategy"].tolist()).pivot_table(
        index=["objective", "seed"], columns="strategy", values="best"
    )
    ahead = wide[table["strategy"]].sub(wide["auto"], axis=0)
    tie = (ahead == 0).astype(float)
    points = (tie / 2 + (ahead > 0)).groupby("objective")
    low, high = np.clip(stratified_band([cell.to_numpy() for _, cell in points]), 0, 1)
    table = table.assign(beats=points.mean().mean().to_numpy(), beats_low=low, beats_high=high)
    table = table.assign(ties=tie.mean().to_numpy(), runs=len(wide))
    return table.drop(columns=["n_ok", "first", "n_objectives"])


if __name__ == "__main__":
    PageFrames(again(Given(runs=HERE / "runs"), sys.argv[1:])).write(HERE / "frames")
