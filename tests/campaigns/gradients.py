"""`auto` beside its peers where gradients are offered, on problems by which nothing was chosen.

    python -m tests.campaigns.gradients [--seeds 2] [--rows FILE] [--write]

A score costs a unit, its gradient another one. Runs that stand in FILE (`gradients.jsonl`) are not
made again. A search that does not look at its budget runs once, and is read on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pandas as pd

from tests.campaigns.command import add_row, options, publish, rows_of
from tests.campaigns.gradient_problems import HELD_OUT, problem
from tests.campaigns.portfolio import BUDGETS, LUCK, below_luck, best_of, listed, ranked

NUMBERS = (1, 4, 2)
COLUMNS = ["problem", "strategy", "asked", "seed", "budget", "best"]  # of a row of FILE
# How far each is run; a step of `turbo` is dear.
ALONE: dict[str, tuple[int, ...]] = {
    "auto": BUDGETS,
    LUCK: (1000,),
    "lbfgs": (1000,),
    "multi_start": (1000,),
    "gradient_ascent": (1000,),
    "scipy:l-bfgs-b": (1000,),
    "scipy:slsqp": (1000,),
    "scipy:basinhopping": (1000,),
    "cma_es": (1000,),
    "scipy:cobyqa": (1000,),
    "turbo": (120,),
}


def all_rows(seeds: int, path: Path | None) -> Iterator[list[object]]:
    """A row for each best that was read, a seed after the other; those of the file from there."""
    made = list(rows_of(path))
    yield from made
    there = {tuple(row[:4]) for row in made}
    for seed, number, family in product(range(seeds), NUMBERS, HELD_OUT):
        one = problem(f"{family}.{number}")
        for name, budgets in ALONE.items():
            for asked in budgets:
                if (one.name, name, asked, seed) in there:
                    continue
                for budget, best in best_of(one, name, asked, seed).items():
                    row = [one.name, name, asked, seed, budget, best]
                    add_row(path, row)
                    yield row


def lines(frame: pd.DataFrame) -> Iterator[str]:
    """Mean ranks at each budget, how far behind `auto`, and where that is below luck."""
    for budget in BUDGETS:
        ranks = ranked(frame, budget)
        names, chances = below_luck(frame, budget, "auto")
        below = f"{sum(p < 0.05 for p in chances)}, {len(names)}"
        yield f"| {budget} | {len(ranks)} | {listed(ranks)} | {below} |"


def main() -> None:
    """Print the table, and write it beside this file if asked."""
    given = options(__doc__, rows=True, seeds=2)
    frame = pd.DataFrame(all_rows(given.seeds, given.rows), columns=COLUMNS)
    table = "\n".join(lines(frame))
    text = f"""# `auto` where gradients are offered

A score costs a unit, and its gradient another one. Mean ranks of the best score after so many
units, 1 is best; how far each is behind `auto`, with the 95 % interval over
{frame["problem"].nunique()} problems of families that were made after `auto` was chosen; on how
many of them `auto` is below `random_search` by a sign test at 0.05 alone, and on how many after
Holm. `turbo` was not run beyond 120 units. That its climbs lost the last digits of a score, since
they were told of it in other units, was seen on these problems, and mended.

| budget | problems x seeds | mean rank | below luck |
| ---: | ---: | --- | ---: |
{table}
"""
    publish("gradients", text, write=given.write, seeds=given.seeds)


if __name__ == "__main__":
    main()
