"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import PageFrames
from blackbox.pages.estimate import digits
from reports.blog.claims import most


def searches(frames: PageFrames) -> pd.DataFrame:
    """All searches, each where it is sure and where it ends; at the bottom from real sevens."""
    table = pd.concat([frames.searches, frames.real.assign(decoder="none, real 7s")])
    table = table.reset_index(drop=True).rename(columns={"digit": "judged"})
    table["variety"] = table.pop("apart") / frames.twos["apart"].item()
    for judge in ("judged", "unanimous", "harsh"):
        table[judge] = [digits(most(table.loc[[row]], judge), 3) for row in table.index]
    return table.round(3)
