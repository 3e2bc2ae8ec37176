"""Logs in IOHprofiler's JSON format, version 2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from blackbox.errors import LogError
from blackbox.imports.records import Floats, Record

NEEDED = ("function_name", "maximization", "algorithm", "attributes", "scenarios")


def read(path: Path) -> Iterator[Record]:
    """Each run below a folder; the instance is the seed, unless a run says its own."""
    is_log = False
    for file in sorted(path.rglob("*.json")):
        metadata = json.loads(file.read_text("utf-8"))
        if isinstance(metadata, dict) and all(key in metadata for key in NEEDED):
            is_log = True
            for scenario in metadata["scenarios"]:
                yield from _scenario(file.parent, metadata, scenario)
    if not is_log:
        raise LogError(f"there is no JSON file of IOHprofiler in {path}")


def _scenario(folder: Path, metadata: dict[str, Any], scenario: dict[str, Any]) -> Iterator[Record]:
    data, described = folder / scenario["path"], scenario["runs"]
    runs = _runs(data)
    if len(runs) != len(described):
        raise LogError(f"{data} holds {len(runs)} runs, but its JSON file lists {len(described)}")
    sign = 1.0 if metadata["maximization"] else -1.0
    for (names, rows), run in zip(runs, described, strict=True):
        column = dict(zip(names, rows.T, strict=True))
        if not {"evaluations", "raw_y"} <= set(column):
            raise LogError(f"{data} needs the columns evaluations and raw_y; it has {names}")
        evaluations, first = np.unique(column["evaluations"].astype(np.int64), return_index=True)
        gradients = column.get("grad_evals")
        yield Record(
            objective=metadata["function_name"],
            strategy=metadata["algorithm"]["name"],
            seed=int(run.get("seed", run["instance"])),
            dim=int(scenario["dimension"]),
            evaluations=evaluations,
            score=sign * column["raw_y"][first],
            gradients=None if gradients is None else gradients[first].astype(np.int64),
            spent=int(run["evals"]),
            sign=int(sign),
        )


def _runs(path: Path) -> list[tuple[list[str], Floats]]:
    """Each run of a data file, which begins with a line of names: the names and rows `[n, k]`."""
    runs: list[tuple[list[str], list[list[float]]]] = []
    for line in path.read_text("utf-8").splitlines():
        cells = line.split()
        if cells[:1] == ["evaluations"]:
            runs.append((cells, []))
        elif cells:
            runs[-1][1].append([np.nan if cell == "None" else float(cell) for cell in cells])
    return [(names, np.array(rows)) for names, rows in runs if rows]
