"""Who leads on each objective, and whether that is more than chance: by the score, or by the truth.

The leader was chosen because it has the highest mean, and is then compared with every other, seed
by seed. It is best only where all these comparisons agree: then the largest of their p values is
that of the whole claim, and having chosen the leader by the same runs costs nothing (Gutmann and
Maymin, Is the selected population the best?, Annals of Statistics 15, 1987).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from blackbox.late import stats
from blackbox.results.judging.harm import harm
from blackbox.results.statistics.failed_runs import RUN, as_worst, n_ok
from blackbox.results.statistics.inference import FIXED, Inference
from blackbox.results.statistics.intervals import Floats
from blackbox.results.statistics.large_numbers import mean, shrinking
from blackbox.results.statistics.pairs import holm, mean_difference, paired_by_seed
from blackbox.results.statistics.race import BEST, DROPPED

ALPHA, POWER = 0.05, 0.8
EFFICIENCY = 3 / math.pi  # of the signed-rank test beside the t test, where differences are normal
BY = ("score", "truth", "unharmed")
COLUMNS = (
    *("objective", "by", "leader", "n_ok", "n_strategies", "mean", "low", "high"),
    *("next", "lead", "lead_low", "lead_high", "p", "p_holm", "is_best", "level"),
    *("closest", "n_seeds", "seeds_needed"),
)


def leaders(
    runs: pd.DataFrame,
    paths: pd.DataFrame,
    by: str,
    inference: Inference = FIXED,
    lanes: pd.DataFrame | None = None,
    harmed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per objective that two strategies ran on: who leads, and who is level with it.

    `by="score"` compares the bests of runs, `by="truth"` what the declared truth says of them (a
    best of which it says no finite number counts as the worst), `by="unharmed"` bests again, but
    only of strategies that no judge saw leave its limits, on objectives without a truth. `mean` is
    the leader's with its interval, `lead` its paired difference to `next`, the next highest mean.
    `p` is the largest of Wilcoxon's signed-rank tests of the leader against each other, `p_holm`
    adjusted for the objectives of the table, and `is_best` whether that is at most 5 %. Else
    `level` names those from which it is not separated, after Holm's correction over all its
    comparisons in the table. `seeds_needed` is how many would separate it from `closest` with 80 %
    power, were the difference what it was here, inf where there is none.

    Where seeds were raced, `inference` is that of a race, and `lanes` says how each strategy stands
    in it (the last rows of `racing`): the leader is then the highest mean of those left, `p` twice
    the inverse of the least evidence against another, `is_best` whether the race has ended so, and
    `level` names the others that are left. Raises ValueError for another `by`.
    """
    if by not in BY:
        raise ValueError(f"leaders are by {', '.join(map(repr, BY))}, not {by!r}")
    compared = measured(runs, paths, by, harmed)
    if not len(compared):
        return pd.DataFrame(columns=list(COLUMNS))
    counted = as_worst(compared)
    raced = _raced(lanes, by)
    rows, tests = [], []
    for objective, part in counted.groupby("objective", sort=False):
        if len(part["strategy"].unique()) > 1 and part["best"].notna().any():
            row, tested = _leader(part, inference, raced.get(str(objective)))
            rows.append({"objective": objective, "by": by} | row)
            tests.append(tested)
    corrected = [_by_the_race(row, raced) for row in _corrected(rows, tests)]
    return pd.DataFrame(corrected, columns=list(COLUMNS))


def _raced(lanes: pd.DataFrame | None, by: str) -> dict[str, pd.DataFrame]:
    """How strategies stand in the race of each objective by this measure, by their names."""
    if lanes is None:
        return {}
    mine = lanes[lanes["by"] == by]
    return {str(name): rows.set_index("strategy") for name, rows in mine.groupby("objective")}


