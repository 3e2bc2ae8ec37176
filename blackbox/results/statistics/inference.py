"""How sure numbers are: of a number of seeds that was fixed beforehand, or of a race's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from blackbox.results.statistics.betting import mean_sequence, median_sequence, sign_p
from blackbox.results.statistics.intervals import (
    Floats,
    interval_note,
    mean_interval,
    mean_intervals,
    median_interval,
)
from blackbox.results.statistics.signed_ranks import two_sided_p

Interval = Callable[[Floats], tuple[float, float]]


@dataclass(frozen=True)
class Inference:
    """The test of paired differences, the intervals of a mean and a median, and what is noted."""

    p: Callable[[Floats], float]
    mean_interval: Interval
    median_interval: Interval
    note: Callable[[int], str]
    mean_intervals: Callable[[Sequence[Floats]], Floats]  # of several samples at once, `[2, k]`


def signed_rank_p(differences: Floats) -> float:
    """Wilcoxon's two-sided p of paired `differences [n]`; NaN where they do not vary.

    Zeros are dropped (Wilcoxon 1945, doi 10.2307/3001968). Seeds that all say the same are one
    observation, however many they are: nothing is tested then.
    """
    alike = len(differences) > 0 and bool((differences == differences[0]).all())
    if len(differences) < 2 or alike or np.isnan(differences).any():
        return float("nan")
    return two_sided_p(differences)


def raced_mean(values: Floats) -> tuple[float, float]:
    """The confidence sequence of a mean, of which no end lies nearer than of a fixed number.

    Where bests are skewed, the bootstrap of a fixed number of seeds may reach further.
    """
    (low, high), (least, most) = mean_sequence(values), mean_interval(values)
    return float(np.minimum(low, least)), float(np.maximum(high, most))


def raced_note(n: int) -> str:
    """What is to be said of intervals of `n` seeds where a race has chosen how many."""
    return f"{n} seeds of a race: confidence sequences, of means for normal bests"


def raced_means(samples: Sequence[Floats]) -> Floats:
    """The confidence sequences of several means, `[2, k]`."""
    ends: Floats = np.array([raced_mean(values) for values in samples]).reshape(-1, 2).T
    return ends


FIXED = Inference(signed_rank_p, mean_interval, median_interval, interval_note, mean_intervals)
# Right whenever one stops: looking after every round does not make them wrong.
RACED = Inference(sign_p, raced_mean, median_sequence, raced_note, raced_means)


def inference_of(recipe: Mapping[str, Any]) -> Inference:
    """That of a study of this recipe."""
    return RACED if "until_settled" in recipe else FIXED
