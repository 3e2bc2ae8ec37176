"""The table of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import PageFrames
from blackbox.pages.estimate import column

SHOWN = (20, 50)  # steps: where the first digits are lost, and the end
TITLES = {
    "gain": "true gain in px [95 %]",
    "seen": "its digit to all classifiers [95 %]",
    "kept": "and measures like a real one [95 %]",
    "harsh": "and no detector objects [95 %]",
}


def searches(frames: PageFrames) -> pd.DataFrame:
    """A row per search and number of steps."""
    points = frames.points[frames.points["steps"].isin(SHOWN)].reset_index(drop=True)
    return points[["asked", "reads", "guard", "steps"]].join(with_ends(points))


def with_ends(points: pd.DataFrame) -> pd.DataFrame:
    """What became of the starts of each point, with intervals."""
    return pd.DataFrame({title: column(points, name, 2) for name, title in TITLES.items()})
