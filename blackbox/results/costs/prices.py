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
from blackbox.results.statistics.intervals import Floats, mean_intervals
from blackbox.results.statistics.large_numbers import mean
from blackbox.results.statistics.normalisation import best_known, normalised
from blackbox.results.writing.cells import ABSENT

# A number, or the dimension of each objective: what one pays for forward differences.
AskedPrice: TypeAlias = float | Literal["d"]
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
)
STEP_TYPES = {"upto": float, "best": float, "optimum": float}
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
    """
    runs = pd.DataFrame([_run(trace) for trace in traces], columns=STEP_COLUMNS)
    return runs.explode(["upto", "best", "status"], ignore_index=True).astype(STEP_TYPES)


def price_table(steps: pd.DataFrame, prices: Sequence[AskedPrice] = PRICES) -> pd.DataFrame:
    """One row per objective, price of a gradient and strategy, the best mean first.

    `price` is what was asked (`"d"`: the dimension of the objective) and `gradient_price` the
    number. `best_mean` is the mean of each run's best, over the seeds that the strategy has run,
    with its 95 % interval, `score` is normalised at that price, and `rank` is that of the
    mean, where equal means share the mean of their ranks; runs that did not end well count as the
    worst (see `failed_runs.py`). All of it is NaN at a price below the one that was granted. Raises
    ValueError for what is no price.
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
    return steps[steps["upto"] >= price].sort_values("upto").drop_duplicates(RUN)


def _run(trace: Any) -> tuple[Any, ...]:
    """One run; a step ends where its best row, or the run's end, is paid for no more."""
    so_far = np.fmax(trace.best_so_far(), -np.inf)  # -inf before the first valid score
    improved = np.flatnonzero(so_far > np.append(-np.inf, so_far[:-1]))[::-1]
    paid = trace.paid_up_to()
    upto = np.array([*paid[-1:], *paid[improved], np.inf])
    best = np.array([*so_far[-1:], *so_far[improved], -np.inf])
    status = np.array([str(trace.status), *["spent"] * (len(upto) - 1)])
    holds = upto > np.append(-np.inf, upto[:-1])
    steps_of_run = (upto[holds], np.where(np.isinf(best), np.nan, best)[holds], status[holds])
    cheapest = trace.price.gradient if np.isfinite(upto[0]) else 0.0
    n_gradients = trace.n_gradients[-1] if len(trace) else 0
    who = (trace.objective, trace.strategy, trace.seed)
    return *who, *steps_of_run, cheapest, n_gradients, trace.dim, trace.optimum


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
    return np.array([[mean(values) for values in best], *mean_intervals(best)])


def _number(given: AskedPrice, dim: float) -> float:
    if given == "d":
        return float(dim)
    if isinstance(given, str) or not (math.isfinite(given) and given >= 0):
        raise ValueError(f"a gradient price is a finite number >= 0 or 'd', not {given!r}")
    return float(given)
