"""How often is a classic design found? Seven problems of engineers, with few scores and with more.

    python -m tests.campaigns.classics [--runs FILE] [--no-more] > PAGE

Prints the page. A run that stands in FILE, a table of them, is not made again, and the others are
added to it, seed after seed; with --no-more the page is of what stands there. A design counts as
one that is found where it is feasible and its cost within 0.1 % of the published optimum, or within
1e-9 for the gear train, whose optimum is next to nothing. Hours of one core. The runs so far stand
in `tests/campaigns/classics.csv`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox import registry
from blackbox.objectives import TABLE
from blackbox.protocol import Brief, Search
from blackbox.results.statistics.intervals import stratified_band
from blackbox.runtime.engine import advance
from blackbox.testing.runs import started
from blackbox.trace import Status

PROBLEMS = tuple(name for name in TABLE if name.startswith("classics."))
COLUMNS = ["strategy", "budget", "problem", "seed", "cost"]
MERITS = ", merits"  # after the name of a strategy that is not told of constraints, though it could


class Field(NamedTuple):
    """Strategies that are compared at one budget, over so many seeds."""

    budget: int
    seeds: int
    strategies: tuple[str, ...]
    ends_when_found: bool = False  # scores of a search that is done would only cost time


CHEAP = Field(
    1000,
    15,
    (
        "auto",
        "cma_es",
        "random_search",
        "cmaes:CatCMAwM",
        "nevergrad:NGOpt",
        "nevergrad:NGOpt(penalties=True)",
        "optuna:TPESampler",
        "optuna:TPESampler, merits",
    ),
)
MODELS = Field(
    200,
    5,
    ("auto", "bayes_opt", "turbo", "optuna:GPSampler", "smac(retrain=8)"),
    ends_when_found=True,
)


@dataclass(frozen=True)
class Unaware:
    """A strategy that is told merits, though it knows of constraints."""

    name: str

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Search as if there were none."""
        return registry.strategy(self.name).search(brief.having(constraints=None), rng)


def cost(
    strategy: str, budget: int, problem: str, seed: int, ends_when_found: bool = False
) -> float:
    """The least cost of a feasible design; NaN where none was feasible."""
    name = strategy.removesuffix(MERITS)
    searching: Any = registry.strategy(name) if name == strategy else Unaware(name)
    objective = bb.objective(problem)
    run = started(searching, objective, budget=budget, seed=seed)
    while run.pending is not None:
        advance([run], objective.evaluate, rounds=1 if ends_when_found else None)
        if ends_when_found and is_found(problem, -run.recorder.best):
            break
    if run.status is Status.FAILED:
        raise RuntimeError(f"{strategy} on {problem}: {run.error}")
    return -run.recorder.best


def is_found(problem: str, cost: float) -> bool:
    """Whether a cost is as good as the published one; NaN is not."""
    return bool(cost <= (1e-9 if problem == "classics.gear_train" else 1.001 * least(problem)))


def least(problem: str) -> float:
    """The published optimum; an objective has it as a score."""
    optimum = bb.objective(problem).optimum
    assert optimum is not None
    return -optimum


def measured(field: Field, file: Path | None, more: bool = True) -> pd.DataFrame:
    """A row per run: strategy, budget, problem, seed, cost, and whether it is `found`."""
    done: dict[tuple[Any, ...], float] = {}
    if file is not None and file.exists():
        rows = pd.read_csv(file)
        done = {tuple(row[:4]): float(row[4]) for row in rows.itertuples(index=False)}
    table = []
    for key in cells(field):
        if key not in done and more:
            done[key] = cost(*key, field.ends_when_found)
            if file is not None:
                row = pd.DataFrame([[*key, done[key]]], columns=COLUMNS)
                row.to_csv(file, mode="a", header=not file.exists(), index=False)
        if key in done:
            table.append([*key, done[key]])
    runs = pd.DataFrame(table, columns=COLUMNS)
    pairs = zip(runs["problem"], runs["cost"], strict=True)
    return runs.assign(found=[is_found(*pair) for pair in pairs])


