"""Evidence that may be looked at after every seed, and the intervals that belong to it.

Someone who doubts that one strategy wins more often than another bets with us at even odds, seed
by seed. If he is right our stake grows to `x` with a probability of at most 1 in `x`, however
often we look and whenever we stop (Ville 1939; Ramdas et al., Game-theoretic statistics and safe
anytime-valid inference, 2023, doi 10.1214/23-STS894). The bets are on the sign of a paired
difference alone, so nothing is assumed of how bests are distributed; a seed in which both are
level is no bet.

`STAKES` says how the stake is split between bettors who expect other shares of won seeds. A
strategy that wins every seed must be told from chance as soon as any test could: so much is put on
that, that six seeds bring odds of 1 in 40. The rest is for those who win most of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from blackbox.results.statistics.large_numbers import mean, restored, shrinking

Floats = NDArray[np.float64]

# Part of the stake, and how far it expects the share of won seeds to lie from the doubted one to 1.
STAKES = ((0.45, 1.0), (0.35, 0.8), (0.12, 0.6), (0.08, 0.4))
LEVEL = 0.95
# Of the effects that the confidence sequence of a mean looks for, in standard deviations.
EFFECT = 1.0


def evidence(wins: ArrayLike, losses: ArrayLike, doubted: float = 0.5) -> Floats:
    """What a stake of 1 on winning has become after so many seeds were won and lost.

    The doubter says that no more than the share `doubted` is won, and pays the odds of that.

    >>> evidence([5, 6, 13, 10], [0, 0, 1, 10]).round(1).tolist()
    [22.7, 43.3, 171.2, 0.0]
    """
    with np.errstate(over="ignore", divide="ignore"):
        grown = [
            np.log(part) + xlogy(wins, 1 + way * (1 / doubted - 1)) + xlogy(losses, 1 - way)
            for part, way in STAKES
        ]
        return np.asarray(np.exp(np.logaddexp.reduce(grown, axis=0)))


def fewest(needed: float) -> int:
    """How many seeds, all of them won, bring so much evidence.

    >>> fewest(40)
    6
    """
    seeds = max(math.ceil(math.log2(needed)), 1)
    while evidence(seeds - 1, 0) >= needed:
        seeds -= 1
    return seeds


def sign_p(differences: Floats) -> float:
    """A two-sided p of paired `differences [n]`, true whenever one stops; NaN where they are alike.

    It is the inverse of the evidence of two bettors, one for each sign. Seeds that all say the same
    are one observation, however many they are: nothing is tested then.

    >>> sign_p(np.array([1.0, 2.0, 1.0, 3.0, 1.0, 0.5])) < 0.05
    True
    """
    if len(differences) < 2 or np.isnan(differences).any() or np.ptp(differences) == 0:
        return float("nan")
    above, below = int((differences > 0).sum()), int((differences < 0).sum())
    both = float(evidence(above, below) + evidence(below, above)) / 2
    return 1 / max(1.0, both)


def median_sequence(values: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The confidence sequence of the median of `values [n]`, whatever their law: order statistics.

    It holds all numbers against which the bets on their signs have not earned enough;
    (nan, nan) where too few seeds could earn it.

    >>> median_sequence(np.arange(6.0)), median_sequence(np.arange(5.0))
    ((0.0, 5.0), (nan, nan))
    """
    n, needed = len(values), 2 / (1 - level)
    losses = np.arange(n // 2 + 1)
    place = int((evidence(n - losses, losses) >= needed * (1 - 1e-12)).sum())
    if not n or place < 1 or np.isnan(values).any():
        return np.nan, np.nan
    ordered = np.sort(values)
    return float(ordered[place - 1]), float(ordered[n - place])


def mean_sequence(values: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The confidence sequence of the mean of `values [n]`, for normal ones of unknown variance.

    Bets on effects drawn from a normal law of `EFFECT` standard deviations (Lai 1976, doi
    10.1214/aos/1176343406; Wang and Ramdas, Anytime-valid t-tests, 2024, arXiv 2310.03722, equation
    18). No interval of a mean can be right for every law (Bahadur and Savage 1956, doi
    10.1214/aoms/1177728077): how often this one is right for others stands in
    `tests/campaigns/racing.md`. (nan, nan) of fewer than three, and where they tell no end.

    >>> low, high = mean_sequence(np.arange(10.0))
    >>> bool(low < 4.5 < high)
    True
    """
    n = len(values)
    if n < 3 or not np.isfinite(values).all():
        return np.nan, np.nan
    by = shrinking(values)
    ordered = np.sort(by * values)
    middle = float(mean(ordered))
    if ordered[0] == ordered[-1]:
        return restored(middle, by), restored(middle, by)
    spread = float(np.ptp(ordered))
    error = spread * float(np.std(ordered / spread, ddof=1)) / math.sqrt(n)
    grown = 1 + n * EFFECT**2
    ratio = (math.sqrt(grown) / (1 - level)) ** (2 / n)
    if ratio >= grown:
        return np.nan, np.nan
    reach = error * math.sqrt((n - 1) * (ratio - 1) / (1 - ratio / grown))
    return restored(middle - reach, by), restored(middle + reach, by)
