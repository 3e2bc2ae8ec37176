"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import PageFrames, mean, share
from blackbox.pages.estimate import digits
from reports.super_resolution.figures import ROWS

JUDGES = {"feasible": "shrinks right", "digit": "judged", "harsh": "harsh"}


def ends(frames: PageFrames) -> pd.DataFrame:
    """A row per decoder, and what needs no search: shares, and decibels to the hidden picture."""
    rows = []
    for what, cell in frames.ends[frames.ends["what"] != "hidden"].groupby("what", sort=False):
        row = {"picture": ROWS.get(str(what), what), "error": f"{cell['error'].mean():.2g}"}
        row |= {name: digits(share(cell[j]), 2) for j, name in JUDGES.items()}
        rows.append(row | {"dB": digits(mean(cell["psnr"]), 1)})
    return pd.DataFrame(rows)


def costs(frames: PageFrames) -> pd.DataFrame:
    """The mean error of each search at each cost."""
    return frames.costs.pivot_table("error", "search", "units").reset_index().rename(columns=str)