def cells(field: Field) -> Iterator[tuple[str, int, str, int]]:
    """Each run that is to be made: a seed of all before the next."""
    for seed in range(field.seeds):
        for strategy in field.strategies:
            for problem in PROBLEMS:
                yield strategy, field.budget, problem, seed


def table(runs: pd.DataFrame, against: str = "auto") -> Iterator[str]:
    """A row per strategy: on each problem the designs found and the median cost; and the sums."""
    names = [name.removeprefix("classics.") for name in PROBLEMS]
    yield f"| strategy | {' | '.join(names)} | found | {against} finds more by |"
    yield "|---|" + "---|" * (len(names) + 2)
    sums = runs.groupby("strategy")["found"].agg(["mean", "sum", "size"])
    order = sums.sort_values("mean", ascending=False, kind="stable").index
    wide = runs.pivot_table(index=["problem", "seed"], columns="strategy", values="found")
    for strategy in order:
        mine = runs[runs["strategy"] == strategy]
        parts = [_cell(mine[mine["problem"] == problem]) for problem in PROBLEMS]
        found, size = (int(sums.loc[strategy, name]) for name in ("sum", "size"))
        has_pairs = strategy != against and against in wide
        ahead = difference(wide[against], wide[strategy]) if has_pairs else ""
        yield f"| {strategy} | {' | '.join(parts)} | {found} of {size} | {ahead} |"


def _cell(runs: pd.DataFrame) -> str:
    """How many of how many, and the median cost, where no feasible design is the worst of all."""
    if not len(runs):
        return ""
    median = float(np.median(runs["cost"].fillna(math.inf)))
    words = f"{median:.5g}" if math.isfinite(median) else "none feasible"
    return f"{int(runs['found'].sum())} of {len(runs)}, {words}"


def difference(first: pd.Series[float], second: pd.Series[float]) -> str:
    """By how many per cent of the runs that both have made, with the 95 % interval over seeds."""
    ahead = (first - second).astype(float).dropna()
    strata = [np.asarray(cell, np.float64)[:, None] for _, cell in ahead.groupby("problem")]
    mean, (low, high) = 100 * ahead.mean(), stratified_band(strata)
    if not math.isfinite(low[0]):
        return f"{mean:+.0f} %"
    ends = 100 * np.clip([low[0], high[0]], -1, 1)
    return f"{mean:+.0f} % [{ends[0]:+.0f}, {ends[1]:+.0f}]"


def page(fields: Sequence[Field], file: Path | None, more: bool = True) -> Iterator[str]:
    """The lines of the page."""
    yield "# Classic designs: found or not\n"
    yield "Made by `python -m tests.campaigns.classics`; the runs are in `classics.csv`.\n"
    yield "The seven `classics.*`, from the same starts. Of how many runs each strategy found the"
    yield "published design (feasible, and its cost within 0.1 % of the optimum, of the gear train"
    yield "within 1e-9), with the median of the least costs. The last column is the difference of"
    yield "the shares of runs, over those that both have made, with its 95 % interval over seeds"
    yield "where there are enough. Strategies that know nothing of constraints are told merits, and"
    yield f"`{MERITS.strip(', ')}` says so of one that could know. With few scores a run ends where"
    yield "it has found the design."
    for field in fields:
        runs = measured(field, file, more)
        yield f"\n## With {field.budget} scores\n"
        yield f"Best cost: {', '.join(f'{least(problem):.5g}' for problem in PROBLEMS)}.\n"
        if len(runs):
            yield from table(runs)
        missing = [name for name in field.strategies if name not in set(runs["strategy"])]
        if missing:
            yield f"\nNot measured: {', '.join(f'`{name}`' for name in missing)}."


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--no-more", action="store_true")
    asked = parser.parse_args()
    for line in page((CHEAP, MODELS), asked.runs, not asked.no_more):
        print(line, flush=True)


if __name__ == "__main__":
    main()
