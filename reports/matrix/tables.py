"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import PageFrames
from blackbox.pages.estimate import digits
from reports.matrix.claims import BEST, gone, pooled

JUDGES = ("judged", "unanimous", "harsh")
HARDEST = 8


def together(frames: PageFrames) -> pd.DataFrame:
    """A row per search: shares over all ways and starts."""
    rows = [
        {
            "search": search,
            "ways": len(part),
            "runs": int(part["n"].sum()),
            "steps": f"{part['evaluations'].median():.0f}",
            "predicted P": f"{part['predicted'].mean():.3f}",
        }
        | {judge: digits(pooled(part, judge), 3) for judge in JUDGES}
        for search, part in gone(frames).groupby("search", sort=False)
    ]
    return pd.DataFrame(rows)


def hardest(frames: PageFrames) -> pd.DataFrame:
    """The ways on which the fewest arrive by the best search; the harsh judge breaks ties."""
    ways = gone(frames, BEST).sort_values(["judged", "harsh", "source", "target"])
    return ways.head(HARDEST)[["source", "target", "predicted", *JUDGES]].rename(
        columns={"source": "from", "target": "to", "predicted": "predicted P"}
    )
