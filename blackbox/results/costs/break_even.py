"""The price of a gradient at which two strategies swap order, exactly, and how sure it is.

The mean best of a strategy over its seeds is a step function of the price (see `prices.steps`), so
the prices at which two of them cross are found without a grid. Nobody counts gradients in the
benchmarks of the field: numbbo/coco issue 1989 has asked since 2020 what they should cost. Where
a scorer is noisy, bests are as seen at prices that the study does not name, and so here: too high
for both of a pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from blackbox.late import stats
from blackbox.results.costs.prices import at_price
from blackbox.results.statistics.failed_runs import ENDED_WELL, is_ok, n_ok
from blackbox.results.statistics.intervals import Floats, have_interval, mean_band
from blackbox.results.statistics.large_numbers import mean, shrinking

BLOCK = 512  # prices whose resamples are in memory at once
POINTS = 161  # of a curve over prices
EVEN_COLUMNS = (
    "objective",
    "first",
    "second",
    "ahead_cheap",
    "ahead_dear",
    "break_even",
    "low",
    "high",
    "n_swaps",
    "cheapest",
    "n_ok_first",
    "n_ok_second",
)
CURVE_COLUMNS = ("objective", "strategy", "price", "mean", "low", "high", "rank")


class Steps(NamedTuple):
    """A step function of the price: `value[k]` holds above `upto[k - 1]`, up to `upto[k]`."""

    upto: Floats  # [k], rising, the last is inf
    value: Floats  # [k]

    def at(self, prices: Floats) -> Floats:
        """Its values at `prices [g]`."""
        return self.value[np.searchsorted(self.upto, prices)]


class Field(NamedTuple):
    """The runs of one objective; a run's value is NaN where it counts as the worst."""

    runs: dict[str, dict[int, Steps]]  # strategy -> seed -> best over price
    worst: Steps
    cheapest: float  # price at which all of it is known

    def both(self, first: str, second: str) -> list[int]:
        """The seeds that both have run."""
        return sorted(self.runs[first].keys() & self.runs[second].keys())

    def best(self, strategy: str, prices: Floats, seeds: Iterable[int] | None = None) -> Floats:
        """Best of each of its seeds at each price `[n, g]`, the worst where none counts."""
        worst, runs = self.worst.at(prices), self.runs[strategy]
        rows = [runs[seed].at(prices) for seed in (sorted(runs) if seeds is None else seeds)]
        return np.where(np.isnan(rows), worst, rows)


def break_even(
    steps: pd.DataFrame, baseline: str | None = None, other: str | None = None
) -> pd.DataFrame:
    """One row per objective and pair of strategies: from which price of a gradient they swap.

    Compared are means of each run's best over the seeds that both have run, of which `n_ok_first`
    and `n_ok_second` tell how many ended well; runs that did not count as the worst (see
    `failed_runs.py`). `first` is the one of the pair that asked for more gradients. `ahead_cheap`
    is ahead at the lowest price at which they differ, `ahead_dear` at the highest; "" if they are
    level at every price. Up to and including `break_even` the first of these is not behind, just
    above it the other is ahead; NaN if nobody overtakes at any price from `cheapest` on, which is
    the lowest that can be read. Of several swaps, `n_swaps`, it is the first.

    `low` and `high` are a 95 % interval of the price above which the one that overtakes, without a
    swap `second`, is ahead, of the intervals of the mean difference over paired seeds: from `low`
    on it may be, above `high` it is. `cheapest` where that is so from the start, inf where it never
    is; NaN for two seeds. With a `baseline`, only its pairs, and with an `other` only theirs.
    Raises ValueError for a baseline that did not run.
    """
    strategies = sorted(set(steps["strategy"]))
    if baseline is not None and baseline not in strategies:
        names = ", ".join(strategies)
        raise ValueError(f"no strategy {baseline!r} to compare with; there are {names}")
    rows = []
    for objective, part in steps.groupby("objective", sort=False):
        field = _field(part)
        runs = at_price(part, field.cheapest)
        ok = runs.assign(ok=is_ok(runs)).set_index(["strategy", "seed"])["ok"]
        n_gradients = runs.groupby("strategy")["n_gradients"].mean()
        heavy_first = sorted(field.runs, key=lambda name: (-n_gradients[name], name))
        for pair in combinations(heavy_first, 2):
            if {baseline, other} - {None} <= {*pair}:
                seeds = field.both(*pair)
                both_ok = (n_ok(ok[name].reindex(seeds)) for name in pair)
                swap = _pair(field, *pair) if seeds else ("", "", *(np.nan,) * 3, 0)
                rows.append((objective, *pair, *swap, field.cheapest, *both_ok))
    return pd.DataFrame(rows, columns=EVEN_COLUMNS)


