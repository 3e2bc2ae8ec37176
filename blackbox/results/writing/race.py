"""How strategies stand in a race, as strings for people."""

from __future__ import annotations

import pandas as pd

from blackbox.results.writing.cells import ABSENT, cell_text


def race(table: pd.DataFrame) -> pd.DataFrame:
    """The last row of each strategy: how it stands, or after how many seeds it was dropped."""
    number = table.map(cell_text)
    ends = " [" + number["low"] + ", " + number["high"] + "]"
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "by": table["by"],
            "strategy": table["strategy"],
            "state": table["state"] + " after " + number["seeds"] + " seeds",
            "evidence against it": number["e_value"] + " of " + number["needed"],
            "median behind [95 %]": number["behind"] + ends.where(number["low"] != ABSENT, ""),
            "the leader": table["leader"],
        }
    )
