"""Who leads at which budget, and up to which price, where a gradient is shown and where not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.call_form import parse
from blackbox.pages import mean
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from blackbox.results.costs.break_even import break_even
from blackbox.results.costs.prices import at_price, steps

ASKED = asked(__file__)
SHOWN, DIFFERENCES = ASKED["shown"], "Adam on differences"
LEAST = 1e-8  # regrets below it count as it
SOLVED = 7.5  # decades from which on a landscape counts as solved
FLIPPED_AT = (200, 2000)
PAIRS = ["first", "second", "ahead_cheap", "break_even", "low", "high", "solved"]


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: `leaders`, `flips`, and the `settings` that it names."""
    leaders, flips = [], []
    for landscape in ASKED["landscapes"][: 2 if given.small else None]:
        for budget in ASKED["budgets"][: 3 if given.small else None]:
            reached = searched(landscape, budget, given)
            cell = {"landscape": landscape["label"], "d": landscape["d"], "budget": budget}
            wide = at_price(reached, 1.0).pivot_table("best", "seed", "strategy")
            best = lead(wide)
            leaders.append(cell | best)
            if budget in FLIPPED_AT:
                flips.append(flipped(reached, wide.mean(), best["hidden"]).assign(**cell))
    seeds = [landscape["seeds"] for landscape in ASKED["landscapes"]]
    settings = {"seeds": seeds[0], "seeds on pixels": seeds[-1]}
    return {"leaders": leaders, "flips": pd.concat(flips), "settings": settings}


def searched(landscape: dict[str, Any], budget: int, given: Given) -> pd.DataFrame:
    """What each run had reached at any price of a gradient, in decades: minus log10 of the regret.

    Gradients are granted for nothing, so that all prices can be read.
    """
    traces: list[bb.Trace] = []
    seeds, store = 3 if given.small else landscape["seeds"], f"{landscape['d']}-{budget}"
    shown = landscape["objective"]
    hidden = str(parse(shown).but(differentiable=False))
    for name, titles in ((shown, SHOWN), (hidden, ASKED["hidden"])):
        patient = [one for one in titles if budget <= ASKED["most"].get(one, budget)]
        who = [one for one in patient if one not in landscape["without"]]
        study = given.compare(name, who, budget, seeds, store=store, prices=ASKED["prices"])
        as_called = {"objective": landscape["label"], "optimum": None}
        traces += [replace(t, strategy=titles[t.strategy], **as_called) for t in study.traces]
    reached = steps(traces)
    return reached.assign(best=-np.log10(np.maximum(-reached["best"], LEAST)))


def lead(wide: pd.DataFrame) -> dict[str, Any]:
    """The best that reads gradients, the best that does not, and their distance."""
    readers = wide.columns.isin(list(SHOWN.values()))
    shown, hidden = (str(wide.loc[:, part].mean().idxmax()) for part in (readers, ~readers))
    gap = mean((wide[shown] - wide[hidden]).to_numpy())
    row = {"shown": shown, "hidden": hidden, "n": len(wide)}
    row |= {"decades shown": wide[shown].mean(), "decades hidden": wide[hidden].mean()}
    return row | gap.columns("gap")


def flipped(reached: pd.DataFrame, at_one: "pd.Series[float]", hidden: str) -> pd.DataFrame:
    """Up to which price each reader leads the best that needs no gradient; Adam also differences.

    Where both have solved the landscape, at a price of 1, their order means nothing.
    """
    rows, at_price_one = [], at_one.to_dict()
    for pair in sorted({(reader, hidden) for reader in SHOWN.values()} | {("Adam", DIFFERENCES)}):
        row = break_even(reached[reached["strategy"].isin(pair)])
        least = min(at_price_one[name] for name in pair)
        rows.append(row.assign(solved=int(least >= SOLVED)))
    return pd.concat(rows, ignore_index=True)[PAIRS]
