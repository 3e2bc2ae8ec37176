"""Searches among hundreds of axes of which a few matter: Branin's and Hartmann's functions in 500.

    python -m tests.campaigns.few_axes [--seeds 5] [--rows FILE] [--write]

The functions are BoTorch's, on axes of a box that are the same for all seeds; the other axes do
nothing. A pair is one seed: the same starts and the same budget. Runs that stand in FILE are not
made again; of seeds that are not whole the table says how many pairs there are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from scipy import stats

import blackbox as bb
from blackbox import registry
from blackbox.objectives.botorch_functions import BotorchFunction, test_function
from blackbox.scoring.objective import Objective
from blackbox.testing.runs import finished
from tests.campaigns.command import add_row, options, publish, rows_of

FUNCTIONS = {"Branin": BotorchFunction("Branin"), "Hartmann": BotorchFunction("Hartmann", "dim", 6)}
OURS, OTHERS = "baxus", ("random_search", "cma_es", "sep_cma_es", "linear_bo", "turbo")
DIM, BUDGET = 500, 200
Row = dict[str, object]


def embedded(name: str, dim: int = DIM) -> Objective:
    """Minus the function, on a few axes of `[0, 1]^dim`."""
    function = test_function(FUNCTIONS[name])
    lower, upper = function.bounds
    axes = torch.from_numpy(np.random.default_rng(dim).choice(dim, function.dim, replace=False))

    def score(z: torch.Tensor) -> torch.Tensor:
        values: torch.Tensor = -function(lower + (upper - lower) * z[:, axes])
        return values

    return bb.Objective(
        score, space=bb.Space.box(0, 1, dim), name=f"{name} in {dim}", dtype=torch.float64
    )


def all_rows(seeds: int, path: Path | None) -> Iterator[Row]:
    """A row for each run, a seed after the other; those of the file are taken from there."""
    made = {(row["objective"], row["strategy"], row["seed"]): row for row in rows_of(path)}
    for seed in range(seeds):
        for strategy in (OURS, *OTHERS):
            for name in FUNCTIONS:
                if (name, strategy, seed) in made:
                    yield made[name, strategy, seed]
                    continue
                row = run(name, strategy, seed)
                add_row(path, row)
                yield row


def run(name: str, strategy: str, seed: int, budget: int = BUDGET) -> Row:
    """What a run finds, and the seconds of the processor that it takes."""
    objective, begun = embedded(name), time.process_time()
    one = finished(registry.strategy(strategy), objective, budget=budget, seed=seed)
    seconds = round(time.process_time() - begun, 1)
    best = float(one.recorder.best)
    return {"objective": name, "strategy": strategy, "seed": seed, "best": best, "s": seconds}


def compared(rows: list[Row], objective: str, other: str) -> str:
    """A line of the table: means, and the paired difference of ours with its interval."""
    scores = {
        strategy: {row["seed"]: row["best"] for row in rows
                   if (row["objective"], row["strategy"]) == (objective, strategy)}
        for strategy in (OURS, other)
    }  # fmt: skip
    seeds = sorted(scores[OURS].keys() & scores[other].keys())  # type: ignore[type-var]
    ours, theirs = (np.array([scores[s][seed] for seed in seeds], float) for s in (OURS, other))
    gain, n = ours - theirs, len(seeds)
    if n < 2:
        return f"| {objective} | {other} | {n} | {ours.mean():.3f} | {theirs.mean():.3f} | | |"
    half = float(stats.t.ppf(0.975, n - 1) * gain.std(ddof=1) / np.sqrt(n))
    low, high = gain.mean() - half, gain.mean() + half
    verdict = "ahead" if low > 0 else "behind" if high < 0 else "not told apart"
    cells = (objective, other, n, f"{ours.mean():.3f}", f"{theirs.mean():.3f}")
    return f"| {' | '.join(map(str, cells))} | {low:+.3f} to {high:+.3f} | {verdict} |"


def main() -> None:
    """Print the table, and write it beside this file if asked."""
    given = options(__doc__, rows=True, seeds=5)
    rows = list(all_rows(given.seeds, given.rows))
    lines = [compared(rows, objective, other) for objective in FUNCTIONS for other in OTHERS]
    seconds = ", ".join(
        f"`{name}` {np.median([row['s'] for row in rows if row['strategy'] == name]):.0f}"
        for name in (OURS, *OTHERS)
    )
    text = f"""# Few axes that matter among {DIM}

The best of {BUDGET} scores of `baxus` and of others, in pairs of one seed, with the 95 % interval
of the mean paired difference. The best possible is -0.398 (Branin) and 3.322 (Hartmann).

| function | other | pairs | mean of `baxus` | mean of the other | difference | `baxus` is |
|---|---|---:|---:|---:|---|---|
{chr(10).join(lines)}

Seconds of the processor a run, the median: {seconds}.
"""
    publish("few_axes", text, write=given.write, seeds=given.seeds)


if __name__ == "__main__":
    main()
