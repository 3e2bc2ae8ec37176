"""Where trust ended: how much of what was promised can still be believed, by no judge."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from blackbox.late import stats
from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import SPELLED, listed, on, percent, rows
from blackbox.results.statistics.failed_runs import CELL


def ended(numbers: Numbers) -> Iterator[Sentence]:
    """Which strategies' bests lie beyond trust, and what of their gain lies before its end."""
    table = numbers.trusted
    if table is None:
        return
    table = table.dropna(subset=["best_row"])
    beyond = ~(table["best_trust"] > table["level"]) & (table["best_row"] > 0)
    cells = [
        (str(objective), str(strategy), beyond[cell.index].to_numpy(), cell)
        for (objective, strategy), cell in table.groupby(CELL, sort=False)
    ]
    bad = sorted((one for one in cells if one[2].any()), key=lambda one: -one[2].mean())
    if not bad:
        return
    objective, strategy, hits, cell = bad[0]
    low, high = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    text = f"Trust ended before the best in {hits.sum()} of {len(hits)} runs of {strategy}"
    text += f"{on(objective, numbers.objectives)}: what is trusted has {_share(cell[hits])} of the "
    text += "gain that these bests promise"
    others = [f"{name}{on(where, numbers.objectives)}" for where, name, *_ in bad[1:]]
    if len({where for where, *_ in bad}) > SPELLED:
        others = [f"{len(bad) - 1} others"]
    text += f"; it ended early for {listed(others)} too." if others else "."
    evidence = f"trusted(){rows(objective=objective, strategy=strategy)}"
    yield Sentence(text, evidence, float(hits.mean()), float(low), float(high))


def _share(cell: pd.DataFrame) -> str:
    """The gain up to the trusted points, as a share of the gain up to the bests."""
    gain, promised = cell["score"] - cell["start"], cell["best_score"] - cell["start"]
    whole = promised.sum()
    return percent(float(gain.sum() / whole)) if whole > 0 else "none"
