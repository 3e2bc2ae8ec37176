"""Whether a search left what its judges hold for real: within their limits, from start to best."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.results.frame import judge_names
from blackbox.results.statistics.failed_runs import CELL, RUN
from blackbox.results.statistics.intervals import mean_interval

COLUMNS = (*CELL, "judge", "n", "within_start", "within_best", "change", "low", "high", "harmed")


def harm(paths: pd.DataFrame) -> pd.DataFrame:
    """One row per objective, strategy and judge that declares limits of real objects.

    `within_start` and `within_best` are the shares of starts and of bests that the judge saw within
    its limits, refused ones are not, of the `n` runs of which it was asked for both. `change` is
    the mean of their paired difference with its 95 % interval; `harmed` is whether that interval
    lies wholly below 0.
    """
    best, start = paths[paths["best"].astype(bool)], paths[paths["row"] == 0]
    both = best.merge(start, on=RUN, suffixes=("", "_start"))
    rows: list[tuple[object, ...]] = []
    for name in judge_names(paths, "off"):
        off = f"judge_{name}_off"
        asked = both.dropna(subset=[off, f"{off}_start"])
        for (objective, strategy), cell in asked.groupby(CELL, sort=False):
            within = 1 - cell[[f"{off}_start", off]].astype(float).sort_values(
                [off, f"{off}_start"]
            )
            low, high = mean_interval((within[off] - within[f"{off}_start"]).to_numpy())
            shares = within[f"{off}_start"].mean(), within[off].mean()
            change = shares[1] - shares[0]
            rows.append(
                (objective, strategy, name, len(cell), *shares, change, low, high, bool(high < 0))
            )
    place = {name: nth for nth, name in enumerate(dict.fromkeys(paths["objective"]))}
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = np.argsort([place[name] for name in table["objective"]], kind="stable")
    return table.iloc[order].reset_index(drop=True)
