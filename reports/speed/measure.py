"""Seconds of steps and of whole runs, agreement with BoTorch, and what runs find: four frames.

What is timed, and how, stands in `tests/benchmarks`. Measure on an idle machine. It needs
`pip install -c constraints.txt -e ".[all]" optuna==5.0.0 ax-platform==1.3.1`.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import platform
import warnings

import pandas as pd

from reports.make import Given
from tests.benchmarks import agreement, cost, quality

SIZES, LANDSCAPES, SEEDS = [20, 50, 100, 200, 400], ["sphere", "rosenbrock", "ackley"], 20
PACKAGES = ("numpy", "scipy", "torch", "botorch", "gpytorch", "optuna", "ax-platform")


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page, and under which `conditions` they were made."""
    warnings.simplefilter("ignore")  # peers warn of their own business, and Ax logs each step
    logging.disable(logging.WARNING)
    small, objectives = given.small, quality.OBJECTIVES
    load = [os.getloadavg()[0]]
    steps = cost.steps(SIZES[:1] if small else SIZES, LANDSCAPES[: 1 if small else 3], cost.POINTS)
    load.append(os.getloadavg()[0])
    whole = cost.whole(*((1, 25, 1, 8) if small else (SEEDS, 200, 2, 45)))
    load.append(os.getloadavg()[0])
    sets = agreement.run(agreement.LANDSCAPES[: 1 if small else None])
    few = {"synthetic.ackley(d=6)": 8}
    runs = given.runs, few if small else objectives, 3 if small else SEEDS, given.jobs
    return {
        "steps": steps,
        "whole": whole,
        "agreement": sets,
        "quality": quality.run(*runs, (8,) if small else quality.AT),
        "conditions": conditions(load),
        "settings": pd.DataFrame({"setting": ["seeds"], "value": [SEEDS]}),
    }


def conditions(load: list[float]) -> pd.DataFrame:
    """A row per timed part: the load of the machine around it, and versions."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    python = f"Python {platform.python_version()}"
    return pd.DataFrame(
        {
            "part": ["steps", "whole"],
            "load_before": load[:2],
            "load_after": load[1:],
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
            "versions": ", ".join([python, *versions]),
        }
    )
