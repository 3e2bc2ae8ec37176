"""The tables of the page."""

from __future__ import annotations

from itertools import product

import pandas as pd

from blackbox.pages import Estimate, PageFrames
from blackbox.pages.estimate import digits
from reports.shelf.claims import BUDGETS, among


def hidden(frames: PageFrames) -> pd.DataFrame:
    """Mean ranks where no gradient is offered."""
    return _wide(frames, 0, "new", "tuned")


def shown(frames: PageFrames) -> pd.DataFrame:
    """Mean ranks where gradients are."""
    return _wide(frames, 1, "new", "tuned")


def decoder(frames: PageFrames) -> pd.DataFrame:
    """Mean ranks on the one objective whose decoder can be searched through."""
    return _wide(frames, 1, "decoder")


def _wide(frames: PageFrames, gradients: int, *groups: str) -> pd.DataFrame:
    """A row per strategy, a column per group and budget; the best over all columns first."""
    columns, shares = {}, {}
    for problems, budget in product(groups, BUDGETS):
        rows = among(frames, problems, gradients, budget)
        cells = {name: digits(Estimate(r.rank, r.low, r.high), 1) for name, r in rows.items()}
        columns[f"{problems}, {budget} (of {len(rows)})"] = cells
        shares[problems, budget] = {name: row.rank / len(rows) for name, row in rows.items()}
    order = pd.DataFrame(shares).mean(axis=1).sort_values().index
    return pd.DataFrame(columns).loc[order].fillna("").rename_axis("strategy").reset_index()