def _by_the_race(row: dict[str, Any], raced: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """The row as its race has decided: who is best, or who is left."""
    lanes = raced.get(str(row["objective"]))
    if lanes is None:
        return row
    left = lanes.index[(lanes["state"] != DROPPED) & (lanes.index != row["leader"])]
    is_best = bool((lanes["state"] == BEST).any())
    # What a fixed number of seeds would need says nothing of a race.
    decided = {"is_best": is_best, "level": "\n".join(left), "seeds_needed": np.nan}
    return row | decided


def _corrected(rows: list[dict[str, Any]], tests: list[pd.DataFrame]) -> list[dict[str, Any]]:
    """The rows with what is known only of all objectives together."""
    if not rows:
        return []
    p_holm = holm(np.array([row["p"] for row in rows], float))
    jointly = holm(np.concatenate([test["p"].to_numpy(float) for test in tests]))
    ends = np.cumsum([len(test) for test in tests])[:-1]
    made = []
    for row, test, p, adjusted in zip(rows, tests, p_holm, np.split(jointly, ends), strict=True):
        is_best = bool(p <= ALPHA)
        level = test["strategy"][~(adjusted <= ALPHA)]
        closest, needed = _needed(test, ALPHA / len(rows), row["n_seeds"])
        last = ("", "", np.nan) if is_best else ("\n".join(level), closest, needed)
        corrected = {"p_holm": float(p), "is_best": is_best}
        made.append(
            row | corrected | dict(zip(("level", "closest", "seeds_needed"), last, strict=True))
        )
    return made


def measured(
    runs: pd.DataFrame, paths: pd.DataFrame, by: str, harmed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The runs that are compared, each with what it is compared by as its `best`.

    `harmed` is the table of `harm`, where it is there already.
    """
    if by == "score":
        return runs
    with_truth = paths.loc[paths["truth"].fillna("") != "", "objective"].unique()
    if by == "truth":
        if not len(with_truth):
            return runs.iloc[:0]
        true = paths.loc[paths["best"].astype(bool), [*RUN, "true"]]
        true["true"] = true["true"].astype(float).replace([np.inf, -np.inf], np.nan)
        theirs = runs[runs["objective"].isin(with_truth)].astype({"seed": "int64"})
        merged = theirs.merge(true.astype({"seed": "int64"}), how="left", on=RUN)
        return merged.assign(best=merged.pop("true"))
    harmed = harm(paths) if harmed is None else harmed
    bad = harmed.loc[harmed["harmed"].astype(bool), ["objective", "strategy"]]
    cells = set(bad.itertuples(index=False, name=None))
    asked = set(harmed["objective"]) - set(with_truth)
    names = zip(runs["objective"], runs["strategy"], strict=True)
    return runs[np.array([name[0] in asked and name not in cells for name in names], bool)]


def _leader(
    part: pd.DataFrame, inference: Inference, lanes: pd.DataFrame | None
) -> tuple[dict[str, Any], pd.DataFrame]:
    """The row of an objective, and the leader's comparison with each other strategy."""
    cells = dict(iter(part.groupby("strategy", sort=False)))
    bests = {name: np.sort(cell["best"].to_numpy(float)) for name, cell in cells.items()}
    means = {name: float(mean(values)) for name, values in bests.items()}
    out = set() if lanes is None else set(lanes.index[lanes["state"] == DROPPED])
    first = min(means, key=lambda name: (name in out, -means[name], name))
    others = sorted(set(means) - {first}, key=lambda name: (-means[name], name))
    low, high = inference.mean_interval(bests[first])
    compared, lead = [], (np.nan, np.nan, np.nan)
    for other in others:
        x, y = paired_by_seed(cells[first], cells[other], "best")
        by = shrinking(x, y)
        d = by * x - by * y
        lead = mean_difference(d, by, inference) if other == others[0] else lead
        p = _p(d, inference) if lanes is None else 2 / max(2.0, lanes["e_value"].get(other, 1.0))
        compared.append((other, p, _effect(d), len(d)))
    table = pd.DataFrame(compared, columns=["strategy", "p", "effect", "n"])
    row = {"leader": first, "n_ok": n_ok(cells[first]["ok"]), "n_strategies": len(means)}
    row |= {"mean": means[first], "low": low, "high": high, "next": others[0]}
    row |= dict(zip(("lead", "lead_low", "lead_high"), lead, strict=True))
    return row | {"p": table["p"].max(skipna=False), "n_seeds": int(table["n"].min())}, table


def _p(differences: Floats, inference: Inference) -> float:
    """The p of a leader's differences `[n]` to another; 1 where most of the evidence is against it.

    It leads by the mean, which a few seeds may decide, and the test is of ranks, with two sides.
    """
    ranks = stats.rankdata(np.abs(differences))
    return inference.p(differences) if (ranks * np.sign(differences)).sum() >= 0 else 1.0


def _effect(differences: Floats) -> float:
    """Their mean in standard deviations; inf where they do not vary and are not 0."""
    if len(differences) < 2 or not np.isfinite(differences).all():
        return float("nan")
    size = float(np.abs(differences).max()) or 1.0  # so that no square is beyond floats, or 0
    middle, sd = abs(float((differences / size).mean())), float((differences / size).std(ddof=1))
    return middle / sd if sd else (math.inf if middle else 0.0)


def _needed(compared: pd.DataFrame, alpha: float, n_seeds: int) -> tuple[str, float]:
    """From whom it is hardest to separate the leader, and how many seeds that would take.

    The number of a t test, over the efficiency of the signed-rank test (Lehmann, Nonparametrics,
    1975, section 4.3), and never fewer than can reach such a p at all.
    """
    if not compared["effect"].notna().any():
        return "", np.nan
    hardest = compared.sort_values("effect", kind="stable").iloc[0]
    if hardest["effect"] in (0, math.inf):  # exactly level, or the same in every seed
        return str(hardest["strategy"]), math.inf
    reach = float(stats.norm.isf(alpha / 2) + stats.norm.ppf(POWER)) / float(hardest["effect"])
    needed = max(reach**2 / EFFICIENCY, fewest_seeds(alpha), n_seeds + 1)
    return str(hardest["strategy"]), float(math.ceil(needed))


def fewest_seeds(alpha: float = ALPHA) -> int:
    """How many pairs a signed-rank test needs to be significant: its smallest p is 2^(1 - n).

    >>> fewest_seeds()
    6
    """
    return 1 + math.ceil(-math.log2(alpha))
