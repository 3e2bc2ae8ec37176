"""The same study yesterday and today: what got worse, and what is only chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from blackbox.comparison import Comparison, opened
from blackbox.errors import StudyError
from blackbox.results.statistics.changes import changes


def diff(before: Comparison | str | Path, after: Comparison | str | Path) -> pd.DataFrame:
    """What changed from one study, or its folder, to another: one row per objective and strategy.

    Runs are paired by objective, strategy and seed. `n` counts pairs; `change` is the mean change
    of the best with its 95 % interval, `low` to `high`, positive where it is better (`before` and
    `after` of a loss are losses); `p_holm` is Wilcoxon's p, corrected for all rows; `verdict` is
    "worse", "better", "same", "no difference found", "identical" (to the last evaluation), or
    "gone" or "new" where only one study has runs. Six pairs are the fewest in which a change can be
    told from chance. Raises StudyError where objectives, their dimensions, the budget or the prices
    differ, and where no run is in both.

    >>> import blackbox as bb
    >>> study = bb.compare("synthetic.sphere(d=2)", "hill_climb", 5, seeds=2)
    >>> bb.diff(study, study)[["n", "change", "verdict"]].to_numpy().tolist()
    [[2, 0.0, 'identical']]
    """
    old, new = opened(before), opened(after)
    _refuse_others(old, new)
    digests = [
        {(t.objective, t.strategy, t.seed): t.digest() for t in study.traces}
        for study in (old, new)
    ]
    pairs = digests[0].keys() & digests[1].keys()
    if not pairs:
        raise StudyError("no run is in both studies: strategies or seeds are others")
    identical = {run for run in pairs if digests[0][run] == digests[1][run]}
    was, now = old.at(), new.at()
    table = changes(was.scores.runs, now.scores.runs, identical)
    sign = np.where(table["objective"].isin(was.losses | now.losses), -1.0, 1.0)
    return table.assign(before=sign * table["before"], after=sign * table["after"])


def _refuse_others(old: Comparison, new: Comparison) -> None:
    """Raise StudyError where two studies are not the same, and say in what."""
    dims = [{trace.objective: trace.dim for trace in study.traces} for study in (old, new)]
    unlike = [
        f"{key}: before {old.recipe.get(key)!r}, after {new.recipe.get(key)!r}"
        for key in ("budget", "prices")
        if old.recipe.get(key) != new.recipe.get(key)
    ]
    if dims[0].keys() != dims[1].keys():
        unlike.append(f"objectives: before {list(dims[0])}, after {list(dims[1])}")
    unlike += [
        f"dimensions of {name}: before {dim}, after {dims[1][name]}"
        for name, dim in dims[0].items()
        if dims[1].get(name, dim) != dim
    ]
    if unlike:
        raise StudyError(f"these are two studies, not one before and after: {'; '.join(unlike)}")