def price_curve(steps: pd.DataFrame) -> pd.DataFrame:
    """One row per objective, strategy and price: mean best, its 95 % band, and the mean's rank.

    The prices begin at the cheapest that can be read, end where no run pays for a gradient any
    more, and lie evenly in log(1 + price). The band is that of `intervals.py`, price by price.
    """
    parts = []
    for objective, part in steps.groupby("objective", sort=False):
        field = _field(part)
        limits = part["upto"][np.isfinite(part["upto"])]
        dearest = max(limits.max() if len(limits) else 0, field.cheapest + 1)
        prices = np.expm1(np.linspace(np.log1p(field.cheapest), np.log1p(dearest), POINTS))
        prices[0] = field.cheapest
        best = {name: np.sort(field.best(name, prices), axis=0) for name in field.runs}
        ranks = stats.rankdata([-mean(values, axis=0) for values in best.values()], axis=0)
        for (strategy, values), rank in zip(best.items(), ranks, strict=True):
            low, high = mean_band(values)
            columns = {"price": prices, "mean": mean(values, axis=0), "low": low, "high": high}
            columns |= {"rank": rank}
            parts.append(pd.DataFrame({"objective": objective, "strategy": strategy, **columns}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CURVE_COLUMNS)


def _field(steps: pd.DataFrame) -> Field:
    steps = steps.sort_values(["strategy", "seed", "upto"])
    upto, best = steps["upto"].to_numpy(float), steps["best"].to_numpy(float)
    counting = np.where(steps["status"].isin(ENDED_WELL), best, np.nan)
    strategies, seeds = steps["strategy"].tolist(), steps["seed"].tolist()
    runs: dict[str, dict[int, Steps]] = {}
    prices = np.unique(upto)
    worst, begin = np.full(len(prices), np.nan), 0
    for last in np.flatnonzero(np.isinf(upto)).tolist():  # where a run's steps end
        run, begin = slice(begin, last + 1), last + 1
        worst = np.fmin(worst, Steps(upto[run], best[run]).at(prices))
        runs.setdefault(strategies[last], {})[int(seeds[last])] = Steps(upto[run], counting[run])
    lowest = np.fmax(worst, -np.inf)  # -inf where nobody has found anything
    ends = np.append(lowest[1:] != lowest[:-1], True)
    return Field(runs, Steps(prices[ends], worst[ends]), float(steps["cheapest"].max()))


def _pair(field: Field, first: str, second: str) -> tuple[str, str, float, float, float, int]:
    """Who is ahead where gradients are cheap, and dear; the first swap, its interval, how many."""
    both = [*field.runs[first].values(), *field.runs[second].values(), field.worst]
    upto = np.unique(np.concatenate([run.upto for run in both]))
    upto = upto[upto >= field.cheapest]
    over = np.append(field.cheapest, upto[:-1])  # a value holds from above `over` up to `upto`
    seeds = field.both(first, second)
    one, other = field.best(first, upto, seeds), field.best(second, upto, seeds)
    by = shrinking(one, other)
    one, other = by * one, by * other
    gap = np.nan_to_num(one - other)  # level where nobody found anything
    gap = gap[sorted(range(len(gap)), key=lambda n: gap[n].tobytes())]  # the order of seeds is free
    # What n numbers of this size add up to is not known better.
    noise = len(gap) * np.finfo(float).eps * np.nan_to_num(np.fmax(abs(one), abs(other))).max(0)
    mean_gap = gap.mean(axis=0)
    ahead = np.where(abs(mean_gap) > noise, np.sign(mean_gap), 0.0)
    decided = np.flatnonzero(ahead)
    swaps = decided[1:][ahead[decided[1:]] != ahead[decided[:-1]]]
    named = {1.0: first, -1.0: second}
    ends = (named[ahead[decided[0]]], named[ahead[decided[-1]]]) if len(decided) else ("", "")
    direction = ahead[decided[0]] if len(swaps) else 1.0
    low, high = _interval(direction * gap, noise, over)
    return *ends, float(over[swaps[0]]) if len(swaps) else np.nan, low, high, len(swaps)


def _interval(gap: Floats, noise: Floats, over: Floats) -> tuple[float, float]:
    """Where the interval of the mean of `gap [n, g]` first holds a number below 0, and only such.

    inf where it never does. At the price at which the mean of all seeds falls below 0 the interval
    holds 0 in 95 % of studies, so that this price lies between both.
    """
    if not have_interval([len(gap)]):
        return np.nan, np.nan
    first = [np.inf, np.inf]
    for begin in range(0, gap.shape[1], BLOCK):
        here: Any = slice(begin, begin + BLOCK)
        for end, numbers in enumerate(mean_band(gap[:, here])):
            behind = np.flatnonzero(numbers < -noise[here])
            if len(behind):
                first[end] = min(first[end], float(over[here][behind[0]]))
        if np.isfinite(first[1]):
            break
    return first[0], first[1]
