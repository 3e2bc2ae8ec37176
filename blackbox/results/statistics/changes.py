"""The same study before and after: what changed, pair by pair, and whether that is chance."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.statistics.failed_runs import CELL, RUN, as_worst
from blackbox.results.statistics.intervals import Floats
from blackbox.results.statistics.large_numbers import mean, shrinking
from blackbox.results.statistics.pairs import holm, mean_difference
from blackbox.results.statistics.signed_ranks import two_sided_p

ALPHA = 0.05
COLUMNS = (*CELL, "n", "before", "after", "change", "low", "high", "p", "p_holm", "verdict")
WORSE, BETTER, SAME, NOT_FOUND = "worse", "better", "same", "no difference found"
IDENTICAL, GONE, NEW = "identical", "gone", "new"


def changes(
    before: pd.DataFrame, after: pd.DataFrame, identical: Collection[tuple[str, str, int]]
) -> pd.DataFrame:
    """One row per objective and strategy of two frames of runs; `identical` runs are the same.

    `n` counts the seeds that both have, `before` and `after` are the mean bests of these and
    `change` their mean difference with its 95 % interval over pairs. A run that did not
    end well counts as the worst of both. `p` is Wilcoxon's signed-rank test, `p_holm` adjusted for
    all rows. `verdict` is "worse" or "better" where `p_holm` is below 0.05; "identical" where all
    evaluations are, "same" where all bests are; "gone" or "new" where only one of both has runs;
    else "no difference found", as it must be with fewer than six pairs.
    """
    both = pd.concat([before.assign(when="before"), after.assign(when="after")], ignore_index=True)
    counted = as_worst(both)
    rows: list[tuple[Any, ...]] = []
    for (objective, strategy), cell in counted.groupby(CELL, sort=False):
        halves = dict(iter(cell[[*RUN, "best", "when"]].groupby("when")))
        if len(halves) == 1:
            verdict = GONE if "before" in halves else NEW
            rows.append((objective, strategy, 0, *(np.nan,) * 6, verdict))
            continue
        pairs = halves["before"].merge(halves["after"], on=RUN, suffixes=("_before", "_after"))
        runs = pairs[RUN].itertuples(index=False, name=None)
        alike = len(pairs) > 0 and all(run in identical for run in runs)
        bests = (pairs[f"best_{when}"].to_numpy(float) for when in ("before", "after"))
        numbers = _compared(*bests)
        rows.append((objective, strategy, len(pairs), *numbers, IDENTICAL if alike else ""))
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p_holm"])
    table.insert(COLUMNS.index("p_holm"), "p_holm", holm(table["p"].to_numpy(float)))
    return table.assign(verdict=[_verdict(row) for row in table.itertuples()])


def _compared(before: Floats, after: Floats) -> tuple[float, ...]:
    """Both means, the mean change with its interval, and p, of bests `[n]`."""
    by = shrinking(before, after)
    means = (_mean(before), _mean(after))
    return (*means, *mean_difference(by * after - by * before, by), _p(by * after - by * before))


def _mean(bests: Floats) -> float:
    """Their mean, NaN of none."""
    return float(mean(np.sort(bests))) if len(bests) else float("nan")


def _p(differences: Floats) -> float:
    """Wilcoxon's two-sided p; 1 where nothing changed, NaN where there is nothing to test.

    Unlike `signed_rank_p`, it tests changes that are all of one size: these are runs of the same
    seeds, so whatever changed was not the seed.
    """
    if not len(differences) or np.isnan(differences).any():
        return float("nan")
    changed = np.sort(differences[differences != 0])
    return two_sided_p(changed) if len(changed) else 1.0


def _verdict(row: Any) -> str:
    if row.verdict:
        return str(row.verdict)
    if row.p_holm < ALPHA:
        return WORSE if row.change < 0 else BETTER
    nothing_changed = row.n and row.p == 1 and row.change == 0 and not row.low < 0
    return SAME if nothing_changed else NOT_FOUND
