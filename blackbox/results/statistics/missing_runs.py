"""Runs that a study asks for and that are not there: nothing is known of them yet."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.statistics.failed_runs import RUN

NOT_MADE = "not made"
nothing_skipped = partial(pd.DataFrame, columns=["objective", "strategy", "reason"])
# The columns: a run, whether it was begun, the units it has used, its best score so far, and why.
MISSING = (*RUN, "state", "used", "best", "reason")
nothing_missing = partial(pd.DataFrame, columns=list(MISSING))


def missing_runs(
    recipe: Mapping[str, Any],
    made: Iterable[tuple[str, str, int]],
    skipped: Iterable[tuple[str, str]] = (),
    asked: Container[tuple[str, str, int]] | None = None,
) -> pd.DataFrame:
    """One row per run that the recipe asks for, is not skipped and is not made: its `state`.

    Where seeds are raced, not all of them are asked for: only those that are `asked`.

    A recipe of several studies that were joined, and one of another tool's log, asks for nothing:
    not every strategy was to run on every objective.

    >>> recipe = {"fingerprints": {"bowl": ""}, "strategies": ["climb"], "seeds": [0, 1, 2]}
    >>> missing_runs(recipe, [("bowl", "climb", 1)])["seed"].tolist()
    [0, 2]
    """
    if "read_from" in recipe or "joined" in recipe:
        return nothing_missing()
    there, left_out = set(made), set(skipped)
    rows = [
        (objective, strategy, seed, NOT_MADE, 0.0, np.nan, "")
        for objective in recipe["fingerprints"]
        for strategy in recipe["strategies"]
        for seed in recipe["seeds"]
        if (objective, strategy) not in left_out and (objective, strategy, seed) not in there
        if asked is None or (objective, strategy, seed) in asked
    ]
    return pd.DataFrame(rows, columns=list(MISSING))


def nothing_ran(skipped: pd.DataFrame) -> str:
    """Why a table is empty, in a sentence, where all that was asked for was skipped; else ""."""
    if not len(skipped):
        return ""
    first = skipped.iloc[0]
    more = f"; and {len(skipped) - 1} more, see .skipped" if len(skipped) > 1 else ""
    return (
        f"nothing could be compared, so this table is empty: {first['strategy']} on "
        f"{first['objective']}: {first['reason']}{more}"
    )
