"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import Estimate, PageFrames
from blackbox.pages.estimate import digits, signed
from reports.chained.claims import LAWS, geometric


def law(frames: PageFrames) -> pd.DataFrame:
    """Geometric means over the points of each objective: kappa, and variances over the law's."""
    points = frames.points
    for estimate, kappa in LAWS.items():
        points[f"{estimate} / law"] = points[estimate] / (1 + points[kappa])
    shown = [*LAWS.values(), *(f"{one} / law" for one in LAWS), *(f"{one}, seen" for one in LAWS)]
    return geometric(points, shown).map(digits).reset_index()


def climbs(frames: PageFrames) -> pd.DataFrame:
    """A row per objective: the decades that each climb wins over the direct one, and its rate."""
    table = frames.climbs
    won = [
        f"{signed(Estimate(row['gain'], row['low'], row['high']), 2)} at {row['rate']:g}"
        if row["estimate"] != "direct"
        else f"{row['log10 regret']:.2f} at {row['rate']:g}"
        for row in table.to_dict("records")
    ]
    wide = table.assign(won=won).pivot_table("won", "objective", "estimate", aggfunc="first")
    wide = wide.reindex(index=table["objective"].unique(), columns=table["estimate"].unique())
    return wide.rename(columns={"direct": "direct: log10 regret"}).reset_index()
