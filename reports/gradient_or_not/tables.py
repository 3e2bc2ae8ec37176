"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import Estimate, PageFrames
from blackbox.pages.estimate import digits, signed


def leaders(frames: PageFrames) -> pd.DataFrame:
    """A row per landscape and budget: the best with a gradient, the best without."""
    rows = [
        {
            "landscape": row["landscape"],
            "budget": f"{row['budget']:,}",
            "with gradient": f"{row['shown']} {row['decades shown']:.2f}",
            "without": f"{row['hidden']} {row['decades hidden']:.2f}",
            "decades ahead": signed(Estimate(row["gap"], row["low"], row["high"]), 2),
        }
        for row in frames.leaders.to_dict("records")
    ]
    return pd.DataFrame(rows)


def flips(frames: PageFrames) -> pd.DataFrame:
    """A row per landscape, budget and pair: who leads at no price, and up to which price."""
    rows = []
    for row in frames.flips.to_dict("records"):
        cells = {"landscape": row["landscape"], "budget": f"{row['budget']:,}"}
        cells |= {"pair": f"{row['first']}, {row['second']}"}
        price = "no price" if pd.isna(row["break_even"]) else digits(row["break_even"], 2)
        cells |= {"ahead at first": row["ahead_cheap"] or "neither", "up to": price}
        ends = "both solved it" if row["solved"] else f"[{row['low']:.3g}, {row['high']:.3g}]"
        rows.append(cells | {"interval": ends})
    return pd.DataFrame(rows)
