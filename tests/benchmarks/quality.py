"""Quality: paired seeds of `bayes_opt` and `botorch_loop` on objectives of the suite."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

import blackbox as bb
from blackbox.comparison import Comparison

PEER = "botorch_loop"
# The second one models outcomes as the peer does: what differs between the two is the transform.
OURS = ("bayes_opt", "bayes_opt(outcome='standardise')")
# Objective -> budget. Each has a known optimum of 0, so that regrets have ratios, and few enough
# axes for BoTorch.
OBJECTIVES = {
    "synthetic.rosenbrock(d=6, prior='normal')": 100,
    "synthetic.ackley(d=6)": 100,
    "synthetic.rastrigin(d=6)": 100,
    "digits.digit(target=8)": 50,
}
LEAST = 1e-6  # smaller regrets are equal: a float32 log-probability ends at 1.2e-7


def run(
    folder: Path, objectives: Mapping[str, int], seeds: int, jobs: int, at: Sequence[int]
) -> pd.DataFrame:
    """One row per run and number of evaluations; runs that the store holds are not made again."""
    rows: list[dict[str, Any]] = []
    for objective, budget in objectives.items():
        for strategy in (*OURS, PEER):
            name = re.sub(r"\W+", "-", f"{objective}-{budget}-{strategy}").strip("-")
            study = bb.compare(objective, strategy, budget, seeds, jobs=jobs, store=folder / name)
            rows += _rows(study, at)
            print(f"{name}: {len(study.traces)} runs", file=sys.stderr, flush=True)
    return pd.DataFrame(rows)


def _rows(study: Comparison, at: Sequence[int]) -> Iterator[dict[str, Any]]:
    for trace, evaluations in product(study.traces, at):
        if evaluations <= trace.budget:
            yield {
                "objective": trace.objective,
                "budget": int(trace.budget),
                "evaluations": evaluations,
                "strategy": trace.strategy,
                "seed": trace.seed,
                "best": trace.best_so_far()[:evaluations][-1],  # a failed run keeps what it had
            }


def paired(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per objective, budget and one of ours: wins, the ratio of regrets, a test."""
    by = ["objective", "budget", "evaluations"]
    return pd.DataFrame(
        {**dict(zip(by, key, strict=True)), "strategy": ours, **_verdict(*_pairs(cell, ours))}
        for key, cell in frame.groupby(by)
        for ours in OURS
        if {ours, PEER} <= set(cell.strategy)
    )


def _pairs(cell: pd.DataFrame, name: str) -> tuple[Sequence[float], Sequence[float]]:
    wide = cell.pivot_table(index="seed", columns="strategy", values="best")
    wide = wide.dropna(subset=[name, PEER])
    ours, theirs = (np.maximum(-wide[which].to_numpy(), LEAST) for which in (name, PEER))
    return ours, theirs


def _verdict(ours: Any, peer: Any) -> dict[str, Any]:
    """Regrets `[n]` of pairs; a ratio below 1 is in our favour. Wilcoxon 1945, two-sided."""
    logs = np.log(ours) - np.log(peer)
    half = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs))
    centre = logs.mean()
    return {
        "pairs": len(logs),
        "better": int((logs < 0).sum()),
        "worse": int((logs > 0).sum()),
        "median_ours": float(np.median(ours)),
        "median_peer": float(np.median(peer)),
        "ratio": math.exp(centre),
        "ratio_low": math.exp(centre - half),
        "ratio_high": math.exp(centre + half),
        "p": float(stats.wilcoxon(logs).pvalue) if logs.any() else 1.0,
    }
