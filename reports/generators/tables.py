"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import Estimate, PageFrames
from blackbox.pages.estimate import digits
from reports.generators.claims import with_pay


def searches(frames: PageFrames) -> pd.DataFrame:
    """A row per family and search."""
    return frames.searches.drop(columns="runs").round(2)


def trained(frames: PageFrames) -> pd.DataFrame:
    """A row per family, generator and budget."""
    table = with_pay(frames)
    for name in ("hit", "variety"):
        ends = table[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)
        table[name] = [digits(Estimate(*row), 2) for row in ends]
    columns = ["family", "maker", "budget", "hit", "variety", "judged", "harsh", "pays"]
    return table[columns].round({"judged": 2, "harsh": 2, "pays": 0})
