"""One table over all objectives: who ranks where, by the score or by the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.results.statistics.failed_runs import as_worst, n_ok
from blackbox.results.statistics.intervals import mean_interval
from blackbox.results.statistics.large_numbers import mean
from blackbox.results.statistics.ranking import ranks

COLUMNS = (
    *("strategy", "by", "rank", "low", "high", "n_best", "n_level", "n_objectives"),
    *("n_exploited", "n_ok", "mean", "mean_low", "mean_high"),
)


def leaderboard(
    measured: pd.DataFrame, leaders: pd.DataFrame, exploitation: pd.DataFrame, by: str
) -> pd.DataFrame:
    """One row per strategy, the best mean rank first; those that did not run everywhere last.

    `measured` are runs with what they are compared by as their `best`, `leaders` the table of the
    same. `rank` is the mean over seeds and objectives with its 95 % interval (see `ranking.ranks`),
    `n_best` counts the objectives on which a strategy is best beyond chance, `n_level` those on
    which it is best or nobody is separated from it and the leader, `n_exploited` those whose scorer
    it exploited (rho below 1). Of one objective `mean` is what it is compared by, with its
    interval, NaN of several.
    """
    if not len(measured):
        return pd.DataFrame(columns=list(COLUMNS))
    counted = as_worst(measured)
    ranked = ranks(measured).set_index("strategy")
    fooled = exploitation.loc[exploitation["rho_high"] < 1, "strategy"].value_counts()
    is_alone = len(set(counted["objective"])) == 1
    rows = []
    for strategy, runs in counted.groupby("strategy", sort=False):
        best, middle = np.sort(runs["best"].to_numpy(float)), (np.nan,) * 3
        if is_alone:
            middle = (float(mean(best)), *mean_interval(best))
        leads = leaders["leader"] == strategy
        level = [strategy in str(names).split("\n") for names in leaders["level"]]
        ends = ranked.loc[strategy, ["rank", "low", "high"]] if strategy in ranked.index else ()
        rows.append(
            {"strategy": strategy, "by": by}
            | dict(zip(("rank", "low", "high"), map(float, ends), strict=False))
            | {"n_best": int((leads & leaders["is_best"].astype(bool)).sum())}
            | {"n_level": int((leads | np.array(level, bool)).sum())}
            | {"n_objectives": int(runs["objective"].nunique())}
            | {"n_exploited": int(fooled.get(strategy, 0)), "n_ok": n_ok(runs["ok"])}
            | dict(zip(("mean", "mean_low", "mean_high"), middle, strict=True))
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = ["rank", "n_best", "n_level", "strategy"]
    return table.sort_values(order, ascending=[True, False, False, True], ignore_index=True)
