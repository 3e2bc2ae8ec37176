"""What keeping every answer costs: microseconds and bytes of an evaluation, and seconds to load.

    python -m tests.benchmarks.journal [--evaluations 1000000] [--runs 3300]

Goals: 3 us of an evaluation in batches of 100; 3 300 runs of 60 evaluations at d = 10 with two
judges in 30 MB, loaded in 3 s; a study of cheap scorers hardly longer with a folder than without.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

import blackbox as bb
from blackbox.protocol import Answer, Ask
from blackbox.runtime import journal_reader
from blackbox.runtime.journal import JournalFile

D = 10
ABOUT = {"key": "a", "objective": "o", "strategy": "s", "seed": 0, "gradient_price": 1.0}


def journaled(folder: Path, evaluations: int, rows: int) -> None:
    """Time and size of so many evaluations in batches, each flushed as an engine does."""
    points, score = np.random.default_rng(0).standard_normal((rows, D)), np.ones(rows)
    asked, answer = Ask(points), Answer(score=score)
    file = JournalFile(folder)
    run = file.open_run(ABOUT)
    clock = time.perf_counter()
    for _ in range(evaluations // rows):
        file.asked([run])
        run.append((asked, answer, 0.001))
        file.flush()
    file.close()
    seconds = time.perf_counter() - clock
    size = file.path.stat().st_size
    clock = time.perf_counter()
    record = journal_reader.read(file.path).runs["a"]
    held = sum(len(one) for _, one, _ in record.exchanges())
    assert held == evaluations // rows * rows
    print(
        f"batches of {rows}: {seconds / held * 1e6:.2f} us and {size / held:.1f} bytes of an "
        f"evaluation; read in {(time.perf_counter() - clock) / held * 1e6:.2f} us",
        flush=True,
    )


def bowl(x: torch.Tensor) -> torch.Tensor:
    return -(x - 0.5).square().sum(-1)


def size_of(x: torch.Tensor) -> torch.Tensor:
    norm: torch.Tensor = torch.linalg.norm(x, dim=1)
    return norm


def first(x: torch.Tensor) -> torch.Tensor:
    return x[:, 0]


def carried_out(folder: Path | None, seeds: int) -> float:
    """Seconds of a study of a cheap scorer: two strategies, 60 evaluations each."""
    judges: dict[str, Any] = {"size": bb.Judge(size_of, high=4.0), "first": first}
    objective = bb.Objective(bowl, space=bb.Space.normal(D), name="bowl", judges=judges)
    clock = time.perf_counter()
    bb.compare(objective, ["random_search", "cma_es", "lbfgs"], 60, seeds, store=folder)
    return time.perf_counter() - clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3_300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as here:
        for rows in (100, 10, 1):
            journaled(
                Path(here) / str(rows), given.evaluations * (1 if rows > 1 else 0) or 100_000, rows
            )
        folder = Path(here) / "large"
        seconds = carried_out(folder, given.runs // 3)
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        print(
            f"{given.runs} runs: made in {seconds:.1f} s, {len(files)} files, {size / 1e6:.1f} MB"
        )
        clock, busy = time.perf_counter(), time.process_time()
        study = bb.load(folder)
        busy, seconds = time.process_time() - busy, time.perf_counter() - clock
        print(f"loaded in {seconds:.2f} s ({busy:.2f} s of a core): {study}", flush=True)
        with_it, without = [], []
        for nth in range(7):
            without.append(carried_out(None, 20))
            with_it.append(carried_out(Path(here) / f"small{nth}", 20))
        ratio = statistics.median(with_it) / statistics.median(without)
        print(
            f"with a folder {ratio:.2f} times as long: {statistics.median(without):.2f} s without"
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
