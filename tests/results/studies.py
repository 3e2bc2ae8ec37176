"""Studies made by hand, of which several files read the tables, and what these are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import blackbox as bb
from blackbox.trace import JudgedPath, Status, Trace
from tests.conftest import make_trace

RECIPE: dict[str, Any] = {
    "name": "toy | <b>",
    "objectives": ["bowl", "a<b|c"],
    "strategies": ["random_search", "climb"],
    "budget": 4.0,
    "prices": [1.0, 3.0],
    "seeds": [0, 1, 2],
}

# What each table is asked for beside the price; the others are asked for nothing.
ASKED = {"paired": ("random_search",), "paired_over_objectives": ("random_search",)}
OF_A_PRICE = (
    *("summary", "ranks", "critical_difference", "aggregate", "best_known"),
    *("paired", "paired_over_objectives", "targets", "ecdf", "aocc", "profiles"),
    *("hypervolume", "paths", "exploitation", "over_optimisation"),
    *("audit", "failures", "invalid_points"),
)


def make_study(objectives: Iterable[str] = ("bowl", "a<b|c"), seeds: int = 3) -> list[Trace]:
    """Random search with best 1, 2, 3 and a climber with best 5, 6, 7, on each objective."""
    traces = []
    for objective in objectives:
        for seed in range(seeds):
            random = [0, seed + 1, 0, 0]
            traces.append(make_trace(random, strategy="random_search", **_at(objective, seed)))
            climb = [0, seed + 5]
            traces.append(make_trace(climb, gradients=[1, 1], **_at(objective, seed)))
    return traces


def _at(objective: str, seed: int) -> dict[str, Any]:
    pictured = np.arange(2 * 64.0).reshape(2, 8, 8)
    path = JudgedPath(np.array([0, 1]), {"real": np.array([0.5, 1.0])}, pictured)
    return {"objective": objective, "seed": seed, "path": path}


def difficult() -> list[Trace]:
    """Runs at which rules differ: failed, missing, empty, returned, invalid, judged."""
    traces = make_study()
    traces[1] = replace(traces[1], status=Status.FAILED, error="a\nValueError: x")
    traces[3] = make_trace([np.nan, np.nan], seed=1)
    failed: dict[str, Any] = {"status": Status.FAILED, "error": "boom", "objective": "a<b|c"}
    traces[6] = make_trace([], strategy="random_search", **failed)
    late: dict[str, Any] = {"gradients": [0, 1, 0], "strategy": "late", "status": Status.RETURNED}
    late |= {"criteria": {"high": np.array([1.0, 2, 3]), "low": np.array([1.0, 0, 2])}}
    late |= {"directions": {"high": 1, "low": -1}}
    return [
        *traces[:9],
        *traces[10:],
        *(make_trace([np.nan, 2, 3], seed=s, **late) for s in (0, 1)),
    ]


def comparison(traces: Sequence[Trace]) -> bb.Comparison:
    objectives = list(dict.fromkeys(trace.objective for trace in traces))
    recipe = {
        "name": "made by hand",
        "objectives": objectives,
        "strategies": list(dict.fromkeys(trace.strategy for trace in traces)),
        "budget": 4.0,
        "prices": [1.0],
        "seeds": sorted({trace.seed for trace in traces}),
        "fingerprints": dict.fromkeys(objectives, ""),
        "skipped": [],
    }
    return bb.Comparison(recipe, tuple(traces))
