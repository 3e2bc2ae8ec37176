"""The defaults of four families of searches: against luck, and what they were before.

    python -m tests.campaigns.families [--seeds 10] [--rows FILE] [--write]

None of these problems is one by which the defaults were chosen: those were `synthetic.sphere`,
`rosenbrock`, `rastrigin`, `ackley`, `ellipsoid`, Hartmann's function, random networks of 24 and 32
dimensions, and two questions to the digits. Ranks are of the best score after a budget, of one
seed's runs among each other. "below luck": significantly below `random_search` by Wilcoxon's signed
ranks after Holm's correction over all problems of a family at a budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from scipy import stats

from blackbox import registry
from blackbox.testing.runs import finished
from tests.campaigns.command import add_row, options, publish, rows_of

PROBLEMS = (
    "synthetic.levy(d=6)",
    "synthetic.griewank(d=8)",
    "synthetic.rosenbrock(d=5, instance=3, prior='normal', rotated=True)",
    "botorch_functions.StyblinskiTang",
    "perceptron.reconstruction(d=16)",
    "perceptron.likeness(d=48)",
    "digits.realism",
    "digits.super_resolution",
    "mnist.digit(target=2, source=7, reads='picture')",
    "mnist.inversion",
)
LUCK = "random_search"
FAMILIES: dict[str, tuple[str | None, ...]] = {
    name: (name, f"{name}(start='first', step='adam')", f"{name}(start='first', step='plain')")
    for name in ("zeroth_order", "gradient_ascent")
} | {
    "cma_es": ("cma_es", "cma_es(start='first')", None),
    "sep_cma_es": ("sep_cma_es", "sep_cma_es(start='first')", None),
    "bayes_opt": ("bayes_opt", None, None),
}
MOST = {"bayes_opt": 200}  # units, beyond which a run takes minutes
BUDGETS = (50, 200, 1000)
Cell = tuple[str, str, int, int]


def strategies(family: str) -> list[str]:
    """The forms of a family that are compared, and luck."""
    return [name for name in FAMILIES[family] if name is not None] + [LUCK]


def budgets(family: str) -> list[int]:
    """The budgets at which a family is compared."""
    return [units for units in BUDGETS if units <= MOST.get(family, max(BUDGETS))]


def cells(seeds: int) -> Iterator[Cell]:
    """Problem, strategy, budget and seed of each run, a seed after the other; none twice."""
    rows = dict.fromkeys(
        (problem, strategy, budget, seed)
        for seed, problem, family in product(range(seeds), PROBLEMS, FAMILIES)
        for budget, strategy in product(budgets(family), strategies(family))
    )
    yield from rows


def all_scores(seeds: int, path: Path | None) -> dict[Cell, float]:
    """The best score of each run; those of the file are taken from there."""
    scores = {tuple(row[:4]): row[4] for row in rows_of(path)}
    for cell in cells(seeds):
        if cell in scores:
            continue
        problem, strategy, budget, seed = cell
        run = finished(
            registry.strategy(strategy), registry.objective(problem), budget=budget, seed=seed
        )
        scores[cell] = float(run.recorder.best)
        add_row(path, [*cell, scores[cell]])
    return scores


def below(scores: dict[Cell, float], strategy: str, budget: int, seeds: int) -> list[str]:
    """The problems on which a strategy is significantly below luck, by Holm (1979)."""
    chances = {}
    for problem in PROBLEMS:
        pair = [[scores[problem, s, budget, k] for k in range(seeds)] for s in (strategy, LUCK)]
        difference = np.array(pair[0]) - np.array(pair[1])
        if difference.any():
            chances[problem] = stats.wilcoxon(difference, alternative="less").pvalue
    rejected = []
    for i, problem in enumerate(sorted(chances, key=lambda one: chances[one])):
        if chances[problem] > 0.05 / (len(PROBLEMS) - i):
            break
        rejected.append(problem)
    return rejected


def lines(scores: dict[Cell, float], seeds: int) -> Iterator[str]:
    """The table: of each family and budget the mean ranks, and where each is below luck."""
    for family, budget in [(name, units) for name in FAMILIES for units in budgets(name)]:
        names = strategies(family)
        best = np.array(
            [[[scores[p, s, budget, k] for k in range(seeds)] for s in names] for p in PROBLEMS]
        )
        ranks = dict(zip(names, stats.rankdata(-best, axis=1).mean(axis=(0, 2)), strict=True))
        medians = np.median(best, axis=2)
        behind = dict(zip(names, (medians < medians[:, -1:]).sum(axis=0), strict=True))
        texts = [
            ""
            if s is None
            else f"{ranks[s]:.2f} ({behind[s]}, {len(below(scores, s, budget, seeds))})"
            for s in FAMILIES[family]
        ]
        yield f"| `{family}` | {budget} | {' | '.join(texts)} | {ranks[LUCK]:.2f} |"


def main() -> None:
    """Print the table, and write it beside this file if asked."""
    given = options(__doc__, rows=True, seeds=10)
    scores = all_scores(given.seeds, given.rows)
    table = "\n".join(lines(scores, given.seeds))
    text = f"""# The defaults of four families

Mean ranks among those of a line, over {len(PROBLEMS)} problems and {given.seeds} paired seeds,
and in brackets on how many problems its median is below that of `random_search`, and on how many
significantly (Wilcoxon, Holm; with fewer than 8 seeds that test can reject nothing). "before" is
the default of before: `start="first"`, and with it `step="adam"` for the first two; "textbook":
`start="first", step="plain"`.

| family | units | default | before | textbook | `random_search` |
|---|---:|---:|---:|---:|---:|
{table}
"""
    publish("families", text, write=given.write, seeds=given.seeds)


if __name__ == "__main__":
    main()
