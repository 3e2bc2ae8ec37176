"""Is our CMA-ES as good as pycma? Paired seeds on six landscapes, by the two one-sided tests.

    python -m tests.campaigns.cma_es [--seeds 30] [--write]

A pair is one seed: the same starts and the same budget. Of each run the regret in decades after
the whole budget; of each pair the difference, ours less pycma's, where more is worse.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from blackbox import registry
from blackbox.testing.runs import finished
from tests.campaigns.command import options, publish

BUDGET, LEAST = 2000, 1e-12  # scores, and a regret that is none
LANDSCAPES = ("sphere", "ellipsoid", "rosenbrock", "rastrigin", "ackley", "griewank")
EQUAL = 0.1  # decades
BACKENDS = ("own", "pycma")


def differences(landscape: str, seeds: int, dim: int = 8, budget: int = BUDGET) -> np.ndarray:
    """Decades of regret, ours less pycma's, of each seed `[seeds]`."""
    objective = registry.objective(f"synthetic.{landscape}(d={dim})")
    assert objective.optimum is not None
    decades = []
    for backend in BACKENDS:
        strategy = registry.strategy(f"cma_es(backend='{backend}')")
        runs = [finished(strategy, objective, budget=budget, seed=seed) for seed in range(seeds)]
        regrets = np.array([objective.optimum - run.recorder.best for run in runs])
        decades.append(np.log10(np.maximum(regrets, LEAST)))
    return np.asarray(decades[0] - decades[1])


def row(name: str, differences: np.ndarray) -> str:
    """The mean difference with its 90 % interval: what the two one-sided tests at 5 % look at."""
    n, mean = len(differences), differences.mean()
    half = stats.t.ppf(0.95, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    low, high = mean - half, mean + half
    if low > -EQUAL and high < EQUAL:
        verdict = "equal"
    else:
        verdict = "worse" if low > 0 else "better" if high < 0 else "not told apart"
    return f"| {name} | {n} | {mean:+.3f} | {low:+.3f} to {high:+.3f} | {verdict} |"


def main() -> None:
    """Print the table, and write it beside this file if asked."""
    given = options(__doc__, seeds=30)
    each = {name: differences(name, given.seeds) for name in LANDSCAPES}
    lines = [row(name, one) for name, one in each.items()]
    lines.append(row("all", np.concatenate(list(each.values()))))
    text = f"""# CMA-ES, ours and pycma's

Decades of regret after {BUDGET} scores in 8 coordinates, ours less pycma's, in pairs of one seed
(more is worse). "equal": the 90 % interval lies within {EQUAL} decade to either side, which is what
two one-sided tests at 5 % ask; "not told apart": it holds zero, and is wider than that.

| landscape | pairs | difference | 90 % interval | by two one-sided tests |
|---|---:|---:|---:|---|
{chr(10).join(lines)}
"""
    publish("cma_es", text, write=given.write, seeds=given.seeds)


if __name__ == "__main__":
    main()
