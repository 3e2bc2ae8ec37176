"""The default of each family of searches beside the best of its eight settings."""

from collections.abc import Collection
from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import rankdata

import blackbox as bb
from blackbox.call_form import parse
from blackbox.pages.making import Given, asked
from blackbox.results.statistics.intervals import Floats, stratified_band
from reports.shelf.claims import PROBLEMS
from reports.shelf.families import scores_of

SHELF = asked(__file__)
ASKED = SHELF["settings"]
CLIMBS = "gradient_ascent"  # the family that is offered gradients


def defaults(given: Given, only: Collection[str] = ()) -> pd.DataFrame:
    """A row per family (or `only` of some) and budget: how often another setting finds more.

    More than the default; a tie counts a half. `here` is the setting that is best on a problem by
    one half of the seeds, judged by the other half; `elsewhere` the one that is best on all other
    problems, as somebody takes it along who has tried it there; `best` the one that is best over
    all of them.
    """
    rows = []
    budgets = ASKED["budgets"][: 1 if given.small else None]
    for (family, settings), budget in product(ASKED["families"].items(), budgets):
        if budget > ASKED["most"].get(family, budget) or (only and family not in only):
            continue
        bests = _bests(given, family, settings, budget)
        ranks = np.asarray(rankdata(-bests, axis=2), float)
        row: dict[str, object] = {"family": family, "budget": budget, "n_problems": len(bests)}
        chosen = {"here": _here(bests, ranks), "elsewhere": _elsewhere(bests, ranks)}
        for name, points in chosen.items():
            low, high = np.clip(stratified_band([cell[:, None] for cell in points]), 0, 1)
            row |= {name: points.mean(), f"{name}_low": low[0], f"{name}_high": high[0]}
        mean_rank = ranks.mean(axis=(0, 1))
        row |= {"best": settings[int(np.argmin(mean_rank))], "rank": mean_rank[0]}
        rows.append({**row, "best_rank": mean_rank.min()})
    return pd.DataFrame(rows)


def _bests(given: Given, family: str, settings: list[str], budget: int) -> Floats:
    """The best of each run `[problems, seeds, settings]`; -inf where it failed."""
    shown, seeds = family == CLIMBS, 2 if given.small else ASKED["seeds"]
    problems = PROBLEMS[: 2 if given.small else None]
    twins = [name if shown else str(parse(name).but(differentiable=False)) for name in problems]
    study = given.compare(twins, settings, budget, seeds, store=f"settings-{family}-{budget}")
    runs = study.runs.assign(best=scores_of(study.runs, map(bb.objective, twins)))
    labels = study.recipe["strategies"]
    tables = [
        rows.pivot_table(index="seed", columns="strategy", values="best", dropna=False)[labels]
        for _, rows in runs.groupby("objective")
    ]
    return np.stack([table.fillna(-np.inf).to_numpy(float) for table in tables])


def _points(bests: Floats, chosen: int) -> Floats:
    """1 where a setting finds more than the default, a half where it finds the same."""
    return np.asarray(((np.sign(bests[..., chosen] - bests[..., 0])) + 1) / 2, float)


def _here(bests: Floats, ranks: Floats) -> Floats:
    """Points `[problems, seeds]` of each problem's own best by the other half of the seeds."""
    points = np.empty(bests.shape[:2])
    for half in (0, 1):
        for problem, rank in enumerate(ranks[:, half::2].mean(axis=1)):
            judged = bests[problem, 1 - half :: 2]
            points[problem, 1 - half :: 2] = _points(judged, int(np.argmin(rank)))
    return points


def _elsewhere(bests: Floats, ranks: Floats) -> Floats:
    """Points `[problems, seeds]` of the setting that is best on all other problems."""
    mean_ranks = ranks.mean(axis=1)
    others = (mean_ranks.sum(axis=0) - mean_ranks) / (len(bests) - 1)
    chosen = np.argmin(others, axis=1)
    return np.stack([_points(rows, int(one)) for rows, one in zip(bests, chosen, strict=True)])
