"""Who leads at which budget, and up to which price, where a gradient is shown and where not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.pages import mean
from blackbox.pages.frames import Table
from blackbox.pages.making import Given
from blackbox.results.costs.break_even import break_even
from blackbox.results.costs.prices import at_price, steps

BUDGETS = (20, 63, 200, 632, 2000)  # two a decade
SEEDS = 10
SHOWN = {"gradient_ascent": "Adam", "lbfgs": "L-BFGS"}
DIFFERENCES = "Adam on differences"
HIDDEN = {
    # At a small radius: the usual one, 0.05, stops short of where Adam gets.
    "gradient_ascent(gradient='forward', radius=0.001)": DIFFERENCES,
    "zeroth_order": "Adam on a random slope",
    "cma_es": "CMA-ES",
    "sep_cma_es": "CMA-ES, diagonal",
    "random_search": "random search",
    "auto": "portfolio",
    "bayes_opt": "Bayesian optimization",
}
PATIENCE = {"auto": 200, "bayes_opt": 63}  # units up to which they can be waited for
LARGE = 100  # dimensions from which a full covariance is too dear
LEAST = 1e-8  # regrets below it count as it
SMALL = ("rosenbrock, d = 2", "rosenbrock, d = 8")
SOLVED = 7.5  # decades from which on a landscape counts as solved
FLIPPED_AT = (200, 2000)
PAIRS = ["first", "second", "ahead_cheap", "break_even", "low", "high", "solved"]


@dataclass(frozen=True)
class Landscape:
    """An objective whose best score is 0."""

    kind: str
    name: str  # with a gap for what hides its gradient
    dim: int
    seeds: int = SEEDS

    @property
    def label(self) -> str:
        """What tables call it."""
        return f"{self.kind}, d = {self.dim}"

    def reference(self, shown: bool) -> str:
        """The objective's name in call form."""
        return self.name.format("" if shown else ", differentiable=False")

    def strategies(self, budget: int, shown: bool) -> Iterator[str]:
        """Who searches it with such a budget."""
        without = {"sep_cma_es" if self.dim < LARGE else "cma_es"}
        without |= {strategy for strategy, most in PATIENCE.items() if budget > most}
        if self.dim >= LARGE:
            without.add("bayes_opt")
        yield from (one for one in (SHOWN if shown else HIDDEN) if one not in without)


PIXELS = "mnist.digit(target=2, source=7, reads='picture', decoder='none'{})"
LANDSCAPES = (
    *(Landscape("rosenbrock", f"synthetic.rosenbrock(d={d}{{}})", d) for d in (2, 8, 16, 64)),
    Landscape("rastrigin", "synthetic.rastrigin(d=16{})", 16),
    Landscape("picture", "digits.super_resolution(instance=0{})", 16),
    Landscape("pixels", PIXELS, 784, seeds=5),
)


def measure(given: Given) -> dict[str, Table]:
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
    return {"leaders": leaders, "flips": pd.concat(flips), "settings": settings}


def searched(landscape: Landscape, budget: int, given: Given) -> pd.DataFrame:
    """What each run had reached at any price of a gradient, in decades: minus log10 of the regret.

    Gradients are granted for nothing, so that all prices can be read.
    """
    traces: list[bb.Trace] = []
    for shown, names in ((True, SHOWN), (False, HIDDEN)):
        seeds, store = 3 if given.small else landscape.seeds, f"{landscape.dim}-{budget}"
        asked = landscape.reference(shown), [*landscape.strategies(budget, shown)], budget, seeds
        study = given.compare(*asked, store=store, prices=0)
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


def flipped(reached: pd.DataFrame, at_one: "pd.Series[float]", hidden: str) -> pd.DataFrame:
    """Up to which price each reader leads the best that needs no gradient; Adam also differences.

    Where both have solved the landscape, at a price of 1, their order means nothing.
    """
    rows = []
    for pair in sorted({(reader, hidden) for reader in SHOWN.values()} | {("Adam", DIFFERENCES)}):
        row = break_even(reached[reached["strategy"].isin(pair)])
        rows.append(row.assign(solved=int(min(at_one[name] for name in pair) >= SOLVED)))
    return pd.concat(rows, ignore_index=True)[PAIRS]
