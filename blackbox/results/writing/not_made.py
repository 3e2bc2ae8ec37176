"""Which runs are not made yet, in words."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from blackbox.results.statistics.failed_runs import CELL
from blackbox.results.statistics.missing_runs import NOT_MADE

CELLS_NAMED = 6  # in a sentence; the rest is counted


def missing(table: pd.DataFrame, n_made: int) -> str:
    """How many runs of how many are not there, and of which cells, in a sentence; "" if none."""
    if not len(table):
        return ""
    cells = [
        f"{strategy} on {objective} (seed{'s' * (len(seeds) > 1)} {_listed(seeds.tolist())})"
        for (objective, strategy), seeds in table.groupby(CELL, sort=False)["seed"]
    ]
    more = f"; and {len(cells) - CELLS_NAMED} cells more" if len(cells) > CELLS_NAMED else ""
    begun = Counter(state for state in table["state"] if state != NOT_MADE)
    states = f" ({', '.join(f'{n} {state}' for state, n in begun.items())})" if begun else ""
    verb = "run is" if len(table) + n_made == 1 else "runs are"
    counts = f"{len(table)} of {len(table) + n_made} {verb} not made yet{states}"
    return f"{counts}: {'; '.join(cells[:CELLS_NAMED])}{more}."


def _listed(seeds: list[int]) -> str:
    """Seeds in words, many in a row by their ends."""
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))
