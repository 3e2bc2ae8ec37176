"""Ranks: who is better how often, over objectives whose scores have nothing in common."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.late import stats
from blackbox.results.statistics.failed_runs import as_worst, n_ok, ran_everywhere, shared
from blackbox.results.statistics.intervals import Floats, stratified_band
from blackbox.results.statistics.large_numbers import shrinking

ALPHA = 0.05
FEWEST_OBJECTIVES = 5  # of a test over objectives: below, chance alone explains any ranking


def nemenyi_critical_difference(strategies: int, objectives: int, alpha: float = 0.05) -> float:
    """The gap of two mean ranks that chance exceeds in a share `alpha` of studies.

    `q_alpha sqrt(k (k + 1) / (6 N))`, Demsar 2006, JMLR 7.

    >>> round(nemenyi_critical_difference(strategies=4, objectives=14), 2)  # his section 3.2.4
    1.25
    """
    q = stats.studentized_range.ppf(1 - alpha, strategies, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(strategies * (strategies + 1) / (6 * objectives)))


def ranks(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per strategy that ran on every objective, the best mean rank first.

    Within an objective and a seed the best score has rank 1, equal scores share the mean of their
    ranks (Demsar 2006, JMLR 7), and runs that did not end well count as the worst. Seeds are those
    that all of these strategies have run, and `n_ok` counts them. `rank` is the mean over seeds and
    then objectives, `low` and `high` its 95 % interval, of seeds drawn within each
    objective, NaN where one of them has a single seed. `first` is the share of objectives and seeds
    where nobody was better.
    """
    counted = as_worst(runs)
    names = ran_everywhere(counted)
    counted = shared(counted, names)
    cells = [_ranked(rows, names) for _, rows in counted.groupby("objective")]
    if not cells:
        columns = ["strategy", "n_ok", "rank", "low", "high", "first", "n_objectives"]
        if not names:
            return pd.DataFrame(columns=columns)
        empty = pd.DataFrame({"strategy": names}, columns=columns)
        return empty.assign(n_ok=n_ok([]), n_objectives=0)
    low, high = (end.clip(1, len(names)) for end in stratified_band(cells))  # no rank is beyond
    first = [(cell == cell.min(axis=1, keepdims=True)).mean(axis=0) for cell in cells]
    table = pd.DataFrame(
        {
            "strategy": names,
            "n_ok": _n_ok(counted, names),
            "rank": np.mean([cell.mean(axis=0) for cell in cells], axis=0),
            "low": low,
            "high": high,
            "first": np.mean(first, axis=0),
            "n_objectives": len(cells),
        }
    )
    return table.sort_values(["rank", "strategy"], ignore_index=True)


def friedman_nemenyi(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per strategy that ran on every objective: its rank among means, and what differs.

    `rank` is the mean over objectives of the rank of a strategy's mean best, of the seeds that all
    of them have run: objectives are the sample here, not seeds. `friedman_p` tests whether all
    strategies are alike. If that is refuted at 5 %, `worse_than_first` marks those whose rank lies
    farther than `critical_difference` (Nemenyi, 95 %) from the first (Demsar 2006, JMLR 7). With
    fewer than five objectives or three strategies nothing is tested, and `note` says so.
    """
    counted = as_worst(runs)
    names = ran_everywhere(counted)
    counted = shared(counted, names)
    n = counted["objective"].nunique()
    scaled = counted.assign(best=shrinking(counted["best"]) * counted["best"])
    means = scaled.groupby(["objective", "strategy"])["best"].mean().fillna(-np.inf)
    table = means.unstack("strategy").reindex(columns=names)  # noqa: PD010
    ranked = stats.rankdata(-table.to_numpy(float), axis=1) if n else np.empty((0, len(names)))
    gap, p, note = np.nan, np.nan, ""
    if n < FEWEST_OBJECTIVES:
        note = f"{n} of the {FEWEST_OBJECTIVES} objectives that a test needs: not tested"
    elif len(names) < 3:
        note = f"{len(names)} of the 3 strategies that a test needs: not tested"
    elif (ranked == ranked[:, :1]).all():
        note = "all alike on every objective: not tested"
    else:
        gap, p = (
            nemenyi_critical_difference(len(names), n, ALPHA),
            stats.friedmanchisquare(*ranked.T).pvalue,
        )
    rank = ranked.mean(axis=0) if n else np.full(len(names), np.nan)
    table = pd.DataFrame({"strategy": names, "n_ok": _n_ok(counted, names), "rank": rank})
    worse = (rank - rank.min(initial=np.inf) > gap) & (p < ALPHA)
    table = table.assign(critical_difference=gap, friedman_p=p, n_objectives=n)
    table = table.assign(worse_than_first=worse, note=note)
    return table.sort_values(["rank", "strategy"], ignore_index=True)


def _n_ok(counted: pd.DataFrame, names: list[str]) -> list[str]:
    ok = dict(iter(counted.groupby("strategy")["ok"]))
    return [n_ok(ok.get(name, [])) for name in names]


def _ranked(rows: pd.DataFrame, names: list[str]) -> Floats:
    """Ranks `[seeds, strategies]` of one objective; a run that found nothing shares the last."""
    best = rows.pivot_table(index="seed", columns="strategy", values="best", dropna=False)[names]
    ranked: Floats = stats.rankdata(-best.fillna(-np.inf).to_numpy(), axis=1)
    return ranked
