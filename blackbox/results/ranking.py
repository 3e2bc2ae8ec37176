"""Ranks: who is better how often, over objectives whose scores have nothing in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from blackbox.results.statistics import Floats, bootstrap_means
from blackbox.results.tables import as_worst

RESAMPLES = 2_000


def ranks(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per strategy that ran on every objective, the best mean rank first.

    Within an objective and a seed the best score has rank 1, equal scores share the mean of their
    ranks (Demsar 2006, JMLR 7), and runs that did not end well count as the worst. `rank` is the
    mean over seeds and then objectives, `low` and `high` its 95 % interval by a bootstrap over the
    seeds of each objective. `first` is the share of objectives and seeds where nobody was better.
    """
    counted = as_worst(runs)
    everywhere = counted.groupby("strategy", sort=False)["objective"].nunique()
    names = everywhere.index[everywhere == counted["objective"].nunique()].tolist()
    cells = [_ranked(rows, names) for _, rows in counted.groupby("objective", sort=False) if names]
    if not cells:
        return pd.DataFrame(columns=["strategy", "rank", "low", "high", "first", "n_objectives"])
    drawn = np.mean([bootstrap_means(cell, RESAMPLES) for cell in cells], axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    first = [(cell == cell.min(axis=1, keepdims=True)).mean(axis=0) for cell in cells]
    table = pd.DataFrame(
        {
            "strategy": names,
            "rank": np.mean([cell.mean(axis=0) for cell in cells], axis=0),
            "low": low,
            "high": high,
            "first": np.mean(first, axis=0),
            "n_objectives": len(cells),
        }
    )
    return table.sort_values(["rank", "strategy"], ignore_index=True)


def _ranked(rows: pd.DataFrame, names: list[str]) -> Floats:
    """Ranks `[seeds, strategies]` of one objective; a run that found nothing shares the last."""
    best = rows.pivot_table(index="seed", columns="strategy", values="best", dropna=False)[names]
    ranked: Floats = rankdata(-best.fillna(-np.inf).to_numpy(), axis=1)
    return ranked
