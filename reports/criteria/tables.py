"""The table of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import PageFrames
from reports.thickness.tables import with_ends


def all_points(frames: PageFrames) -> pd.DataFrame:
    """A row per search and weight."""
    points = frames.points
    table = pd.DataFrame({"search": points["search"], "share": points["share"].map("{:g}".format)})
    table["promised px"] = points["promised_px"].map("{:.2f}".format)
    table["promised log P(7)"] = points["promised_nats"].map("{:.4f}".format)
    return table.join(with_ends(points))
