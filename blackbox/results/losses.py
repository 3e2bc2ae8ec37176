"""Losses in tables: of a scorer that returns a loss, they show what it returned.

Searches and statistics know scores, of which the higher is the better; a loss is a score with the
sign turned. What a user reads has the user's sign: the level of a loss, and an interval whose lower
end is the lower loss. How much better one is than another stays positive where it is better.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from blackbox.results.schema import TABLES

# The unit of columns that hold the level of a score, or of what a column `measure` names.
LEVEL, MEASURED = "score", "measure"
# Measures that are scores begin so.
SCORES = ("score", "true score")


def read(table: pd.DataFrame, name: str, losses: Collection[str]) -> pd.DataFrame:
    """The table of this name as a user reads it: levels of these objectives as losses.

    A table without a column `objective` is of one of them, where there are any.
    """
    if not losses or not len(table):
        return table
    units = {column.name: column.unit for column in TABLES[name]}
    rows = np.ones(len(table), bool)
    if "objective" in table:
        rows = table["objective"].isin(list(losses)).to_numpy()
    if "measure" in table:
        rows = rows & table["measure"].astype(str).str.startswith(SCORES).to_numpy()
    levels = [one for one in table.columns if units.get(one) in (LEVEL, MEASURED)]
    if not rows.any() or not levels:
        return table
    turned = {}
    for one in levels:
        values = table[_other_end(one, levels)].to_numpy(float)
        turned[one] = np.where(rows, 0.0 - values, table[one].to_numpy(float))
    return table.assign(**turned)


def _other_end(column: str, levels: Collection[str]) -> str:
    """The column that holds the other end of an interval; the same where it is no end."""
    for end, other in (("low", "high"), ("high", "low")):
        if column.endswith(end):
            opposite = column.removesuffix(end) + other
            if opposite in levels:
                return opposite
    return column
