"""A strategy against itself: how often the tables name a winner where there is none.

    python tests/campaigns/aa.py [--pool 2000] [--studies 1000] [--seed 0] > tests/campaigns/aa.md

Both names begin at the same starts and have a stream of chance of their own, so that their
differences are chance and vary. A pool of runs is made once; studies are drawn from it. The second
name is then shifted by two standard deviations of its bests, which must be found.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.protocol import Brief, Search
from blackbox.results.statistics.pairs import paired
from blackbox.strategies.sampling.random_search import RandomSearch

OBJECTIVES = (
    "synthetic.sphere(d=2)",
    "synthetic.rastrigin(d=2)",
    "synthetic.rosenbrock(d=2)",
    "synthetic.ackley(d=2)",
)
# What the table reads: runs have forty columns.
READ = ["objective", "strategy", "seed", "status", "best", "start", "optimum"]
BUDGET, SIZES, SHIFT, ALPHA = 16, (5, 10, 15), 2.0, 0.05


@dataclass(frozen=True)
class OfChance:
    """Random search with a stream of chance by its own number."""

    nth: int

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Search as random search does, with a child of the stream that was handed in."""
        yield from RandomSearch(batch=BUDGET).search(brief, rng.spawn(self.nth + 1)[self.nth])


def pool(seeds: int) -> pd.DataFrame:
    """The runs of both names on all objectives."""
    study = bb.compare(list(OBJECTIVES), [OfChance(0), OfChance(1)], BUDGET, seeds=seeds)
    one, other = study.at().strategies
    return study.at().runs[READ].replace({"strategy": {one: "one", other: "other"}})


def named(runs: pd.DataFrame, n: int, studies: int, seed: int, shift: float) -> pd.DataFrame:
    """A row per study of `n` seeds: of how many objectives a name is better, and the other is."""
    seeds = runs["seed"].unique()
    rng = np.random.default_rng([seed, n])
    sd = runs.groupby("objective")["best"].transform("std")
    other = runs["strategy"] == "other"
    shifted = runs.assign(best=runs["best"] + np.where(other, shift * sd, 0.0))
    by_seed = shifted.set_index("seed").sort_index(kind="stable")
    rows = []
    for _ in range(studies):
        drawn = np.sort(rng.choice(seeds, n, replace=False))
        table = paired(by_seed.loc[drawn].reset_index(), "one")
        settled = table["p_holm"] < ALPHA
        better = int((settled & (table["difference"] > 0)).sum())
        rows.append((better, int(settled.sum()) - better, len(table)))
    return pd.DataFrame(rows, columns=["better", "worse", "tests"])


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for option, default in (("--pool", 2_000), ("--studies", 1_000), ("--seed", 0)):
        parser.add_argument(option, type=int, default=default)
    asked = parser.parse_args()
    runs = pool(asked.pool)
    print("# A strategy against itself, and against itself shifted\n")
    given = f"--pool {asked.pool} --studies {asked.studies} --seed {asked.seed}"
    print(f"Made by `python tests/campaigns/aa.py {given}`, of {len(OBJECTIVES)} objectives:")
    print(f"{', '.join(OBJECTIVES)}. Percent of studies.\n")
    print(
        "| seeds | a winner anywhere, of equals | shifted by 2 sd: named somewhere | everywhere |"
    )
    print("|---|---|---|---|")
    for n in SIZES:
        null = named(runs, n, asked.studies, asked.seed, 0.0)
        power = named(runs, n, asked.studies, asked.seed, SHIFT)
        shares = (
            (null["better"] + null["worse"] > 0).mean(),
            (power["better"] > 0).mean(),
            (power["better"] == power["tests"]).mean(),
        )
        print(f"| {n} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |")
    print("\nA winner is named in `paired` where `p_holm` is below 0.05. Five seeds cannot do it:")
    print("the least p of Wilcoxon's signed-rank test is 1/16 there. Six are needed for one test,")
    print("and eight for four tests.")


if __name__ == "__main__":
    main()
