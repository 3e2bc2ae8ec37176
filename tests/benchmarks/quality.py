"""Quality: paired seeds of `bayes_opt` and `botorch_loop` on objectives of the suite."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
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
# Each has a known optimum of 0, so that regrets have ratios, and few enough axes for BoTorch.
OBJECTIVES = (
    "synthetic.rosenbrock(d=6, prior='normal')",
    "synthetic.ackley(d=6)",
    "synthetic.rastrigin(d=6)",
    "digits.digit(target=8)",
)
AT = (50, 100)
LEAST = 1e-6  # smaller regrets are equal: a float32 log-probability ends at 1.2e-7


def run(
    folder: Path,
    objectives: Sequence[str],
    strategies: Sequence[str],
    budget: int,
    seeds: int,
    jobs: int,
) -> None:
    """Make the runs of each objective that its store does not hold yet."""
    for objective in objectives:
        for strategy in strategies:
            name = re.sub(r"\W+", "-", f"{objective}-{budget}-{strategy}").strip("-")
            compare(objective, strategy, budget, seeds, jobs, folder / "runs" / name)


def compare(objective: str, strategy: str, budget: int, seeds: int, jobs: int, store: Path) -> None:
    """One study, told on stderr as it goes."""
    spent = 0.0

    def hear(units: float, whole: float) -> None:
        nonlocal spent
        spent += units
        print(f"{store.name}: {spent:.0f} of {whole:.0f} evaluations", file=sys.stderr, flush=True)

    bb.compare(objective, strategy, budget, seeds, jobs=jobs, store=store, progress=hear)


def collect(folder: Path) -> pd.DataFrame:
    """One row per finished run and number of evaluations; of `quality.csv` where no run is here.

    So ours can be run again after a change, and the peer, which takes an hour, keeps its rows.
    """
    studies = [path.parents[1] for path in sorted(folder.glob("runs/*/runs/recipe.json"))]
    here = pd.DataFrame(row for study in studies for row in _rows(bb.load(study)))
    written = folder / "quality.csv"
    kept = pd.read_csv(written, float_precision="round_trip") if written.is_file() else here
    by = ["objective", "budget", "evaluations", "strategy", "seed"]
    whole = pd.concat([here, kept]).drop_duplicates(by, keep="first")
    return whole.sort_values(by, ignore_index=True)


def _rows(study: Comparison) -> Iterator[dict[str, Any]]:
    for trace in study.traces:
        for at in AT:
            if at <= trace.budget:
                yield {
                    "objective": trace.objective,
                    "budget": int(trace.budget),
                    "evaluations": at,
                    "strategy": trace.strategy,
                    "seed": trace.seed,
                    "best": trace.best_so_far()[:at][-1],  # a failed run keeps what it had
                    "status": str(trace.status),
                    "thinking_seconds": trace.thinking_seconds,
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
