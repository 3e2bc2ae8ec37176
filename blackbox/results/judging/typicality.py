"""How typical the latent points are that runs found: their norms against those of prior draws."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from blackbox.late import stats
from blackbox.results.statistics.failed_runs import RUN
from blackbox.results.statistics.intervals import Floats

TYPICAL_SHARE = 0.99  # of prior draws: fewer than one in a hundred lies outside


def shell_score(norm: Floats, dim: int) -> Floats:
    """How many standard deviations norms `[n]` lie from the mean norm of `dim` normal numbers.

    The norm follows the chi law, whose standard deviation is about 0.7.

    >>> shell_score(np.array([4.0, 15.4]), dim=20).round(1)
    array([-0.6, 15.6])
    """
    mean, sd = _mean_and_sd(dim)
    score: Floats = (np.asarray(norm, float) - mean) / sd
    return score


def typical_norms(dim: int, share: float = TYPICAL_SHARE) -> Floats:
    """The ends `[2]` of the central `share` of the norms of `dim` normal numbers: the chi law.

    >>> typical_norms(dim=16).round(2)
    array([2.27, 5.85])
    """
    return np.array(_ends(dim, share))


def typicality(paths: pd.DataFrame) -> pd.DataFrame:
    """One row per run: the score of its best, and how typical its latent point is of the prior."""
    best = paths[paths["best"].astype(bool)]
    table = best[[*RUN, "score", "dim", "z_norm", "shell_score", "off_prior"]]
    table = table.assign(log_prior_per_dim=best["log_prior"] / best["dim"])
    return table.reset_index(drop=True)


@cache  # asked for each row of a path, and a frozen law takes a fifth of a millisecond
def _mean_and_sd(dim: int) -> tuple[float, float]:
    law = stats.chi(dim)
    return float(law.mean()), float(law.std())


@cache
def _ends(dim: int, share: float) -> tuple[float, float]:
    low, high = stats.chi(dim).interval(share)
    return float(low), float(high)
