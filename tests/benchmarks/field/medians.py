"""The table of the bench: medians over turns, and how many times ours each way takes."""

from __future__ import annotations

import numpy as np
import pandas as pd

OURS = "blackbox"


def medians(bench: pd.DataFrame) -> pd.DataFrame:
    """A line per way of each row: its median, its least and most, and how many times ours it is.

    The first way of a row is ours. Ratios are medians over the turns that both were measured in,
    side by side.
    """
    lines = []
    for (row, unit), part in bench.groupby(["row", "unit"], sort=False):
        wide = part.pivot_table(index="turn", columns="way", values="amount", sort=False)
        first = next(way for way in wide.columns if way.startswith(OURS))
        for way in wide.columns:
            amounts = wide[way].dropna().to_numpy(float)
            ratio = float(np.nanmedian(wide[way] / wide[first]))
            ends = (np.median(amounts), amounts.min(), amounts.max())
            lines.append((row, way, unit, *ends, ratio, len(amounts)))
    columns = ["row", "way", "unit", "median", "least", "most", "times_ours", "turns"]
    return pd.DataFrame(lines, columns=columns)
