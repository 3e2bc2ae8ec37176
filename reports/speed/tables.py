"""The tables of the page."""

from __future__ import annotations

import pandas as pd

from blackbox.pages import Estimate, PageFrames
from blackbox.pages.estimate import digits
from reports.speed.claims import medians
from tests.benchmarks.quality import paired


def steps(frames: PageFrames) -> pd.DataFrame:
    """Milliseconds of a step, on the points of a run and on quasi-random ones."""
    tables = {points: 1000 * medians(frames, points) for points in ("run", "quasi-random")}
    wide = pd.concat(tables, names=["points"]).map("{:,.0f}".format)
    return wide.rename(columns=lambda n: f"n = {n}").reset_index()


def quality(frames: PageFrames) -> pd.DataFrame:
    """Ours against the peer's, paired by seed."""
    pairs = paired(frames.quality)
    medians = pairs["median_ours"].map(digits), pairs["median_peer"].map(digits)
    ratios = map(Estimate, pairs["ratio"], pairs["ratio_low"], pairs["ratio_high"])
    shown = pairs[["objective", "evaluations", "strategy", "better", "worse"]]
    return shown.assign(
        **{"regret": medians[0], "the loop's": medians[1]},
        ratio=[digits(ratio, 2) for ratio in ratios],
        p=pairs["p"].map(digits),
    )


def conditions(frames: PageFrames) -> pd.DataFrame:
    """What else the machine did, and versions."""
    return frames.conditions
