"""Who leads at which budget, and up to which price of a gradient."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.pages import mean
from blackbox.results.costs.break_even import break_even
from blackbox.results.costs.prices import at_price, steps
from reports.gradient_or_not.study import (
    BUDGETS,
    DIFFERENCES,
    HIDDEN,
    LANDSCAPES,
    SEEDS,
    SHOWN,
    Landscape,
)
from reports.make import Given

LEAST = 1e-8  # regrets below it count as it
SMALL = ("rosenbrock, d = 2", "rosenbrock, d = 8")
SOLVED = 7.5  # decades from which on a landscape counts as solved
FLIPPED_AT = (200, 2000)
PAIRS = ["first", "second", "ahead_cheap", "break_even", "low", "high", "solved"]


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page: `leaders`, `flips`, and the `settings` that it names."""
    leaders, flips = [], []
    for landscape in LANDSCAPES:
        if given.small and landscape.label not in SMALL:
            continue
        for budget in BUDGETS[:3] if given.small else BUDGETS:
            reached = searched(landscape, budget, given)
            cell: dict[str, Any] = {"landscape": landscape.label, "d": landscape.dim}
            cell["budget"] = budget
            wide = at_price(reached, 1.0).pivot_table("best", "seed", "strategy")
            best = lead(wide)
            leaders.append(cell | best)
            if budget in FLIPPED_AT:
                flips.append(flipped(reached, wide.mean(), best["hidden"]).assign(**cell))
    settings = {"seeds": SEEDS, "seeds on pixels": LANDSCAPES[-1].seeds}
    return {
        "leaders": pd.DataFrame(leaders),
        "flips": pd.concat(flips, ignore_index=True),
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def searched(landscape: Landscape, budget: int, given: Given) -> pd.DataFrame:
    """What each run had reached at any price of a gradient, in decades: minus log10 of the regret.

    Gradients are granted for nothing, so that all prices can be read.
    """
    traces: list[bb.Trace] = []
    for shown, names in ((True, SHOWN), (False, HIDDEN)):
        study = bb.compare(
            landscape.reference(shown),
            list(landscape.strategies(budget, shown)),
            budget,
            3 if given.small else landscape.seeds,
            prices=0,
            jobs=given.jobs,
            store=given.runs / f"{landscape.dim}-{budget}",
        )
        traces += [
            replace(trace, objective=landscape.label, strategy=names[trace.strategy], optimum=None)
            for trace in study.traces
        ]
    reached = steps(traces)
    return reached.assign(best=-np.log10(np.maximum(-reached["best"], LEAST)))


def lead(wide: pd.DataFrame) -> dict[str, Any]:
    """The best that reads gradients, the best that does not, and their distance."""
    readers = wide.columns.isin(list(SHOWN.values()))
    shown, hidden = (str(wide.loc[:, part].mean().idxmax()) for part in (readers, ~readers))
    gap = mean((wide[shown] - wide[hidden]).to_numpy())
    row = {"shown": shown, "hidden": hidden, "n": len(wide)}
    row |= {"decades shown": wide[shown].mean(), "decades hidden": wide[hidden].mean()}
    return row | {"gap": gap.value, "low": gap.low, "high": gap.high}


def flipped(reached: pd.DataFrame, at_one: pd.Series[float], hidden: str) -> pd.DataFrame:
    """Up to which price each reader leads the best that needs no gradient; Adam also differences.

    Where both have solved the landscape, at a price of 1, their order means nothing.
    """
    rows = []
    for pair in sorted({(reader, hidden) for reader in SHOWN.values()} | {("Adam", DIFFERENCES)}):
        row = break_even(reached[reached["strategy"].isin(pair)])
        rows.append(row.assign(solved=int(min(at_one[name] for name in pair) >= SOLVED)))
    return pd.concat(rows, ignore_index=True)[PAIRS]
