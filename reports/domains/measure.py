"""What scorers of six domains promise of the best that each search finds, and what is true."""

from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.pages import Estimate
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from blackbox.results.judging.exploitation import exploitation_ratio
from blackbox.results.statistics.intervals import ratio_interval
from blackbox.trace import Trace

ASKED = asked(__file__)
STARTS = 64  # whose scores say how far these are apart


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: a row per run, one per domain and search, and the settings."""
    seeds, budget = (2, 20) if given.small else (ASKED["seeds"], ASKED["budget"])
    rows = [
        row
        for domain, name in ASKED["domains"].items()
        for row in searched(domain, name, seeds, budget, given)
    ]
    settings = {"seeds": seeds, "budget": budget, "near": ASKED["near"], "starts": STARTS}
    runs = pd.DataFrame(rows)
    return {"runs": runs, "cells": cells(runs), "settings": settings}


def searched(domain: str, name: str, seeds: int, budget: int, given: Given) -> list[dict[str, Any]]:
    """A row per search and seed; the judges see all bests of a seed at once, behind its start."""
    objective = bb.objective(name)
    judges, objective.judges = objective.judges, {}
    near = f"{ASKED['near'] * apart(objective):.2g}"
    searches = {one: spec.replace("{near}", near) for one, spec in ASKED["searches"].items()}
    study = given.compare(objective, list(searches.values()), budget, seeds, store=domain)
    names = dict(zip(study.recipe["strategies"], searches, strict=True))
    objective.judges = judges
    rows = []
    for seed in range(seeds):
        traces = {names[one.strategy]: one for one in study.traces if one.seed == seed}
        rows += [
            {"domain": domain, "search": search, "seed": seed, **row}
            for search, row in zip(traces, ended([*traces.values()], objective), strict=True)
        ]
    return rows


def ended(traces: list[Trace], objective: bb.Objective) -> list[dict[str, float]]:
    """Of each run of one start what was promised, what is true, and if a judge finds it odd."""
    bests = [(trace, trace.best_row() or 0) for trace in traces]  # the start, where none is allowed
    z = np.stack([traces[0].z[0], *(trace.z[row] for trace, row in bests)])
    verdicts = objective.judge(objective.decode(z), z)
    (truth,) = (name for name, judge in objective.judges.items() if judge.truth)
    true = objective.scorer.from_truth(verdicts[truth])
    odd = np.zeros(len(z), bool)
    for name, judge in objective.judges.items():
        if name != truth and np.isfinite([judge.low, judge.high]).any():
            odd |= ~((verdicts[name] >= judge.low) & (verdicts[name] <= judge.high))
    return [
        {
            "start": trace.score[0],
            "promised": trace.score[row],
            "true_start": true[0],
            "true": true[nth],
            "odd": float(odd[nth]),
        }
        for nth, (trace, row) in enumerate(bests, start=1)
    ]


def apart(objective: bb.Objective) -> float:
    """The standard deviation of scores of real objects that a search may begin with."""
    points = objective.starts(np.random.default_rng(0), STARTS)
    return float(np.nanstd(objective.evaluate(bb.Ask(points)).score))


def cells(runs: pd.DataFrame) -> pd.DataFrame:
    """A row per domain and search: rho, mean gains, and how many bests are odd, or refused.

    Gains are those of runs whose start has a truth; what the truth refuses has gained nothing.
    """
    gain = (runs["true"] - runs["true_start"]).fillna(0)
    runs = runs.assign(gain=gain, promise=runs["promised"] - runs["start"])
    rows = []
    for (domain, search), whole in runs.groupby(["domain", "search"], sort=False):
        pairs = whole[whole["true_start"].notna()]
        both = pairs["gain"].to_numpy(), pairs["promise"].to_numpy()
        rho = Estimate(exploitation_ratio(*both), *ratio_interval(*both))
        row = {"domain": domain, "search": search, "n": len(pairs), **rho.columns("rho")}
        row |= {name: float(pairs[name].mean()) for name in ("promise", "gain")}
        row |= {"odd": float(whole["odd"].mean()), "refused": int(whole["true"].isna().sum())}
        rows.append(row | {"runs": len(whole)})
    return pd.DataFrame(rows)
