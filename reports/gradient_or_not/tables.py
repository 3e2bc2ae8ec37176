"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import Estimate, PageFrames
from blackbox.pages.estimate import digits, signed


def leaders(frames: PageFrames) -> pd.DataFrame:
    """A row per landscape and budget: the best with a gradient, the best without."""
    table = frames.leaders
    ahead = map(Estimate, table["gap"], table["low"], table["high"])
    columns = {
        "landscape": table["landscape"],
        "budget": table["budget"].map("{:,}".format),
        "with gradient": table["shown"] + table["decades shown"].map(" {:.2f}".format),
        "without": table["hidden"] + table["decades hidden"].map(" {:.2f}".format),
        "decades ahead": [signed(gap, 2) for gap in ahead],
    }
    return pd.DataFrame(columns)


def flips(frames: PageFrames) -> pd.DataFrame:
    """A row per landscape, budget and pair: who leads at no price, and up to which price."""
    table = frames.flips
    prices = [digits(price, 2) if price == price else "no price" for price in table["break_even"]]
    ends = table["low"].map("[{:.3g}, ".format) + table["high"].map("{:.3g}]".format)
    columns = {
        "landscape": table["landscape"],
        "budget": table["budget"].map("{:,}".format),
        "pair": table["first"] + ", " + table["second"],
        "ahead at first": table["ahead_cheap"].fillna("neither"),
        "up to": prices,
        "interval": ends.mask(table["solved"] == 1, "both solved it"),
    }
    return pd.DataFrame(columns)
