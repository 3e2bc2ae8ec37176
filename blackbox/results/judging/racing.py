"""The races of a study whose seeds are added until settled: by the score, and by the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.statistics.betting import Floats, median_sequence
from blackbox.results.statistics.failed_runs import is_ok
from blackbox.results.statistics.inference import Inference, inference_of
from blackbox.results.statistics.large_numbers import restored, shrinking
from blackbox.results.statistics.race import DROPPED, Course, Look, needed_evidence
from blackbox.until_settled import rule_of

COLUMNS = (
    *("round", "objective", "by", "strategy", "seeds", "e_value", "needed", "state"),
    *("margin", "leader", "behind", "low", "high"),
)
nothing_raced = partial(pd.DataFrame, columns=list(COLUMNS))


@dataclass(frozen=True)
class Raced:
    """The race of one objective: who takes part in it, and its course."""

    objective: str
    strategies: list[str]
    course: Course


class Raceable(Protocol):
    """What is asked of a view."""

    @property
    def price(self) -> float | None:
        """Of a gradient, at which it is read."""
        ...

    @property
    def share(self) -> float:
        """The part of the budget that counts."""
        ...

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What was asked for."""
        ...

    @property
    def skipped(self) -> pd.DataFrame:
        """Cells that were left out."""
        ...

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run."""
        ...

    def paths(self) -> pd.DataFrame:
        """What judges saw."""
        ...

    def racing(self) -> pd.DataFrame:
        """The rounds of its race."""
        ...

    @property
    def scores(self) -> Raceable:
        """The same with losses as scores."""
        ...

    def at(self, price: float | None = None, share: float = 1.0) -> Raceable:
        """The same at another price."""
        ...


def of(study: Raceable) -> pd.DataFrame:
    """The race of a study, whatever the price at which it is read."""
    if rule_of(study.recipe) is None:
        return nothing_raced()
    scores = study.scores
    first = scores if _is_the_race(scores) else scores.at(study.recipe["prices"][0])
    return racing(first.runs, first.paths(), study.recipe, study.skipped)


def standing(study: Raceable) -> tuple[Inference, pd.DataFrame | None]:
    """How sure its numbers are, and how each strategy stands in its races.

    None for a study that is not raced, and at another price than its races are about.
    """
    lanes = last_looks(study.racing()) if _is_the_race(study) else None
    return inference_of(study.recipe), lanes


def _is_the_race(study: Raceable) -> bool:
    raced = rule_of(study.recipe) is not None
    return raced and (study.price, study.share) == (study.recipe["prices"][0], 1.0)


def racing(
    runs: pd.DataFrame, paths: pd.DataFrame, recipe: Mapping[str, Any], skipped: pd.DataFrame
) -> pd.DataFrame:
    """One row per round, objective, measure ("score", "truth") and strategy that took part.

    `e_value` is the evidence that the strategy is not the best, which would grow so large with a
    probability of at most 1 / `e_value` if it were, and at `needed` it is "dropped" where somebody
    left has a higher mean. The other states: "racing", or how the race ended for those that are
    left, "best", "level" (within `margin` of each other) or "undecided". `behind` is the median
    paired difference of the `leader`, the highest mean of those left, to it, with its 95 %
    confidence sequence, which holds in every round at once. Both frames at the first price of the
    recipe. No rows for a study with a fixed number of seeds.
    """
    rows: list[dict[str, Any]] = []
    for raced in races(runs, paths, recipe, skipped):
        for look in raced.course.looks():
            rows += _rows(raced, look)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def asked(
    runs: pd.DataFrame, paths: pd.DataFrame, recipe: Mapping[str, Any], skipped: pd.DataFrame
) -> set[tuple[str, str, int]]:
    """The runs that a raced study asks for: objective, strategy, seed."""
    wanted = set()
    for raced in races(runs, paths, recipe, skipped):
        for _ in raced.course.looks():
            pass
        for strategy, n in zip(raced.strategies, raced.course.asked.tolist(), strict=True):
            wanted |= {(raced.objective, strategy, int(seed)) for seed in recipe["seeds"][:n]}
    return wanted


def last_looks(table: pd.DataFrame) -> pd.DataFrame:
    """The last row of each strategy: how it stands, or after how many seeds it was dropped."""
    last = table.drop_duplicates(["objective", "by", "strategy"], keep="last")
    order = last.assign(out=last["state"] == DROPPED)
    place = {name: nth for nth, name in enumerate(dict.fromkeys(table["objective"]))}
    return (
        order.assign(place=order["objective"].map(place))
        .sort_values(["place", "by", "out", "seeds"], ascending=[True] * 3 + [False], kind="stable")
        .drop(columns=["place", "out"])
        .reset_index(drop=True)
    )


def races(
    runs: pd.DataFrame, paths: pd.DataFrame, recipe: Mapping[str, Any], skipped: pd.DataFrame
) -> Iterator[Raced]:
    """The race of each objective, as far as it has not been looked at."""
    rule = rule_of(recipe)
    if rule is None:
        return
    left_out = set(zip(skipped["objective"], skipped["strategy"], strict=True))
    fields = {
        str(objective): [name for name in recipe["strategies"] if (objective, name) not in left_out]
        for objective in recipe.get("fingerprints", recipe["objectives"])
    }
    needed = needed_evidence(max(sum(len(names) > 1 for names in fields.values()), 1))
    for objective, names in fields.items():
        if names:
            mine = runs[runs["objective"] == objective]
            grid = _Grid(names, list(recipe["seeds"]))
            made = ~np.isnan(grid.of(mine.assign(there=1.0), "there"))
            measures = _measures(mine, paths[paths["objective"] == objective], grid)
            course = Course(made, measures, needed, rule.at_most, rule.step, rule.within)
            yield Raced(objective, names, course)


@dataclass(frozen=True)
class _Grid:
    """Where a run stands in arrays of seeds and strategies."""

    strategies: list[str]
    seeds: list[int]

    def of(self, table: pd.DataFrame, column: str) -> Floats:
        """A column of a frame with a row per run as `[seeds, strategies]`, NaN where none is."""
        values = np.full((len(self.seeds), len(self.strategies)), np.nan)
        row = {seed: nth for nth, seed in enumerate(self.seeds)}
        place = {name: nth for nth, name in enumerate(self.strategies)}
        cells = zip(table["seed"], table["strategy"], table[column].astype(float), strict=True)
        for seed, strategy, value in cells:
            if seed in row and strategy in place:
                values[row[seed], place[strategy]] = value
        return values


def _measures(runs: pd.DataFrame, paths: pd.DataFrame, grid: _Grid) -> dict[str, Floats]:
    """The score, and the truth where one is declared: the same runs, by other numbers."""
    ok = grid.of(runs.assign(ok=is_ok(runs).astype(float)), "ok") == 1
    measures = {"score": _measured(grid.of(runs, "best"), ok)}
    with_truth = paths[paths["truth"].fillna("") != ""]
    if len(with_truth):
        bests = with_truth[with_truth["best"].astype(bool)]
        measures["truth"] = _measured(grid.of(bests, "true"), ok)
    return measures


def _measured(bests: Floats, ok: NDArray[np.bool_]) -> Floats:
    """Runs that are not ok, or of which nothing finite is said, have lost to all others."""
    return np.where(ok & np.isfinite(bests), bests, -np.inf)


def _rows(raced: Raced, look: Look) -> Iterator[dict[str, Any]]:
    """A row for each strategy that took part in this round."""
    bests = raced.course.measures[look.by][: look.seeds]
    finite = bests[np.isfinite(bests)]
    filled = np.where(np.isfinite(bests), bests, finite.min(initial=np.inf) if len(finite) else 0)
    by = shrinking(filled)
    left = [nth for nth, state in enumerate(look.states) if look.took_part[nth]]
    left = [nth for nth in left if look.states[nth] != DROPPED]
    means = {nth: float(np.sort(by * filled[:, nth]).mean()) for nth in left}
    leader = max(left, key=lambda nth: means[nth])
    for nth in np.flatnonzero(look.took_part):
        behind = by * filled[:, leader] - by * filled[:, nth]
        ends = median_sequence(behind)
        middle, low, high = (restored(float(x), by) for x in (np.median(behind), *ends))
        yield {
            "round": look.round,
            "objective": raced.objective,
            "by": look.by,
            "strategy": raced.strategies[nth],
            "seeds": look.seeds,
            "e_value": float(look.stakes[nth]),
            "needed": raced.course.needed,
            "state": look.states[nth],
            "margin": raced.course.margin,
            "leader": raced.strategies[leader],
            "behind": middle,
            "low": low,
            "high": high,
        }
