"""Two forms of the law, fitted to true gains, and how well they foretell others."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BY = ["problem", "draw", "width"]
LOG, SQUARE = "d(a - b log d)", "d(a - b d)"
FORMS: Mapping[str, Callable[[Floats], Floats]] = {
    LOG: lambda d: np.column_stack([d, -d * np.log(np.where(d > 0, d, 1))]),
    SQUARE: lambda d: np.column_stack([d, -d * d]),
}


def fitted(form: str, distance: Floats, gain: Floats) -> Floats:
    """The form's a and b by least squares, `[2]` or `[2, k]`, of gains `[n]` or `[n, k]`."""
    return np.asarray(np.linalg.lstsq(FORMS[form](distance), gain, rcond=None)[0])


def turn(form: str, weights: Floats) -> Floats:
    """The distances `[k]` at which fitted forms have their tops; none where one rises for ever."""
    a, b = weights
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        top = np.exp(a / b - 1) if form == LOG else a / (2 * b)
    return np.where(b > 0, top, np.inf)


def halves(gains: pd.DataFrame) -> tuple[pd.Index, Floats, Floats, Floats]:
    """The scorers, the distances, and what either half of the starts has gained, `[n, k]` each."""
    wide = gains.pivot_table("true", BY, ["half", "distance"], sort=False)
    d = wide[0].columns.to_numpy(float)
    return wide.index, d, wide[0].to_numpy().T, wide[1].to_numpy().T


def foretold(gains: pd.DataFrame) -> pd.DataFrame:
    """A row per scorer, form and part of the distance: squared errors, and those of a flat line.

    Fitted to one half of the starts and asked about the other: `near` and `far` by a fit to the
    nearer half of the distance, `whole` by one to all of it. `turn` is the top of the fitted form.
    """
    scorers, d, first, other = halves(gains)
    is_near = d <= d.max() / 2
    asked = {"near": is_near, "far": ~is_near, "whole": d >= 0}
    tables = []
    for form in FORMS:
        for part, at in asked.items():
            learned = at if part == "whole" else is_near
            weights = fitted(form, d[learned], first[learned])
            missed = other[at] - FORMS[form](d[at]) @ weights
            table = pd.DataFrame({"form": form, "part": part}, index=scorers)
            numbers = {"error": (missed**2).sum(axis=0), "flat": spread(other[at])}
            tables.append(table.assign(turn=turn(form, weights), **numbers))
    return pd.concat(tables).reset_index()


def spread(gain: Floats) -> Floats:
    """The squared errors `[k]` of a flat line through each of `[n, k]`."""
    return np.asarray(((gain - gain.mean(axis=0)) ** 2).sum(axis=0))


def explained(fits: pd.DataFrame) -> pd.Series:
    """R² over all scorers of a problem, by problem, form and part; 0 is what flat lines have."""
    sums = fits.groupby(["problem", "form", "part"], sort=False)[["error", "flat"]].sum()
    return 1 - sums["error"] / sums["flat"]


def repeated(gains: pd.DataFrame) -> pd.Series:
    """R² by problem of one half of the starts as foretold by what the other has gained."""
    scorers, _, first, other = halves(gains)
    numbers = {"error": ((other - first) ** 2).sum(axis=0), "flat": spread(other)}
    sums = pd.DataFrame(numbers, index=scorers).groupby("problem").sum()
    return 1 - sums["error"] / sums["flat"]


def turns(gains: pd.DataFrame) -> pd.DataFrame:
    """By scorer where the mean true gain of all starts is highest, and what it is there."""
    mean = gains.groupby([*BY, "distance"], sort=False, as_index=False)[["promised", "true"]].mean()
    return mean.loc[mean.groupby(BY, sort=False)["true"].idxmax()].reset_index(drop=True)


def by_error(tops: pd.DataFrame, scorers: pd.DataFrame) -> pd.Series:
    """R² by problem of turning points that a line over log held-out error foretells.

    The line is that of the other draws' scorers; a flat line through the turning points has 0.
    """
    squares = {}
    for problem, rows in tops.merge(scorers, on=BY).groupby("problem", sort=False):
        missed = []
        for draw in rows["draw"].unique():
            others, ours = rows[rows["draw"] != draw], rows[rows["draw"] == draw]
            line = np.polyfit(np.log(others["error"]), others["distance"], 1)
            missed.extend(ours["distance"] - np.polyval(line, np.log(ours["error"])))
        spread = rows["distance"] - rows["distance"].mean()
        squares[problem] = 1 - np.square(missed).sum() / np.square(spread).sum()
    return pd.Series(squares)
