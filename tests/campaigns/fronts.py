"""Searches for a front beside luck and a weighted sum, where the front is known in closed form.

    python -m tests.campaigns.fronts --seeds 10 [--write]

A number of the table is the share of the hypervolume of the true front that a run commands, the
mean over seeds with its 95 % interval, up to the reference point of the problem.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

import blackbox as bb
from tests.campaigns.command import options, publish

PLANS = {
    100: ("random_search", "bayes_opt", "parego", "pymoo:NSGA2"),
    1000: ("random_search", "pymoo:NSGA2"),
}
# The reference points of the problems, worse than all of their fronts.
AT = {
    "zdt1": {"f0": 1.1, "f1": 1.1},
    "bnh": {"f0": 140.0, "f1": 50.0},
    "dtlz2": {"f0": 1.1, "f1": 1.1, "f2": 1.1},
}


def zdt1(x: torch.Tensor) -> dict[str, torch.Tensor]:
    """E. Zitzler, K. Deb, L. Thiele, 2000, doi:10.1162/106365600568202; front 1 - sqrt(f0)."""
    first, g = x[:, 0], 1 + 9 * x[:, 1:].mean(-1)
    return {"f0": first, "f1": g * (1 - torch.sqrt(first / g))}


def bnh(x: torch.Tensor) -> dict[str, torch.Tensor]:
    """T. T. Binh, U. Korn, MOBES, 1997: the front is x0 = x1 up to 3, then x1 = 3."""
    a, b = x[:, 0], x[:, 1]
    f0, f1 = 4 * a**2 + 4 * b**2, (a - 5) ** 2 + (b - 5) ** 2
    return {"f0": f0, "f1": f1, "near": (a - 5) ** 2 + b**2, "far": (a - 8) ** 2 + (b + 3) ** 2}


def dtlz2(x: torch.Tensor) -> dict[str, torch.Tensor]:
    """K. Deb, L. Thiele, M. Laumanns, E. Zitzler, 2002, doi:10.1109/CEC.2002.1007032; a sphere."""
    r = 1 + ((x[:, 2:] - 0.5) ** 2).sum(-1)
    a, b = x[:, 0] * math.pi / 2, x[:, 1] * math.pi / 2
    return {
        "f0": r * torch.cos(a) * torch.cos(b),
        "f1": r * torch.cos(a) * torch.sin(b),
        "f2": r * torch.sin(a),
    }


SCORERS: dict[str, Any] = {"zdt1": zdt1, "bnh": bnh, "dtlz2": dtlz2}


def problem(name: str, **settings: Any) -> bb.Objective:
    """An objective whose criteria are wanted low."""
    space = bb.Space.box([0, 0], [5, 3]) if name == "bnh" else bb.Space.box(0, 1, 6)
    given: dict[str, Any] = {"weights": dict.fromkeys(AT[name], 1), "maximize": False}
    if name == "bnh":
        given["constraints"] = {"near": bb.AtMost(25), "far": bb.AtLeast(7.7)}
    return bb.Objective(SCORERS[name], space=space, name=name, **given, **settings)


def true_volume(name: str) -> float:
    """What lies between the front and the reference point."""
    first, second, *_ = AT[name].values()
    if name == "zdt1":  # the integral of 1 - sqrt(f0) up to 1 is 1 / 3
        return second * first - 1 / 3
    if name == "dtlz2":  # all but an eighth of the unit ball
        return first**3 - math.pi / 6
    # BNH along its front: f0 = 8 t^2, f1 = 2 (t - 5)^2, then f0 = 36 + 4 t^2, f1 = 4 + (t - 5)^2.
    near, far = np.linspace(0, 3, 100_001), np.linspace(3, 5, 100_001)
    f0 = np.concatenate([8 * near**2, 36 + 4 * far**2])
    f1 = np.concatenate([2 * (near - 5) ** 2, 4 + (far - 5) ** 2])
    return float(np.trapezoid(second - f1, f0) + (first - f0[-1]) * (second - f1[-1]))


def shares(names: Sequence[str], strategies: Sequence[str], budget: int, seeds: int) -> list[str]:
    """The rows of the table for one budget."""
    cells: dict[str, list[str]] = {strategy: [] for strategy in strategies}
    for name in names:
        study = bb.compare(problem(name), strategies, budget, seeds)
        table = study.hypervolume(AT[name]).set_index("strategy")
        for strategy in strategies:
            row = table.loc[strategy, ["hypervolume", "low", "high"]].to_numpy(float)
            mean, low, high = row / true_volume(name)
            cells[strategy].append(f"{mean:.3f} [{low:.3f}, {high:.3f}]")
    return [f"| {budget} | {name} | {' | '.join(row)} |" for name, row in cells.items()]


def main() -> None:
    """Print the table, and write it beside this file if asked."""
    given = options(__doc__, seeds=10)
    lines = [
        "# Fronts",
        "",
        "The share of the true front's hypervolume, mean over seeds and its 95 % interval.",
        "",
        f"| scores | strategy | {' | '.join(SCORERS)} |",
        f"| --- | --- |{' --- |' * len(SCORERS)}",
    ]
    for budget, strategies in PLANS.items():
        lines += shares([*SCORERS], strategies, budget, given.seeds)
    publish("fronts", "\n".join(lines) + "\n", write=given.write, seeds=given.seeds)


if __name__ == "__main__":
    main()
