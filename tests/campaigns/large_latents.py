"""Searches with a model in 60 dimensions and more: what they find, and what a step takes.

    python -m tests.campaigns.large_latents [--seeds 15] [--rows FILE] [--write]

A pair is one seed: the same starts and the same budget. "not behind" where the 95 % interval of the
mean paired difference lies above -0.25 of the standard deviation of turbo's results; "ahead" where
it lies above 0. Runs that stand in FILE are not made again. What a step takes is the processor's
time of a whole run, by all its asks, in windows of the run: it shall not grow.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from scipy import stats

from blackbox import registry
from blackbox.runtime.engine import advance
from blackbox.testing.runs import finished, started
from tests.campaigns.command import add_row, options, publish, rows_of

DECODERS = (
    "perceptron.reconstruction(d=64)",
    "perceptron.likeness(d=72)",
    "perceptron.reconstruction(d=80)",
    "digits.super_resolution(decoder='pixel_flow')",
)
STRATEGIES = ("linear_bo", "sep_cma_es", "random_search", "turbo")
BUDGET, BEHIND = 500, 0.25  # scores, and standard deviations
# Strategy, dimensions, evaluations: one at a time, and in batches.
PACES = (("linear_bo", 1024, 20_000), ("linear_bo(q=50)", 4096, 20_000))
WINDOWS = 4


def best(strategy: str, objective: str, budget: int, seed: int) -> float:
    """The best score of a run."""
    run = finished(
        registry.strategy(strategy), registry.objective(objective), budget=budget, seed=seed
    )
    return float(run.recorder.best)


def all_rows(seeds: int, path: Path | None) -> list[dict[str, object]]:
    """A row for each run, a seed after the other; those of the file are taken from there."""
    rows = list(rows_of(path))
    there = {(row["objective"], row["strategy"], row["seed"]) for row in rows}
    for seed in range(seeds):
        for objective in DECODERS:
            for strategy in STRATEGIES:
                if (objective, strategy, seed) in there:
                    continue
                score = best(strategy, objective, BUDGET, seed)
                row = {"objective": objective, "strategy": strategy, "seed": seed, "best": score}
                rows.append(row)
                add_row(path, row)
    return rows


def compared(rows: list[dict[str, object]], objective: str, name: str) -> str:
    """A line of the table: means, and the paired difference from turbo with its interval."""
    scores = {
        strategy: {
            row["seed"]: row["best"]
            for row in rows
            if row["objective"] == objective and row["strategy"] == strategy
        }
        for strategy in (name, "turbo")
    }
    seeds = sorted(scores[name].keys() & scores["turbo"].keys())  # type: ignore[type-var]
    ours, other = (np.array([scores[s][seed] for seed in seeds], float) for s in (name, "turbo"))
    gain, n = ours - other, len(seeds)
    half = float(stats.t.ppf(0.975, n - 1) * gain.std(ddof=1) / np.sqrt(n))
    low, high = gain.mean() - half, gain.mean() + half
    margin = BEHIND * other.std(ddof=1)
    if low > 0:
        verdict = "ahead"
    elif high < 0:
        verdict = "behind"
    else:
        verdict = "not behind" if low > -margin else "not told apart"
    cells = (objective, name, n, f"{ours.mean():.4g}", f"{other.mean():.4g}")
    return f"| {' | '.join(map(str, cells))} | {low:+.4g} to {high:+.4g} | {verdict} |"


def pace(strategy: str, dim: int, evaluations: int) -> list[float]:
    """Milliseconds of the processor for an ask, in each window of a run."""
    objective = registry.objective(f"perceptron.reconstruction(d={dim})")
    run = started(registry.strategy(strategy), objective, budget=evaluations)
    asks, times, begun = 0, list[float](), time.process_time()
    while run.pending is not None:
        advance([run], objective.evaluate, rounds=1)
        asks += 1
        if run.meter.spent >= evaluations * (len(times) + 1) / WINDOWS:
            times.append((time.process_time() - begun) * 1e3 / asks)
            asks, begun = 0, time.process_time()
    return times


def main() -> None:
    """Print the tables, and write them beside this file if asked."""
    given = options(__doc__, rows=True, seeds=15)
    rows = all_rows(given.seeds, given.rows)
    lines = [compared(rows, objective, name) for objective in DECODERS for name in STRATEGIES[:3]]
    paces = [
        f"| {name} | {dim} | {evaluations} | {', '.join(f'{t:.1f}' for t in each)} |"
        for name, dim, evaluations in PACES
        for each in [pace(name, dim, evaluations)]
    ]
    text = f"""# Searches with a model in many dimensions

The best of {BUDGET} scores, in pairs of one seed with `turbo`; the 95 % interval is that of the
mean paired difference. "not behind": it lies above -{BEHIND} standard deviations of turbo's.

| objective | strategy | pairs | mean | turbo's mean | difference | |
|---|---|---:|---:|---:|---|---|
{chr(10).join(lines)}

Milliseconds of the processor for an ask, objective included, in each quarter of a run:

| strategy | dimensions | evaluations | ms an ask |
|---|---:|---:|---|
{chr(10).join(paces)}
"""
    publish("large_latents", text, write=given.write, seeds=given.seeds)


if __name__ == "__main__":
    main()
