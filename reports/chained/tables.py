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
    gains = map(Estimate, table["gain"], table["low"], table["high"])
    won = pd.Series([signed(gain, 2) for gain in gains])
    direct = table["log10 regret"].map("{:.2f}".format)
    table["won"] = won.mask(table["estimate"] == "direct", direct)
    table["won"] += table["rate"].map(" at {:g}".format)
    wide = table.pivot_table("won", "objective", "estimate", aggfunc="first", sort=False)
    return wide.rename(columns={"direct": "direct: log10 regret"}).reset_index()
