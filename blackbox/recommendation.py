"""Which search to take: what fared well on stored problems that look like this one.

By nearest problems, weighted by a kernel of their features, as instance-based algorithm selection
does (L. Kotthoff: Algorithm selection for combinatorial search problems, a survey, 2016,
doi:10.1007/978-3-319-50137-6_7). The stored ranks are those of `tests/campaigns/portfolio.md`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blackbox import registry
from blackbox.carry_out import compare
from blackbox.errors import StudyError
from blackbox.late import stats
from blackbox.protocol import Capability
from blackbox.scoring.objective import Objective
from blackbox.strategies.composed.portfolio import has_steps

TABLE = Path(__file__).with_suffix(".csv")
# What is compared of two problems, and how far apart two values are that count as unlike.
FEATURES = {
    "log2_d": 1.5,
    "ties": 0.3,  # share of the scores that another one equals
    "invalid": 0.3,  # share of the points without a score
    "skew": 0.7,  # of the scores, by deciles: below 0 where the bad ones spread
    "neighbours": 0.7,  # rank correlation of a point's score with that of its nearest
    "has_noise": 0.3,
    "has_limits": 0.3,
    "has_choices": 0.3,
}
PROBES, LARGEST_SHARE = 20, 0.25  # at most so many scores, and so much of the budget
# A difference to the next one of less than so many standard errors is no reason to choose.
SURE, LIKELY = 1.64, 0.67


@dataclass(frozen=True, eq=False)
class Recommendation:
    """The ranking that is expected of searches at a budget, and why.

    `frame` has a row for each: `strategy`, its `expected_rank` (1 is best), the standard `error` of
    that, in how large a share of what is alike it was `first`, `why` in words, and how sure it is
    that it stands before the next one, as `confidence`. `spent` scores were paid for.
    """

    frame: pd.DataFrame
    objective: str
    budget: float
    spent: int
    features: Mapping[str, float] = field(repr=False)
    note: str = field(default="", repr=False)

    @property
    def best(self) -> str:
        """The strategy that is expected to find most."""
        return str(self.frame["strategy"].iloc[0])

    def __repr__(self) -> str:
        """The ranking as a text."""
        rows = [
            f"{row.expected_rank:5.1f}  {row.strategy}: {row.why}; {row.confidence}"
            for row in self.frame.itertuples()
        ]
        head = (
            f"{self.objective} with {self.budget:g} units: take {self.best}. Expected ranks of "
            f"{len(rows)}, by {self.spent} scores of it and what was measured on problems like it:"
        )
        return "\n".join([head, *rows, *([self.note] if self.note else [])])


def recommend(objective: str | Objective, budget: float, *, seed: int = 0) -> Recommendation:
    """Rank searches for an objective and a budget, by stored results on problems that are like it.

    A quasi-random run of at most 20 scores, and no more than a quarter of the budget, tells what
    the problem is like; with less than 8 units only what it offers is looked at. Gradients have no
    part in the stored results; the answer says so where there are some. Raises StudyError for a
    budget that buys nothing, NameProblem or ObjectiveError for an objective that is none.

    >>> recommend("synthetic.sphere(d=4, differentiable=False)", 120).spent
    20
    """
    if not (isinstance(budget, int | float) and 1 <= budget < math.inf):
        raise StudyError(f"budget must be a number of units >= 1, not {budget!r}")
    one = registry.objective(objective)
    scores = min(PROBES, int(LARGEST_SHARE * budget))
    features = features_of(one, scores if scores >= 2 else 0, seed)
    spent = scores if scores >= 2 else 0
    table = pd.read_csv(TABLE)
    at = ranking(table, features, budget).reset_index(names="strategy")
    note = ""
    if Capability.GRADIENT in one.capabilities:
        note = (
            "It has gradients, of which no stored result made use: `auto` does, and `lbfgs` is "
            "to be compared with it."
        )
    return Recommendation(at, one.name, budget, spent, features, note)


def features_of(objective: Objective, scores: int = PROBES, seed: int = 0) -> dict[str, float]:
    """What is looked at of a problem (`FEATURES`), NaN where so many scores do not tell."""
    facts = objective.facts
    features = dict.fromkeys(FEATURES, math.nan) | {
        "log2_d": math.log2(objective.space.dim),
        "has_noise": float(facts.is_noisy),
        "has_limits": float(facts.constraints is not None),
        "has_choices": float(has_steps(objective.space)),
    }
    if not scores:
        return features
    (trace,) = compare(objective, ["sobol_search"], scores, [seed], progress=False).traces
    features["invalid"] = 1 - float(trace.valid.mean())
    z, score = trace.z[trace.valid], trace.score[trace.valid]
    if len(score) < 4:
        return features
    low, middle, high = np.quantile(score, [0.1, 0.5, 0.9])
    apart = ((z[:, None] - z) ** 2 / objective.space.scale**2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    features["ties"] = 1 - len(np.unique(score)) / len(score)
    if high > low:
        features["skew"] = float((high + low - 2 * middle) / (high - low))
        pairs = stats.spearmanr(score, score[apart.argmin(axis=1)])
        features["neighbours"] = float(np.nan_to_num(pairs.statistic))
    return features


def ranking(table: pd.DataFrame, features: Any, budget: float) -> pd.DataFrame:
    """By strategy: the expected rank of stored problems, weighted by how alike they are."""
    budgets = table["budget"].unique()
    nearest = budgets[np.argmin(np.abs(np.log(budgets / budget)))]
    at = table[table["budget"] == nearest].reset_index(drop=True)
    strategies = [name for name in at.columns[3 + len(FEATURES) :] if at[name].notna().all()]
    away = sum(
        ((at[name] - features[name]) / size).fillna(0.0) ** 2 for name, size in FEATURES.items()
    )
    weight = np.exp(-0.5 * (away - away.min()))  # the nearest one always counts
    weight /= weight.sum()
    ranks = 1 + at[strategies] * (len(strategies) - 1)
    mean = (ranks.mul(weight, axis=0)).sum()
    order = mean.sort_values().index
    alike = 1 / float((weight**2).sum())  # how many problems that amounts to
    variance = ((ranks - mean) ** 2).mul(weight, axis=0).sum()
    frame = pd.DataFrame({"expected_rank": mean, "error": np.sqrt(variance / max(alike - 1, 0.5))})
    first = ranks.eq(ranks.min(axis=1), axis=0).mul(weight, axis=0).sum()
    families = weight.groupby(at["family"]).sum().nlargest(3)
    frame["first"] = first
    listed = ", ".join(f"{name} {share:.0%}" for name, share in families.items())
    frame["why"] = [
        f"first on {first[name]:.0%} of what is alike ({listed})" for name in frame.index
    ]
    frame = pd.DataFrame(frame.loc[order])
    gaps = frame["expected_rank"].diff().shift(-1)
    errors = np.hypot(frame["error"], frame["error"].shift(-1))
    frame["confidence"] = [_words(gap / error) for gap, error in zip(gaps, errors, strict=True)]
    return frame


def _words(gap: float) -> str:
    """How sure it is that one stands before the next, by their difference in standard errors."""
    if not math.isfinite(gap):
        return "the last one"
    if gap > SURE:
        return "surely before the next"
    return "probably before the next" if gap > LIKELY else "hardly told from the next"
