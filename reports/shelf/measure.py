"""The best of each run, and the mean ranks of all strategies that were offered the same.

python -m reports.shelf.measure auto chain     # their runs again; the frames of all
python -m reports.shelf.measure cma_es --problems real --budgets 50     # there alone
"""

import argparse
from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.call_form import parse
from blackbox.pages import PageFrames, made_with
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from blackbox.results.statistics.failed_runs import as_worst, shared
from blackbox.results.statistics.intervals import stratified_band
from blackbox.results.statistics.ranking import ranks
from reports.shelf.defaults import defaults
from reports.shelf.families import agreement, by_truth, offered, scores_of, standings

HERE = Path(__file__).parent
SHELF = asked(__file__)
REAL = "real"
PACKAGES = ("cma", "nevergrad", "numpy", "optuna", "scipy", "torch")
GROUPS = (("new", 0), ("new", 1), ("tuned", 0), ("tuned", 1), ("decoder", 1))


def measure(
    given: Given,
    only: Collection[str] = (),
    problems: Sequence[str] = (*SHELF["objectives"],),
    budgets: Sequence[int] = (*SHELF["budgets"],),
) -> dict[str, Table]:
    """The frames of the page: `runs`, what they come to in each group, and in each family.

    `only` the runs of these strategies are made again, after a change of their code, and the others
    are those that are there.
    """
    runs = pd.concat(ran(given, only, problems, budgets), ignore_index=True)
    beside_settings = defaults(given, only)
    if only:
        there = PageFrames.read(HERE / "frames")
        others = there.runs[~_cell(there.runs).isin(_cell(runs))]
        runs = pd.concat([others, runs], ignore_index=True)
        others = there.defaults[~there.defaults["family"].isin(only)]
        beside_settings = pd.concat([others, beside_settings], ignore_index=True)
    return frames(runs, beside_settings)


def frames(runs: pd.DataFrame, beside_settings: pd.DataFrame) -> dict[str, Table]:
    """What runs come to, those of each setting of a family among them."""
    tables = [
        ranking(offered(_of_group(runs[runs["budget"] == budget], problems), gradients)).assign(
            problems=problems, gradients=gradients, budget=budget
        )
        for (problems, gradients), budget in product(GROUPS, SHELF["budgets"])
        if (runs["budget"] == budget).any()
    ]
    families = SHELF["families"]
    return {
        "runs": runs,
        "ranks": pd.concat(tables),
        "families": standings(runs, families),
        "agreement": agreement(runs, families),
        "by_truth": by_truth(runs),
        "defaults": beside_settings,
        "versions": [{"package": name, "version": version(name)} for name in PACKAGES],
        "settings": {"few": SHELF["few"]},
    }


def _cell(runs: pd.DataFrame) -> "pd.Series[str]":
    """Which cell of the table a run is of."""
    return runs["strategy"] + runs["objective"] + runs["budget"].astype(str)


def _of_group(runs: pd.DataFrame, problems: str) -> pd.DataFrame:
    column, value = "problems", problems
    if problems == "decoder":
        column, value = "objective", SHELF["decoder"]
    return runs[runs[column] == value]


def ran(
    given: Given, only: Collection[str], groups: Sequence[str], budgets: Sequence[int]
) -> Iterator[pd.DataFrame]:
    """The runs of each budget, on objectives that show their gradient and twins that hide it."""
    for budget, problems, shown in product([50] if given.small else budgets, groups, (1, 0)):
        names = SHELF["objectives"][problems][: 1 if given.small else None]
        twins = {
            name if shown else str(parse(name).but(differentiable=False)): name.rpartition(":")[2]
            for name in names
        }
        built = [(bb.objective(twin), name) for twin, name in twins.items()]
        called = {objective.name: name for objective, name in built}
        strategies = SHELF["climbers" if shown else "others"][problems]
        fitting = [name for name in strategies if budget <= SHELF["most"].get(name, budget)]
        fitting = [name for name in fitting if not only or name in only]
        if not fitting or (problems == REAL and budget > SHELF["longest"]):
            continue
        seeds = SHELF["few"] if problems == REAL else SHELF["seeds"][str(budget)]
        seeds = 2 if given.small else seeds
        store = f"{problems}-{budget}-{'shown' if shown else 'hidden'}"
        runs = given.compare([*twins], fitting, budget, seeds, store=store).runs
        objectives = [objective for objective, _ in built]
        yield runs[["strategy", "seed"]].assign(
            problems=problems,
            objective=runs["objective"].map(called),
            gradients=shown,
            budget=budget,
            best=scores_of(runs, objectives),
            truth=_true(runs, objectives),
        )


def _true(runs: pd.DataFrame, objectives: Iterable[bb.Objective]) -> "pd.Series[float]":
    """The truth of what each run found, on the scale of scores; NaN where no judge is a truth.

    What the truth refuses is worth the least.
    """
    true = pd.Series(np.nan, runs.index)
    for objective in objectives:
        for name, judge in objective.judges.items():
            if judge.truth:
                here = runs["objective"] == objective.name
                values = runs.loc[here, f"judge_{name}"].to_numpy(float)
                true[here] = np.nan_to_num(objective.scorer.from_truth(values), nan=-np.inf)
    return true


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


def main() -> None:
    """Make the runs of some strategies again, and the frames."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("strategies", nargs="*")
    parser.add_argument("--problems", nargs="+", default=[*SHELF["objectives"]])
    parser.add_argument("--budgets", nargs="+", type=int, default=SHELF["budgets"])
    asked_for = parser.parse_args()
    given = Given(runs=HERE / "runs")
    made = measure(given, asked_for.strategies, asked_for.problems, asked_for.budgets)
    PageFrames(made).write(HERE / "frames")
    made_with.add(HERE / "frames", given.versions)


if __name__ == "__main__":
    main()
