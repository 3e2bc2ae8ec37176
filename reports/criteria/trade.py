"""What the sweep commands: hypervolumes, the boldest sevens, and what lies in dents."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.statistics.intervals import mean_interval
from reports.criteria.sweep import DRAWN, RIVALS, SEARCHES
from reports.pages import wilson

Floats = NDArray[np.float64]
CORNER = (0.0, float(np.log(0.5)))  # no gain, and as likely as not a seven
SIDES = {"promised": ("promised_gain", "promised"), "true": ("true_gain", "true")}
# Neither surely a seven nor surely none, in nats.
BETWEEN = (float(np.log(0.05)), float(np.log(0.95)))


def volume(gain: Floats, belief: Floats) -> float:
    """The area between `CORNER` and points `[n]`, in px times nats.

    >>> round(volume(np.array([1.0, 2.0]), np.log([1.0, 0.75])), 3)
    1.099
    """
    inside = (gain > CORNER[0]) & (belief > CORNER[1])
    order = np.argsort(-gain[inside], kind="stable")
    right = gain[inside][order] - CORNER[0]
    high = np.maximum.accumulate(belief[inside][order] - CORNER[1])
    return float(((right - np.append(right[1:], 0.0)) * high).sum())


def beaten(points: Floats, by: Floats) -> NDArray[np.bool_]:
    """Which of `points [n, 2]` some of `by [m, 2]` is as good as in both, and better in one."""
    weakly = (by[:, None] >= points).all(axis=2)
    return np.asarray((weakly & (by[:, None] > points).any(axis=2)).any(axis=0))


def under_chords(points: Floats, ends: Floats) -> NDArray[np.bool_]:
    """Which of `points [n, 2]` lie under a straight line between two of `ends [m, 2]`.

    A weighted sum prefers one of the two ends to such a point, whatever the weights.

    >>> ends = np.array([[0.0, 1.0], [2.0, 0.0]])
    >>> under_chords(np.array([[1.0, 0.2], [1.0, 0.8]]), ends).tolist()
    [True, False]
    """
    under = np.zeros(len(points), bool)
    for left in ends:
        for right in ends[ends[:, 0] > left[0]]:
            within = (points[:, 0] >= left[0]) & (points[:, 0] <= right[0])
            line = np.interp(points[:, 0], [left[0], right[0]], [left[1], right[1]])
            under |= within & (points[:, 1] < line)
    return under


def points(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per setting, search and weight: means over seeds with 95 % intervals.

    `front`: no other search or weight of the setting is truly bolder and truly more of a seven.
    """
    rows = []
    for key, cell in runs.groupby(["setting", "search", "share"], sort=False):
        row = {**dict(zip(("setting", "search", "share"), key, strict=True)), "n": len(cell)}
        row |= {"promised_gain": cell["promised_gain"].mean(), "promised": cell["promised"].mean()}
        for name in ("true_gain", "true"):
            row |= _with_ends(name, cell[name].mean(), mean_interval(cell[name].to_numpy()))
        for name in ("kept", "harsh"):
            share, *ends = wilson(cell[name])
            row |= _with_ends(name, share, (ends[0], ends[1]))
        rows.append(row)
    table = pd.DataFrame(rows)
    front = [~beaten(gains, gains) for gains in _each(table, "setting", SIDES["true"])]
    return table.assign(front=np.concatenate(front))


def volumes(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per setting and search: hypervolumes and boldest sevens, means over seeds.

    `ahead` is the true hypervolume less that of random draws, by seed, and `rival` that of a climb
    less that of its rival without a gradient. `alike` is the mean cosine between what two seeds
    have found.
    """
    rows = []
    for (setting, search), group in runs.groupby(["setting", "search"], sort=False):
        row = {"setting": setting, "search": search, "seeds": group["seed"].nunique()}
        for name, side in SIDES.items():
            row |= _mean(name, by_seed(group, side))
        for name, other in (("ahead", DRAWN), ("rival", RIVALS.get(str(search), ""))):
            theirs = runs[(runs["setting"] == setting) & (runs["search"] == other)]
            if len(theirs) and other != search:
                row |= _mean(name, by_seed(group, SIDES["true"]) - by_seed(theirs, SIDES["true"]))
        for judge in ("kept", "harsh"):
            bold = group["true_gain"].where(group[judge] == 1, 0.0).clip(lower=0.0)
            row |= _mean(f"bold_{judge}", bold.groupby(group["seed"]).max())
        points_of = (np.stack(list(cell["z"])) for _, cell in group.groupby("share"))
        row["alike"] = np.mean([_alike(points) for points in points_of])
        rows.append(row)
    return pd.DataFrame(rows)


def dents(sums: pd.DataFrame, worst: pd.DataFrame, units: int) -> pd.DataFrame:
    """One row per search: what the worse of two finds that the sums of the same seed do not.

    Each of its results is either beaten by one of the sums' results, or in a dent, under a straight
    line between two of them, or else beyond them. `between` counts results by seed that are neither
    surely a seven nor surely none, and that no other result of the same seed beats; `units` are
    those of each weight.
    """
    rows = []
    for search in [name for name in SEARCHES if name in set(worst["search"])]:
        one, two = (runs[runs["search"] == search] for runs in (sums, worst))
        row: dict[str, object] = {"search": search, "units": units, "results": len(two)}
        for name, side in SIDES.items():
            lost, under = [], []
            for first, new in zip(_each(one, "seed", side), _each(two, "seed", side), strict=True):
                lost.append(beaten(new, first))
                under.append(under_chords(new, first) & ~lost[-1])
            row |= {f"{name}_beaten": np.concatenate(lost).mean()}
            row |= {f"{name}_dent": np.concatenate(under).mean()}
            row |= _mean(f"{name}_ahead", by_seed(two, side) - by_seed(one, side))
        row |= {"between_sums": _between(one), "between_worst": _between(two)}
        rows.append(row)
    return pd.DataFrame(rows)


def by_seed(runs: pd.DataFrame, side: tuple[str, str]) -> pd.Series:
    """The hypervolume of each seed's results over all weights, in px times nats."""
    volumes = {
        seed: volume(*group[list(side)].to_numpy().T)
        for seed, group in runs.groupby("seed", sort=True)
    }
    return pd.Series(volumes)


def _between(runs: pd.DataFrame) -> float:
    """Per seed, of the promises."""
    counts = []
    for gains in _each(runs, "seed", SIDES["promised"]):
        front = np.unique(gains[~beaten(gains, gains)], axis=0)
        counts.append(((front[:, 1] > BETWEEN[0]) & (front[:, 1] < BETWEEN[1])).sum())
    return float(np.mean(counts))


def _each(runs: pd.DataFrame, by: str, side: tuple[str, str]) -> list[Floats]:
    return [group[list(side)].to_numpy(float) for _, group in runs.groupby(by, sort=False)]


def _alike(z: Floats) -> float:
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    return float((unit @ unit.T)[np.triu_indices(len(z), 1)].mean()) if len(z) > 1 else np.nan


def _mean(name: str, values: pd.Series) -> dict[str, float]:
    return _with_ends(name, values.mean(), mean_interval(values.to_numpy(float)))


def _with_ends(name: str, mean: float, ends: tuple[float, float]) -> dict[str, float]:
    return {name: mean, f"{name}_low": ends[0], f"{name}_high": ends[1]}
