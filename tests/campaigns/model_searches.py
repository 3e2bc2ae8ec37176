"""Do `bayes_opt` and `turbo` find as much as another version of theirs did? Paired runs of both.

    python -m tests.campaigns.model_searches --runs FILE [--seeds 20]              # in each version
    python -m tests.campaigns.model_searches --runs FILE --against FILE > PAGE     # prints the page

A run that stands in FILE, a table of them, is not made again. A run is 60 evaluations; its pair is
the other version's with the same seed, so the same first points. Half an hour of one core.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import blackbox as bb
from tests.campaigns import mixed

BUDGET = 60
OTHER = "blackbox at 0a24fcf"  # whose runs stand on the page
KEY = ["objective", "strategy", "seed"]
MIXED = {objective.name: objective for objective in mixed.objectives()}
# Problem, strategy, and at how many seeds: the dear ones at fewer.
CELLS = (
    ("synthetic.rosenbrock(d=4)", "bayes_opt", 20),
    ("synthetic.ackley(d=10)", "bayes_opt", 20),
    ("synthetic.ellipsoid(d=20, prior='normal')", "bayes_opt", 20),
    ("synthetic.rastrigin(d=6)", "bayes_opt", 20),
    ("digits.digit(target=8)", "bayes_opt", 20),
    ("classics.three_bar_truss", "bayes_opt", 20),
    ("classics.welded_beam", "bayes_opt", 20),
    ("reactor", "bayes_opt", 20),
    ("network", "bayes_opt", 20),
    ("synthetic.rosenbrock(d=20)", "turbo", 20),
    ("classics.speed_reducer", "bayes_opt", 2),
    ("synthetic.ellipsoid(d=8, prior='normal')", "bayes_opt(gradients=True)", 2),
)


def measure(file: Path, seeds: int) -> None:
    """Make the runs that are missing in a file, and add them to it."""
    made = set()
    if file.exists():
        made = set(pd.read_csv(file)[KEY].itertuples(index=False, name=None))
    for seed, (name, strategy, most) in product(range(seeds), CELLS):
        if seed >= most or (name, strategy, seed) in made:
            continue
        begun = time.process_time()
        runs = bb.compare(MIXED.get(name, name), [strategy], BUDGET, [seed]).runs
        row = {"objective": name, "strategy": strategy, "seed": seed, "best": runs["best"][0]}
        row["seconds"] = round(time.process_time() - begun, 2)
        pd.DataFrame([row]).to_csv(file, mode="a", header=not file.exists(), index=False)


def page(here: pd.DataFrame, there: pd.DataFrame) -> Iterator[str]:
    """The lines of the page: a row for each problem and strategy, and one for all."""
    both = here.merge(there, on=KEY, suffixes=("", "_other"))
    yield "# Model-based searches against another version of theirs\n"
    yield "Made by `python -m tests.campaigns.model_searches --runs FILE --against FILE`, where the"
    yield f"other version is {OTHER}. Each pair is of {BUDGET} evaluations from the same"
    yield "starts. Won, tied and lost are counts of seeds; then the share won less"
    yield "that lost, with its 95 % interval (above 0: this version is ahead), and the seconds of a"
    yield "core that a run took, this version's and the other's, median over seeds.\n"
    yield "| problem | strategy | best, median | other | won | tied | lost | ahead by | s | other |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for (name, strategy), cell in both.groupby(["objective", "strategy"], sort=False):
        yield f"| {name} | {strategy} | {_row(cell)} |"
    yield f"| all |  | {_row(both, is_one_problem=False)} |"


def _row(cell: pd.DataFrame, *, is_one_problem: bool = True) -> str:
    sign = _won(cell)
    half = 1.96 * float(sign.std(ddof=1)) / math.sqrt(len(sign)) if len(sign) > 1 else math.nan
    medians = cell[["best", "best_other", "seconds", "seconds_other"]].median()
    best = [f"{m:.5g}" if is_one_problem else "" for m in medians[:2]]
    counts = [str(int((sign == s).sum())) for s in (1, 0, -1)]
    ahead = (
        f"{100 * sign.mean():+.0f}" + ("" if math.isnan(half) else f" ± {100 * half:.0f}") + " %"
    )
    return " | ".join([*best, *counts, ahead, *(f"{m:.2f}" for m in medians[2:])])


def _won(cell: pd.DataFrame) -> np.ndarray:
    """1 where this version's best is the better one, -1 where the other's is, `[pairs]`."""
    # Costs of designs are losses; where no design was feasible there is no best.
    size = np.where(cell["objective"].str.startswith("classics."), -1.0, 1.0)
    here, there = ((size * cell[name]).fillna(-np.inf) for name in ("best", "best_other"))
    won: np.ndarray = (here > there).to_numpy(float) - (here < there).to_numpy(float)
    return won


def main() -> None:
    """Make the runs, or print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    if asked.against is None:
        measure(asked.runs, asked.seeds)
    else:
        print("\n".join(page(pd.read_csv(asked.runs), pd.read_csv(asked.against))))


if __name__ == "__main__":
    main()
