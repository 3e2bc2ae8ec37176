"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import PageFrames
from blackbox.pages.estimate import column
from reports.generators.claims import with_pay


def searches(frames: PageFrames) -> pd.DataFrame:
    """A row per family and search."""
    return frames.searches.drop(columns="runs").round(2)


def trained(frames: PageFrames) -> pd.DataFrame:
    """A row per family, generator and budget."""
    table = with_pay(frames)
    for name in ("hit", "variety"):
        table[name] = column(table, name, 2)
    columns = ["family", "maker", "budget", "hit", "variety", "judged", "harsh", "pays"]
    return table[columns].round({"judged": 2, "harsh": 2, "pays": 0})
