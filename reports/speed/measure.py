"""Seconds of steps and of whole runs, agreement with BoTorch, and what runs find: a frame each.

What is timed, and how, stands in `tests/benchmarks`. Measure on an idle machine. It needs
`pip install -c constraints.txt -e ".[all]" optuna==5.0.0 ax-platform==1.3.1`.
"""

import logging
import os
import warnings

import pandas as pd

from blackbox.machine import facts, versions
from blackbox.pages.frames import Table
from blackbox.pages.making import Given
from tests.benchmarks import agreement, cost, quality
from tests.benchmarks.field import ledger
from tests.benchmarks.field.rows import Size

SIZES, LANDSCAPES, SEEDS = (20, 50, 100, 200, 400), ("sphere", "rosenbrock", "ackley"), 20
AT = [50, 100]  # evaluations
FEW = {"synthetic.ackley(d=6)": 8}  # of a small study


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page, and under which `conditions` they were made."""
    warnings.simplefilter("ignore")  # peers warn of their own business, and Ax logs each step
    logging.disable(logging.WARNING)
    given.made_with("bayes_opt", "botorch_loop")
    many = 1 if given.small else None
    load = {"load before": f"{os.getloadavg()[0]:.1f}"}
    steps = cost.steps(SIZES[:many], LANDSCAPES[:many], cost.POINTS)
    whole = cost.whole(*((1, 25, 1, 8) if given.small else (SEEDS, 200, 2, 45)))
    load["load after"] = f"{os.getloadavg()[0]:.1f}"
    objectives, at, seeds = (FEW, [8], 3) if given.small else (quality.OBJECTIVES, AT, SEEDS)
    conditions = facts() | versions() | load
    rows = ledger.all_rows(Size(small=given.small))
    return {
        "steps": steps,
        "whole": whole,
        "agreement": agreement.run(agreement.LANDSCAPES[:many]),
        "quality": quality.run(given.runs, objectives, seeds, given.jobs, at),
        "conditions": pd.DataFrame({"what": conditions.keys(), "is": conditions.values()}),
        "settings": {"seeds": SEEDS},
        ledger.FRAME: ledger.measured(rows, given.runs / "bench.csv"),
        ledger.MACHINE: ledger.conditions(rows),
    }
