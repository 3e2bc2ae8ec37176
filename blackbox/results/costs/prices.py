"""What a gradient costs: what each run would have found at any price, and who ranks where.

A run is granted at the cheapest price of its study, and at a dearer one the rows that its budget no
longer pays for are cut off. So what it found falls in steps as the price rises, and the steps are
known exactly. At a price below the one that was granted it might have found more: nothing is said.
A strategy that plans for its whole budget had planned at the cheapest price, and is stopped short
at a dearer one; a study at that price alone would let it plan anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from blackbox.results.frame import Traces
from blackbox.results.statistics.failed_runs import RUN, as_worst, n_ok
from blackbox.results.statistics.intervals import Floats, mean_band
from blackbox.results.statistics.large_numbers import mean
from blackbox.results.statistics.normalisation import best_known, normalised
from blackbox.results.worth import is_noisy
from blackbox.results.writing.cells import ABSENT
from blackbox.trace import Trace

# A number, or the dimension of each objective: what one pays for forward differences.
AskedPrice: TypeAlias = float | Literal["d"]
RESAMPLES = 10_000  # as many as the summary draws: its interval at this price is the same
PRICES: tuple[AskedPrice, ...] = (0.0, 1.0, 2.0, 4.0, "d")
STEP_COLUMNS = (
    "objective",
    "strategy",
    "seed",
    "upto",
    "best",
    "status",
    "cheapest",
    "n_gradients",
    "dim",
    "optimum",
    "best_confirmed",
)
EXPLODED = ["upto", "best", "status", "best_confirmed"]
STEP_TYPES = {"upto": float, "best": float, "optimum": float, "best_confirmed": float}
TABLE_COLUMNS = (
    "objective",
    "price",
    "gradient_price",
    "strategy",
    "n_ok",
    "best_mean",
    "best_low",
    "best_high",
    "score",
    "rank",
)


def steps(traces: Traces) -> pd.DataFrame:
    """One row per run and range of gradient prices over which it had found the same.

    A row holds above the price of the row before it, up to and including `upto`; a run's last one
    goes up to inf. `best` is NaN where no valid score was paid for. Nothing is known below
    `cheapest`, the price that was granted; 0 for a run without gradients, which reads the same at
    every price, as does the log of another tool that counted none. `n_gradients` are those of the
    whole run.

    Where a scorer is noisy, a study confirms bests at the prices that it names only. `best` is the
    score that was seen, unless all steps of all runs of the objective were confirmed (see
    `worth.py`), and `best_confirmed` is what this step was confirmed to be, NaN if it was not.
    """
    runs = pd.DataFrame([_run(trace) for trace in traces], columns=STEP_COLUMNS)
    table = runs.explode(EXPLODED, ignore_index=True).astype(STEP_TYPES)
    if not is_noisy(traces):
        return table.drop(columns="best_confirmed")
    lacks = table["best"].notna() & table["best_confirmed"].isna()
    all_there = ~lacks.groupby(table["objective"]).transform("any")
    return table.assign(best=table["best"].where(~all_there, table["best_confirmed"]))


def price_table(steps: pd.DataFrame, prices: Sequence[AskedPrice] = PRICES) -> pd.DataFrame:
    """One row per objective, price of a gradient and strategy, the best mean first.

    `price` is what was asked (`"d"`: the dimension of the objective) and `gradient_price` the
    number. `best_mean` is the mean of each run's best, over the seeds that the strategy has run,
    with its 95 % interval, `score` is normalised at that price, and `rank` is that of the
    mean, where equal means share the mean of their ranks; runs that did not end well count as the
    worst (see `failed_runs.py`). All of it is NaN at a price below the one that was granted. Where
    a scorer is noisy, bests are as confirmed if those of all runs were at this price, else as seen,
    which is too high. Raises ValueError for what is no price.
    """
    parts = [
        _at_price(part, given).assign(objective=objective)
        for objective, part in steps.groupby("objective", sort=False)
        for given in prices
    ]
    table = pd.concat(parts) if parts else pd.DataFrame(columns=TABLE_COLUMNS)
    return table[list(TABLE_COLUMNS)].reset_index(drop=True)


def at_price(steps: pd.DataFrame, price: float) -> pd.DataFrame:
    """One row per run: the step that holds at a price."""
    here = steps[steps["upto"] >= price].sort_values("upto").drop_duplicates(RUN)
    if "best_confirmed" not in here:
        return here
    lacks = here["best"].notna() & here["best_confirmed"].isna()
    all_there = ~lacks.groupby(here["objective"]).transform("any")
    return here.assign(best=here["best"].where(~all_there, here["best_confirmed"]))


def _run(trace: Trace) -> tuple[Any, ...]:
    """One run; a step ends where its best row, or the run's end, is paid for no more."""
    so_far = np.fmax(trace.best_so_far(), -np.inf)  # -inf before the first valid score
    best_rows = trace.best_rows()
    changes = so_far > np.append(-np.inf, so_far[:-1])
    changes |= best_rows != np.append(-1, best_rows[:-1])  # a search may think otherwise, of noise
    improved = np.flatnonzero(changes)[::-1]
    paid = trace.paid_up_to()
    upto = np.array([*paid[-1:], *paid[improved], np.inf])
    best = np.array([*so_far[-1:], *so_far[improved], -np.inf])
    status = np.array([str(trace.status), *["spent"] * (len(upto) - 1)])
    holds = upto > np.append(-np.inf, upto[:-1])
    again = _confirmed(trace, [*best_rows[-1:], *best_rows[improved], None])
    steps_of_run = (upto[holds], np.where(np.isinf(best), np.nan, best)[holds], status[holds])
    cheapest = trace.price.gradient if np.isfinite(upto[0]) else 0.0
    n_gradients = trace.n_gradients[-1] if len(trace) else 0
    who = (trace.objective, trace.strategy, trace.seed)
    last = cheapest, n_gradients, trace.dim, trace.optimum
    return *who, *steps_of_run, *last, again[holds]


