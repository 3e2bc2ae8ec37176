"""Performance and data profiles: which share of problems a strategy solves, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from blackbox.results.statistics.failed_runs import as_worst, n_ok, ran_everywhere, shared
from blackbox.results.statistics.intervals import Floats
from blackbox.results.statistics.large_numbers import restored, shrinking
from blackbox.results.statistics.normalisation import best_known
from blackbox.results.statistics.targets import hits

PROBLEM = ["objective", "seed"]


def profiles(
    runs: pd.DataFrame, evaluations: pd.DataFrame, tolerances: Sequence[float] = (1e-1, 1e-3)
) -> pd.DataFrame:
    """The profiles of More and Wild 2009 (doi 10.1137/080724083), at each step of their curves.

    A problem is an objective from the start of a seed. It is solved once
    `best >= known - tolerance * (known - start)`, `known` being the best known of the objective.
    With `kind` "performance", `share` is the share of problems solved at no more than `x` times the
    cost of the cheapest strategy; with "data", at no more than `x (d + 1)` units of the budget.
    One curve per tolerance and strategy that ran on every objective, of the problems that all of
    these have run; a run that failed has solved nothing. Raises ValueError for a tolerance outside
    (0, 1).
    """
    if not all(0 < tolerance < 1 for tolerance in tolerances):
        raise ValueError(f"tolerances lie between 0 and 1, not at {tolerances}")
    tried = _tried(runs, evaluations, tolerances)
    cheapest = tried.groupby([*PROBLEM, "tolerance"])["hit"].transform("min")
    axes = {
        "performance": tried["hit"] / cheapest.where(np.isfinite(cheapest), 1),
        "data": tried["hit"] / (tried["dim"] + 1),
    }
    parts = []
    for (tolerance, strategy), cell in tried.assign(**axes).groupby(["tolerance", "strategy"]):
        named = {"tolerance": tolerance, "strategy": strategy, "n_ok": n_ok(cell["ok"])}
        for kind in axes:
            x, share = _steps(cell[kind].to_numpy())
            parts.append(pd.DataFrame({"kind": kind, **named, "x": x, "share": share}))
    nothing = pd.DataFrame(columns=["kind", "tolerance", "strategy", "n_ok", "x", "share"])
    return pd.concat(parts, ignore_index=True) if parts else nothing


def _tried(
    runs: pd.DataFrame, evaluations: pd.DataFrame, tolerances: Sequence[float]
) -> pd.DataFrame:
    """One row per tolerance, problem and strategy, with the cost at which it was solved."""
    counted = as_worst(runs)
    # Strategies share the start of a seed; where it is invalid, the worst score stands for it.
    start = counted.groupby(PROBLEM, as_index=False)["start"].min()
    worst = start["objective"].map(counted.groupby("objective")["best"].min())
    problems = start.assign(start=start["start"].fillna(worst)).merge(best_known(runs))
    by = shrinking(problems["best_known"], problems["start"])
    top = by * problems["best_known"]
    gap = top - by * problems["start"]
    wanted = [
        problems[PROBLEM].assign(tolerance=t, target=restored(top - t * gap, by))
        for t in tolerances
    ]
    tried = hits(runs, evaluations, pd.concat(wanted))
    return shared(tried, ran_everywhere(counted))


def _steps(costs: Floats) -> tuple[Floats, Floats]:
    """Where the share of `costs [p]` up to x rises, and to what; it begins at (0, 0)."""
    x, n = np.unique(costs[np.isfinite(costs)], return_counts=True)
    return np.append(0.0, x), np.append(0.0, np.cumsum(n) / len(costs))
