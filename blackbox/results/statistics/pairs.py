"""Strategies against a baseline, seed by seed: both began at the same starts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.statistics.equivalence import probabilities
from blackbox.results.statistics.failed_runs import as_worst, n_ok, ran_everywhere
from blackbox.results.statistics.inference import FIXED, Inference, signed_rank_p
from blackbox.results.statistics.intervals import Floats, interval_note, stratified_band
from blackbox.results.statistics.large_numbers import mean, restored, shrinking
from blackbox.results.statistics.normalisation import normalised_runs
from blackbox.results.statistics.targets import ends_of_the_way

ROPE = 0.01  # of the way from the start to the best known
COLUMNS = (
    "strategy",
    "baseline",
    "n_ok",
    "difference",
    "low",
    "high",
    "wins",
    "ties",
    "losses",
    "p_improvement",
    "p_improvement_unpaired",
    "p",
    "p_holm",
    "rope",
    "p_better",
    "p_equivalent",
    "p_worse",
    "note",
    "interval",
)


def probability_of_improvement(x: Floats, y: Floats) -> float:
    """The share of all pairs of a run of `x [n]` and one of `y [m]` where x is better; ties half.

    Mann-Whitney's U / (n m), as in rliable: it knows nothing of seeds. NaN is worse than any score.

    >>> probability_of_improvement(np.array([1.0, 3.0]), np.array([0.0, 3.0]))
    0.625
    """
    # By hand: scipy's mannwhitneyu makes a p value as well, in sixty times the time.
    x, y = (np.where(np.isnan(best), -np.inf, best) for best in (x, y))
    ordered = np.sort(y)
    beaten = np.searchsorted(ordered, x, side="left") + np.searchsorted(ordered, x, side="right")
    return float(beaten.sum() / (2 * len(x) * len(y)))


def holm(p: Floats) -> Floats:
    """P values `[m]` adjusted for being m: Holm 1979, jstor 4615733. NaN is no test and stays NaN.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03]))
    array([0.03, 0.06,  nan, 0.06])
    """
    # By hand: scipy has no Holm (false_discovery_control is Benjamini's), and statsmodels is large.
    order = np.argsort(p)[: np.isfinite(p).sum()]
    adjusted = np.full(len(p), np.nan)
    steps = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def paired(
    runs: pd.DataFrame, baseline: str, rope: float | None = None, inference: Inference = FIXED
) -> pd.DataFrame:
    """One row per objective and strategy: its best minus the baseline's, over seeds.

    `difference` is the mean with its 95 % interval; `interval` says where few seeds allow no sound
    one. `wins`, `ties` and `losses` count seeds; `p_improvement` is (wins + ties / 2) / seeds,
    `p_improvement_unpaired` rliable's (Mann-Whitney's over all pairs of runs). `p` is Wilcoxon's
    signed-rank test, `p_holm` adjusted for its family: all tests of the table, every objective and
    strategy against the one baseline. `p_better`, `p_equivalent` and `p_worse` are those of the
    Bayesian signed-rank test (see `equivalence.py`), that differ by more than `rope`: yours in
    units of the score, or 1 % of the way from the objective's mean start to its best known. Seeds
    that all differ by the same are not tested, and `note` says so. Seeds are those that both have
    run; `n_ok` counts them, and those where both runs ended well (the others count as the worst).
    Of raced seeds (`inference`) `p` is that of bets on who wins, and intervals are confidence
    sequences; the Bayesian test takes their number as given. Raises ValueError for a baseline that
    did not run.
    """
    counted, rows = _checked(as_worst(runs), baseline), []
    ropes = _ropes(runs, rope)
    for objective, group in counted.groupby("objective", sort=False):
        cells = dict(iter(group.groupby("strategy", sort=False)))
        if baseline not in cells:
            continue
        other = cells.pop(baseline)[["seed", "best", "ok"]]
        for strategy, cell in cells.items():
            x, y = paired_by_seed(cell, other, "best")
            both = n_ok(np.logical_and(*paired_by_seed(cell, other, "ok")))
            by = shrinking(x, y)
            d = by * x - by * y
            region = (ropes[objective], *probabilities(d, by * ropes[objective]))
            test = (inference.p(d), *region, _note(d, "seed"), inference.note(len(d)))
            compared = (*mean_difference(d, by, inference), *_counts(x, y), *_shares(x, y), *test)
            rows.append((objective, strategy, baseline, both, *compared))
    return _table(rows, ["objective", *COLUMNS])


def paired_over_objectives(
    runs: pd.DataFrame, baseline: str, rope: float = 1.0, seed: int = 0
) -> pd.DataFrame:
    """One row per strategy: its normalised scores minus the baseline's, over all objectives.

    As `paired`, of strategies that ran on every objective and of objectives with a scale of 0 to
    100 (see `aggregate`). `difference` is the mean over objectives, its interval draws pairs
    within each; the probabilities are means over objectives. Seeds of one objective are
    no replicates of the study: `p` tests the objectives' mean differences (Demsar 2006, JMLR 7),
    as do the Bayesian probabilities, with a `rope` in points.
    """
    counted, rows = _checked(as_worst(runs), baseline), []
    names, problem = ran_everywhere(counted), ["objective", "seed", "strategy"]
    score = normalised_runs(counted, runs).set_index(problem)["score"].unstack()  # noqa: PD010
    ok = counted.set_index(problem)["ok"].unstack()  # noqa: PD010
    for strategy in names if baseline in names and len(score) else []:
        if strategy == baseline:
            continue
        pairs = score[[strategy, baseline]].dropna().groupby("objective")
        cells = [part.to_numpy().T for _, part in pairs]
        both = n_ok(ok[[strategy, baseline]].dropna().all(axis=1))
        compared = _over(cells, rope, seed)
        rows.append((strategy, baseline, both, len(cells), *compared))
    return _table(rows, [*COLUMNS[:3], "n_objectives", *COLUMNS[3:]])


def _over(cells: Sequence[Floats], rope: float, seed: int) -> tuple[object, ...]:
    """What is told of pairs of normalised scores, `[2, n]` of each objective."""
    by = min((shrinking(x, y) for x, y in cells), default=1.0)
    d = np.array([mean(np.sort(by * x - by * y)) for x, y in cells])
    if not len(d):
        nothing = (np.nan,) * 3
        untested = (*nothing, rope, *nothing, _note(d, "objective"), interval_note(0))
        return (*nothing, 0, 0, 0, *untested)
    ends = stratified_band([(by * x - by * y)[:, None] for x, y in cells], seed=seed)
    low, high = (float(end[0]) for end in ends)
    in_units = (restored(number, by) for number in (float(mean(d)), low, high))
    counts = np.sum([_counts(x, y) for x, y in cells], axis=0)
    shares = np.mean([_shares(x, y) for x, y in cells], axis=0)
    fewest = interval_note(min(len(x) for x, _ in cells))
    test = (signed_rank_p(d), rope, *probabilities(d, by * rope), _note(d, "objective"), fewest)
    return (*in_units, *counts, *shares, *test)


def _ropes(runs: pd.DataFrame, rope: float | None) -> dict[Hashable, float]:
    """How far two bests may lie apart and be practically the same, by objective."""
    ends = ends_of_the_way(runs)
    by = shrinking(ends["best_known"], ends["start"])
    way = restored(ROPE * (by * ends["best_known"] - by * ends["start"]), by)
    widths = way.fillna(0.0).clip(lower=0.0) if rope is None else way * 0 + rope
    return dict(zip(ends["objective"], widths.fillna(rope or 0.0), strict=True))


def paired_by_seed(
    one: pd.DataFrame, other: pd.DataFrame, column: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """A column of the runs of two cells, both `[n]`, at the seeds that both have, in order."""
    _, here, there = np.intersect1d(one["seed"], other["seed"], return_indices=True)
    return one[column].to_numpy()[here], other[column].to_numpy()[there]


def mean_difference(
    d: Floats, by: float, inference: Inference = FIXED
) -> tuple[float, float, float]:
    """The mean of differences `[n]` that were shrunk `by` so much, and its 95 % interval."""
    if not len(d):
        return np.nan, np.nan, np.nan
    low, high = inference.mean_interval(d)
    middle = float(mean(np.sort(d)))
    return restored(middle, by), restored(low, by), restored(high, by)


def _counts(x: Floats, y: Floats) -> tuple[int, int, int]:
    """Wins, ties and losses of x."""
    return int((x > y).sum()), int((x == y).sum()), int((x < y).sum())


def _shares(x: Floats, y: Floats) -> tuple[float, float]:
    """The probability of improvement, of pairs by seed and of all pairs."""
    wins, ties, _ = _counts(x, y)
    if not len(x):
        return np.nan, np.nan
    return (wins + ties / 2) / len(x), probability_of_improvement(x, y)


def _note(differences: Floats, unit: str) -> str:
    if not len(differences):
        return f"no {unit} that both have: not tested"
    if np.isnan(differences).any():
        return "no valid score: not tested"
    if len(differences) < 2:
        return f"one {unit}: not tested"
    return f"the same in every {unit}: not tested" if _all_alike(differences) else ""


def _all_alike(differences: Floats) -> bool:
    return bool((differences == differences[0]).all())


def _table(rows: Sequence[tuple[object, ...]], columns: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[name for name in columns if name != "p_holm"])
    table.insert(columns.index("p_holm"), "p_holm", holm(table["p"].to_numpy(float)))
    return table


def _checked(counted: pd.DataFrame, baseline: str) -> pd.DataFrame:
    strategies = list(dict.fromkeys(counted["strategy"]))
    if baseline not in strategies:
        raise ValueError(f"the baseline {baseline!r} did not run; there are {strategies}")
    return counted
