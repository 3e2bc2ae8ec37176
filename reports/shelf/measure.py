"""The best of each run, and the mean ranks of all strategies that were offered the same.

python -m reports.shelf.measure auto chain     # their runs again; the frames of all
"""

import sys
from collections.abc import Collection, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.call_form import parse
from blackbox.pages import PageFrames
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from blackbox.results.frame import ENDED_WELL
from blackbox.results.statistics.failed_runs import as_worst, shared
from blackbox.results.statistics.intervals import stratified_band
from blackbox.results.statistics.ranking import ranks

HERE = Path(__file__).parent
SHELF = asked(__file__)
GROUPS = (("new", 0), ("new", 1), ("tuned", 0), ("tuned", 1), ("decoder", 1))


def measure(given: Given, only: Collection[str] = ()) -> dict[str, Table]:
    """The frames of the page: `runs`, and the `ranks` that they come to in each group.

    `only` the runs of these strategies are made again, after a change of their code.
    """
    runs = pd.concat(ran(given, only), ignore_index=True)
    if only:
        others = PageFrames.read(HERE / "frames").runs
        others = others[~others["strategy"].isin(runs["strategy"])]
        runs = pd.concat([others, runs], ignore_index=True)
    tables = [
        ranking(offered(runs[runs["budget"] == budget], problems, gradients)).assign(
            problems=problems, gradients=gradients, budget=budget
        )
        for (problems, gradients), budget in product(GROUPS, runs["budget"].unique())
    ]
    return {"runs": runs, "ranks": pd.concat(tables), "settings": {"seeds": SHELF["seeds"]}}


def ran(given: Given, only: Collection[str]) -> Iterator[pd.DataFrame]:
    """The runs of each budget, on objectives that show their gradient and twins that hide it."""
    budgets, seeds = ([50], 3) if given.small else (SHELF["budgets"], SHELF["seeds"])
    for budget, problems, shown in product(budgets, SHELF["objectives"], (1, 0)):
        names = SHELF["objectives"][problems][: 1 if given.small else None]
        twins = {
            name if shown else str(parse(name).but(differentiable=False)): name.rpartition(":")[2]
            for name in names
        }
        called = {bb.objective(twin).name: name for twin, name in twins.items()}
        strategies = SHELF["climbers" if shown else "others"][problems]
        fitting = [name for name in strategies if budget <= SHELF["most"].get(name, budget)]
        fitting = [name for name in fitting if not only or name in only]
        if not fitting:
            continue
        store = f"{problems}-{budget}-{'shown' if shown else 'hidden'}"
        runs = given.compare([*twins], fitting, budget, seeds, store=store).runs
        yield runs[["strategy", "seed"]].assign(
            problems=problems,
            objective=runs["objective"].map(called),
            gradients=shown,
            budget=budget,
            best=runs["best"].where(runs["status"].isin(ENDED_WELL)),
        )


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
    PageFrames(measure(Given(runs=HERE / "runs"), sys.argv[1:])).write(HERE / "frames")
