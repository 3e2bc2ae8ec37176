"""Which strategies go on where the budget grows, and which are made anew because they plan by it.

    python -m tests.campaigns.continued tests/campaigns/continued.md

That those that go on make the run of the larger budget is a promise that the tests hold every
strategy to: `test_continued_at_a_larger_budget_equals_the_run_of_that_budget`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from blackbox import registry
from blackbox.price import Price
from blackbox.strategies import TABLE
from blackbox.testing.runs import SPACES, finished, make_bowl

BUDGET = 60
# So slow at their defaults that a run of other settings, which reads the same, has to do.
CHEAP = {
    "ax": "ax(initial=90)",
    "smac": "smac(model='forest', initial=98)",
    "botorch_loop": "botorch_loop(initial=24, restarts=1, raw_samples=8, steps=2)",
    "conditional_generator": "conditional_generator(steps=5)",
}


def what_it_reads(name: str) -> set[str]:
    """What of its brief a strategy has looked at, at either price of a gradient."""
    objective = make_bowl(SPACES["normal"])
    reads: set[str] = set()
    for gradient in (1.0, 0.0):
        strategy = registry.strategy(CHEAP.get(name, name))
        run = finished(strategy, objective, budget=BUDGET, price=Price(gradient=gradient))
        reads |= run.brief.reads
    return reads


def table() -> str:
    """As Markdown: a row for each strategy of the table, at its defaults."""
    rows = ["| strategy | where the budget grows |", "| --- | --- |"]
    for name in TABLE:
        reads = what_it_reads(name)
        why = f"is made anew: it reads its {' and '.join(sorted(reads))}"
        rows.append(f"| {name} | {why if reads else 'goes on'} |")
        print(rows[-1], flush=True)
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    command = f"`python -m tests.campaigns.continued {sys.argv[1]}`"
    Path(sys.argv[1]).write_text(f"# Runs that are continued\n\n{command}\n\n{table()}")
