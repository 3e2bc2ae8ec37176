"""A million rows: seconds and memory of loading, tabulating, reporting and exporting a large study.

`python -m tests.benchmarks.large_study make FOLDER` writes 1 000 runs of 1 000 evaluations;
`... read FOLDER` prints a line per step, with what the process has held at most by then. A report
is to take less than 30 seconds and 2 GB, loading and tabulating included.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import blackbox as bb
from blackbox.machine import peak_memory_mb
from blackbox.protocol import Price
from blackbox.results import frame
from blackbox.trace import JudgedPath as Seen
from blackbox.trace import Status, Trace

OBJECTIVES, STRATEGIES, SEEDS, ROWS, DIM = 5, 20, 10, 1_000, 16
SIDE = 8  # of the pictures that judges saw
PRICES = (0.0, 1.0)


def traces() -> Iterator[Trace]:
    """Runs that improve by a power of cost; every second strategy asks for gradients."""
    grid = product(range(OBJECTIVES), range(STRATEGIES), range(SEEDS))
    for objective, strategy, seed in grid:
        rng = np.random.default_rng([objective, strategy, seed])
        z, nth = rng.standard_normal((ROWS, DIM)), np.arange(1, ROWS + 1)
        score = -(nth ** -rng.uniform(0.2, 1.0)) * rng.uniform(1, 2, ROWS)
        valid = rng.random(ROWS) > 0.01
        rows = np.unique([0, *rng.integers(1, ROWS, 6), np.argmax(np.where(valid, score, -9))])
        judged = {name: rng.standard_normal(len(rows)) for name in ("real", "typical")}
        yield Trace(
            objective=f"objective {objective}",
            strategy="random_search" if strategy == 0 else f"strategy {strategy}",
            seed=seed,
            dim=DIM,
            budget=float(ROWS),
            price=Price(gradient=0.0),
            status=Status.SPENT,
            error="",
            z=z,
            score=np.where(valid, score, -1e15),
            valid=valid,
            clipped=rng.random(ROWS) < 0.01,
            n_scores=nth,
            n_gradients=nth * (strategy % 2),
            n_decodes=0 * nth,
            seconds=np.full(ROWS, 1e-3),
            z_norm=np.linalg.norm(z, axis=1),
            log_prior=-0.5 * (z**2).sum(axis=1),
            used=float(ROWS),
            thinking_seconds=1.0,
            path=Seen(rows, judged, rng.random((len(rows), SIDE, SIDE), np.float32)),
            versions={"numpy": np.__version__},
        )


def make(folder: Path) -> None:
    """Write the study, as `blackbox run` would have."""
    made = tuple(traces())
    objectives, strategies = ({getattr(t, k): "" for t in made} for k in ("objective", "strategy"))
    recipe = {
        "name": "large",
        "objectives": list(objectives),
        "strategies": list(strategies),
        "budget": float(ROWS),
        "prices": list(PRICES),
        "seeds": list(range(SEEDS)),
        "fingerprints": objectives,
        "skipped": [],
    }
    bb.Comparison(recipe, made).save(folder)


def read(folder: Path) -> None:
    """Time what a user does with a large study, in the order of `blackbox report`."""
    study: Any = _timed("load", lambda: bb.load(folder))
    with tempfile.TemporaryDirectory() as out:
        _timed("report", lambda: study.report(out))
        for format in ("coco", "csv", "ioh", "nevergrad", "parquet"):
            _timed(f"export {format}", partial(study.export, Path(out) / format, format))
        csv = Path(out) / "csv" / "evaluations.csv"
        _timed("import csv", lambda: bb.read_log(csv, maximize=True))
    _timed("frame of evaluations", lambda: frame.evaluations(study.traces))
    _timed("frame of runs", lambda: study.runs)
    _timed("summary", study.summary)
    _timed("ranks", study.ranks)


def _timed(what: str, act: Callable[[], Any]) -> Any:
    clock, work = time.perf_counter(), time.process_time()
    done = act()
    wall, own = time.perf_counter() - clock, time.process_time() - work
    memory = f"at most {peak_memory_mb() / 1000:.2f} GB"
    print(f"{what:>20} {wall:6.2f} s, {own:6.2f} s of a core, {memory}", flush=True)
    return done


if __name__ == "__main__":
    {"make": make, "read": read}[sys.argv[1]](Path(sys.argv[2]))
