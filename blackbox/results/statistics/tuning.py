"""What tuning was worth: each strategy as it was given against the best of its tried settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from blackbox.results.statistics.pairs import holm, paired

COLUMNS = (
    "objective",
    "strategy",
    "tuned",
    "trials",
    "tuning_seeds",
    "n_ok",
    "difference",
    "low",
    "high",
    "wins",
    "ties",
    "losses",
    "p",
    "p_holm",
    "note",
    "interval",
)


def tuning(runs: pd.DataFrame, tuned: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row per objective and tuned strategy: its best setting minus the one that was given.

    `tuned` says of each strategy its best setting, of how many trials, on which seeds; these are
    others than those of `runs`. Pairs, intervals and tests are those of `paired`; `p_holm` is
    adjusted for all tests of this table. Where the setting that was given is the best of those
    tried, both are one, and nothing is compared.
    """
    tables = []
    for strategy, record in tuned.items():
        best = record["tuned"]
        of_tuning: dict[str, Any] = {
            "strategy": strategy,
            "tuned": best,
            "trials": record["trials"],
            "tuning_seeds": len(record["seeds"]),
        }
        if best != strategy:
            both = runs[runs["strategy"].isin([strategy, best])]
            if strategy in both["strategy"].to_numpy():
                tables.append(paired(both, strategy).assign(**of_tuning))
            continue
        objectives = runs.loc[runs["strategy"] == strategy, "objective"].unique()
        nothing: dict[str, Any] = {"n_ok": "", "wins": 0, "ties": 0, "losses": 0, "interval": ""}
        alone = pd.DataFrame({"objective": objectives}).assign(**nothing, **of_tuning)
        tables.append(alone.assign(note="what was given is the best of those tried"))
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(tables, ignore_index=True).reindex(columns=list(COLUMNS))
    return table.assign(p_holm=holm(table["p"].to_numpy(float)))
