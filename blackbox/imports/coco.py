"""Logs in COCO's text format: `bbob`, `bbob-new` and `bbob-new2`, single-objective."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from blackbox.errors import LogError
from blackbox.imports.records import Floats, Record

HEADER = re.compile(
    r"(?:suite = '(?P<suite>[^']*)', )?funcId = (?P<function>\d+), DIM = (?P<dim>\d+)"
)
RUN = re.compile(r"(\d+):(\d+)\|")
NOT_A_NUMBER = 1e21  # at or above this, COCO means NaN or infinity


def read(path: Path) -> Iterator[Record]:
    """Each run below a folder: its best scores so far, minus COCO's differences to the optimum.

    The folder that holds an index names the strategy, the instance the seed. What this toolkit
    exported has its own names, seeds, scores and gradients again.
    """
    indices = sorted(path.rglob("*.info"))
    if not indices:
        raise LogError(f"there is no .info file in {path}")
    for index in indices:
        lines = [line for line in index.read_text("utf-8", "replace").splitlines() if line.strip()]
        starts = [n for n, line in enumerate(lines) if HEADER.match(line)]
        if not starts:
            raise LogError(f"{index} holds no line with funcId and DIM; is it COCO's?")
        for start in starts:
            header = HEADER.match(lines[start])
            assert header
            yield from _block(index, header.groupdict(), _told(lines[start + 1]), lines[start + 2])


def _block(
    index: Path, header: dict[str, Any], metadata: dict[str, Any], entry: str
) -> Iterator[Record]:
    data = index.parent / entry.split(", ")[0].strip().replace("\\", "/")
    by_target, by_number = _runs(data.with_suffix(".dat")), _runs(data.with_suffix(".tdat"))
    runs = RUN.findall(entry)
    if len(runs) != max(len(by_target), len(by_number)):
        raise LogError(f"{index} lists {len(runs)} runs, but {data} holds {len(by_target)}")
    suite = header["suite"] or "bbob"
    rows = zip_longest(by_target, by_number, fillvalue=np.empty((0, 3)))
    for nth, ((instance, spent), parts) in enumerate(zip(runs, rows, strict=True)):
        both = np.concatenate(parts)
        of_run = {name: _of_run(value, nth) for name, value in metadata.items()}
        optimum = of_run.get("Fopt", None if metadata else 0.0)
        evaluations, first = np.unique(both[:, 0], return_index=True)
        difference = np.where(both[first, 2] < NOT_A_NUMBER, both[first, 2], np.nan)
        yield Record(
            objective=of_run.get("objective", f"{suite} f{header['function']}"),
            strategy=metadata.get("strategy", index.parent.name),
            seed=of_run["seeds"] if metadata else int(instance),
            dim=int(header["dim"]),
            evaluations=evaluations.astype(np.int64),
            score=-(difference + of_run.get("Fopt", of_run.get("Fref", 0.0))),
            gradients=both[first, 1].astype(np.int64) if metadata else None,
            spent=int(spent),
            optimum=None if optimum is None else -optimum,
            sign=metadata.get("sign", 1) if metadata else -1,
        )


def _of_run(value: Any, nth: int) -> Any:
    """What the comment says of one run: of lists its entry."""
    return value[nth] if isinstance(value, list) else value


def _told(comment: str) -> dict[str, Any]:
    """What our own export says in the comment; nothing for anybody else's."""
    try:
        metadata = json.loads(comment.removeprefix("%"))
    except ValueError:
        return {}
    return metadata if isinstance(metadata, dict) and "objective" in metadata else {}


def _runs(path: Path) -> list[Floats]:
    """The first three columns of each run of a data file, `[n, 3]`; runs begin with a comment."""
    if not path.exists():
        return []
    runs: list[list[list[float]]] = []
    fresh = True
    for line in path.read_text("utf-8", "replace").splitlines():
        if line.startswith("%"):
            fresh = True
        elif line.strip():
            if fresh:
                runs.append([])
            fresh = False
            runs[-1].append([float(value) for value in line.split()[:3]])
    return [np.array(rows) for rows in runs]
