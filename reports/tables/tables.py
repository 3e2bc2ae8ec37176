"""The table of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import PageFrames
from reports.tables.claims import judged


def searches(frames: PageFrames) -> pd.DataFrame:
    """A row per question and search: what its runs paid, and what became of them."""
    cells = judged(frames).groupby(["table", "model", "near", "strategy"], sort=False)
    made = cells[["hits", "believed", "like_real"]].sum().rename(columns={"like_real": "like real"})
    made.insert(0, "units per hit", (cells["units"].sum() / made["hits"]).map("{:.1f}".format))
    made.insert(0, "runs", cells.size())
    made["judge misses by"] = cells["miss"].median().map("{:.2f}".format)
    return made.reset_index()