def _confirmed(trace: Trace, rows: Sequence[int | None]) -> Floats:
    """What each row `[n]` was confirmed to be; NaN where it was not asked again."""
    if not len(trace.confirmations):
        return np.full(len(rows), np.nan)
    return np.array([trace.confirmations.mean(row) for row in rows])


def _at_price(steps: pd.DataFrame, given: AskedPrice) -> pd.DataFrame:
    """The rows of one objective at one price."""
    price = _number(given, steps["dim"].max())
    runs, is_known = at_price(steps, price), price >= steps["cheapest"].max()
    reference = best_known(runs).iloc[0]
    cells = dict(iter(as_worst(runs).groupby("strategy", sort=False)))
    best = [np.sort(cell["best"].to_numpy(float)) for cell in cells.values()]
    mean_best, low, high = _means(best) if is_known else np.full((3, len(best)), np.nan)
    table = pd.DataFrame(
        {
            "price": given if given == "d" else f"{price:g}",
            "gradient_price": price,
            "strategy": list(cells),
            "n_ok": [n_ok(cell["ok"]) if is_known else ABSENT for cell in cells.values()],
            "best_mean": mean_best,
            "best_low": low,
            "best_high": high,
            "score": [
                normalised(m, reference["random"], reference["best_known"]) for m in mean_best
            ],
        }
    )
    table["rank"] = table["best_mean"].rank(ascending=False)
    return table.sort_values(["rank", "strategy"])


def _means(best: Sequence[Floats]) -> Floats:
    """The mean of each strategy's bests `[n]` and the ends of its interval, `[3, strategies]`."""
    means = np.full((3, len(best)), np.nan)
    lengths = np.array([len(values) for values in best])
    for n in set(lengths.tolist()):  # those that have as many runs are drawn together
        columns = np.transpose([values for values in best if len(values) == n])
        ends = mean_band(columns, resamples=RESAMPLES)
        means[:, lengths == n] = [mean(columns, axis=0), *ends]
    return means


def _number(given: AskedPrice, dim: float) -> float:
    if given == "d":
        return float(dim)
    if isinstance(given, str) or not (math.isfinite(given) and given >= 0):
        raise ValueError(f"a gradient price is a finite number >= 0 or 'd', not {given!r}")
    return float(given)
