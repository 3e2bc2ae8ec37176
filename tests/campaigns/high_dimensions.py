"""`auto` beside single searches in hundreds of dimensions, where no gradient is offered.

    python -m tests.campaigns.high_dimensions [--seeds 2] [--rows FILE] [--write]

By problems of the families on which `auto` is reported, made larger: landscapes, rotated or not,
and random networks. Its members were chosen by others; that it began with too few draws was seen on
these, and how many it begins with was chosen by others again. Runs that stand in FILE
(`high_dimensions.jsonl`) are not made again. A search that does not look at its budget runs once,
and is read on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pandas as pd

from tests.campaigns.command import add_row, options, publish, rows_of
from tests.campaigns.portfolio import best_of, listed
from tests.campaigns.portfolio_problems import (
    Problem,
    absolute,
    ackley,
    griewank,
    holes,
    landscape,
    network,
    plateau,
)

DIMS, BUDGETS = (128, 512), (60, 240, 1000)
# How far each is run; a step of `turbo` at a thousand scores takes a quarter of a second.
ALONE: dict[str, tuple[int, ...]] = {
    "auto": BUDGETS,
    "turbo": (240,),
    "linear_bo": (1000,),
    "sep_cma_es": (1000,),
    "hybrid_zeroth_order": (1000,),
    "random_search": (1000,),
}


def problems(d: int) -> Iterator[Problem]:
    """A problem of each kind in so many dimensions."""
    for nth, (function, prior) in enumerate(
        [(ackley, "box"), (griewank, "box"), (absolute, "box"), (plateau, "normal")]
    ):
        yield landscape(function.__name__, nth, [function], prior, (d,))
    yield landscape("holes", 1, [holes], "normal", (d,))
    for goal in ("likeness", "class"):
        yield network(goal, 2, goal, d)


def all_rows(seeds: int, path: Path | None) -> Iterator[dict[str, object]]:
    """A row for each best that was read, a seed after the other; those of the file from there."""
    made = list(rows_of(path))
    yield from made
    there = {(row["d"], row["problem"], row["strategy"], row["asked"], row["seed"]) for row in made}
    for seed, d in product(range(seeds), DIMS):
        for one, (name, budgets) in product(problems(d), ALONE.items()):
            for asked in budgets:
                if (d, one.name, name, asked, seed) in there:
                    continue
                for budget, best in best_of(one, name, asked, seed).items():
                    row = {"d": d, "problem": one.name, "strategy": name, "asked": asked}
                    row |= {"seed": seed, "budget": budget, "best": best}
                    add_row(path, row)
                    yield row


def lines(frame: pd.DataFrame) -> Iterator[str]:
    """Mean ranks at each number of dimensions and each budget, and how far behind `auto`."""
    for (d, budget), rows in frame.groupby(["d", "budget"]):
        if budget not in BUDGETS:
            continue
        wide = rows.pivot_table(index=["problem", "seed"], columns="strategy", values="best")
        ranks = wide.dropna().rank(axis=1, ascending=False)
        yield f"| {d} | {budget} | {len(ranks)} | {listed(ranks)} |"


def main() -> None:
    """Print the table, and write it beside this file if asked."""
    given = options(__doc__, rows=True, seeds=2)
    frame = pd.DataFrame(all_rows(given.seeds, given.rows))
    table = "\n".join(lines(frame))
    text = f"""# `auto` in hundreds of dimensions, without gradients

Mean ranks of the best score after so many scores, 1 is best; how far each is behind `auto`, with
the 95 % interval over {frame["problem"].nunique()} problems. `turbo` was not run at 1 000.
The members of `auto` were chosen by other problems; that it began with too few draws was seen on
these, and their number was chosen by others again.

| dimensions | budget | problems x seeds | mean rank |
| ---: | ---: | ---: | --- |
{table}
"""
    publish("high_dimensions", text, write=given.write, seeds=given.seeds)


if __name__ == "__main__":
    main()
