"""A fused study against the plain batched passes that it cannot do without.

Twenty seeds and four strategies on one objective, judged. Beside it, in the same process and by
turns: the same number of scores and gradients in batches of 128, and every distinct judged object
decoded and judged once, in batches too. The share of the strategies' own thinking is told.

    python -m tests.benchmarks.fused [OBJECTIVE]
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

import blackbox as bb
from blackbox.scoring.batching import one_thread

STRATEGIES = ("random_search", "gradient_ascent", "hill_climb", "zeroth_order")
SEEDS, BUDGET, TURNS, BATCH = 20, 200, 5, 128


def study(objective: bb.Objective) -> tuple[float, bb.Comparison]:
    clock = time.perf_counter()
    made = bb.compare(objective, list(STRATEGIES), BUDGET, seeds=SEEDS)
    return time.perf_counter() - clock, made


def passes(objective: bb.Objective, made: bb.Comparison) -> float:
    """Seconds of the scores, the gradients and the judging, each in full batches."""
    scores = sum(trace.n_scores[-1] - trace.n_gradients[-1] for trace in made.traces)
    slopes = sum(trace.n_gradients[-1] for trace in made.traces)
    judged = np.concatenate([t.z[t.path.rows] for t in made.traces if t.path is not None])
    judged = np.unique(judged, axis=0)
    z = objective.space.sample(np.random.default_rng(0), BATCH)
    with one_thread():
        clock = time.perf_counter()
        for first in range(0, int(scores), BATCH):
            objective.evaluate(bb.Ask(z[: min(BATCH, int(scores) - first)]))
        for first in range(0, int(slopes), BATCH):
            objective.evaluate(bb.Ask(z[: min(BATCH, int(slopes) - first)], 1))
        for first in range(0, len(judged), BATCH):
            points = judged[first : first + BATCH]
            objective.judge(objective.decode(points), points)
        return time.perf_counter() - clock


def main() -> None:
    objective = bb.objective(sys.argv[1] if len(sys.argv) > 1 else "mnist.digit")
    ratios = []
    for _ in range(TURNS):
        whole, made = study(objective)
        plain = passes(objective, made)
        thinking = sum(trace.thinking_seconds for trace in made.traces)
        ratios.append(whole / plain)
        print(
            f"study {whole:.2f} s, of which thinking {thinking:.2f} s; plain passes {plain:.2f} s; "
            f"ratio {whole / plain:.2f}"
        )
    print(f"median ratio {statistics.median(ratios):.2f} over {TURNS} turns")


if __name__ == "__main__":
    main()
