"""Gain against digit kept: a point for each search, the front, its hypervolume, and the choice."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.statistics.intervals import mean_interval
from reports.pages import wilson

Floats = NDArray[np.float64]
POINT = ["wanted", "reads", "guard", "steps"]
GAIN, KEPT = 1.7, 0.97  # the goal
LEAST_KEPT = 0.9  # the corner from which hypervolumes are measured, with no gain
RESAMPLES = 1000


def points(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per search and number of steps: gain and digit kept with 95 % intervals, judges."""
    rows = []
    for point, cell in runs.groupby(POINT, sort=False):
        low, high = mean_interval(cell["gain"].to_numpy(float))
        share_kept, least, most = wilson(cell["kept"])
        rows.append(
            {
                **dict(zip(POINT, point, strict=True)),
                "n": len(cell),
                "units": cell["units"].iloc[0],
                "gain": cell["gain"].mean(),
                "gain_low": low,
                "gain_high": high,
                "kept": share_kept,
                "kept_low": least,
                "kept_high": most,
                "unanimous": cell["judge_unanimous"].mean(),
                "harsh": cell["judge_harsh"].mean(),
                "style": cell["judge_style"].mean(),
                "shell_score": cell["shell_score"].mean(),
                "refused": cell["refused"].mean(),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(front=on_front(table["gain"].to_numpy(), table["kept"].to_numpy()))


def on_front(gain: Floats, digit_kept: Floats) -> NDArray[np.bool_]:
    """Which points no other beats in both."""
    better = (gain[:, None] >= gain) & (digit_kept[:, None] >= digit_kept)
    better &= (gain[:, None] > gain) | (digit_kept[:, None] > digit_kept)
    return np.asarray(~better.any(axis=0))


def volume(gain: Floats, digit_kept: Floats) -> float:
    """The area between the corner (0 px, 0.9 kept) and points `[g]`, in px.

    >>> round(volume(np.array([1.0, 2.0]), np.array([1.0, 0.95])), 3)
    0.15
    """
    order = np.argsort(-gain, kind="stable")
    high = np.maximum.accumulate(np.maximum(digit_kept[order] - LEAST_KEPT, 0.0))
    right = np.maximum(gain[order], 0.0)
    return float(((right - np.append(right[1:], 0.0)) * high).sum())


def volumes(runs: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The hypervolume of all points that have the same `by`, with a bootstrap interval over runs.

    The runs of one objective are resampled together: they have the same starts.
    """
    rows = []
    for key, part in runs.groupby(by, sort=False):
        resampled, means = [], []
        for nth, (_, block) in enumerate(part.groupby(["wanted", "reads"], sort=False)):
            wide = block.pivot_table(
                index=["objective", "seed"], columns=["guard", "steps"], values=["gain", "kept"]
            )
            values = wide[["gain", "kept"]].to_numpy(float)
            rng, n = np.random.default_rng([0, nth]), len(values)
            resampled.append(values[rng.integers(n, size=(RESAMPLES, n))].mean(axis=1))
            means.append(values.mean(axis=0))
        drawn = np.array([_volume(means) for means in zip(*resampled, strict=True)])
        low, high = np.quantile(drawn, [0.025, 0.975])
        cell_key = dict(zip(by, key, strict=True))
        rows.append({**cell_key, "hypervolume": _volume(means), "low": low, "high": high})
    return pd.DataFrame(rows).sort_values("hypervolume", ascending=False, ignore_index=True)


def _volume(blocks: list[Floats] | tuple[Floats, ...]) -> float:
    """Of means by block, the first half of each the gains, the second what was kept."""
    halves = [np.split(np.asarray(block), 2) for block in blocks]
    return volume(*(np.concatenate(part) for part in zip(*halves, strict=True)))


def chosen(table: pd.DataFrame) -> pd.Series:
    """Of the climbs that gain enough the one that keeps most digits, then the one that gains most.

    Where none gains enough, the one that gains most.
    """
    climbs = table[table["reads"] != "truth"]
    enough = climbs[climbs["gain"] >= GAIN]
    if not len(enough):
        return climbs.sort_values("gain", kind="stable").iloc[-1]
    return enough.sort_values(["kept", "gain"], kind="stable").iloc[-1]
