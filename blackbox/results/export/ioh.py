"""IOHprofiler's JSON, version 2, which IOHanalyzer and iohinspector read.

Raw scores, to be maximised, or losses, to be minimised, as the file says. The format is that of
IOHprofiler/IOHexperimenter, `include/ioh/logger/analyzer.hpp`. Two columns more than it asks for:
`grad_evals`, and `cost` at the price that the study was read at, to be named as `eval_var="cost"`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blackbox.errors import ExportError
from blackbox.results.export.logs import Log, LoggedRun, logs
from blackbox.results.export.suite_problem import suite_problem
from blackbox.results.writing.file_names import file_names

MOST_DIMENSIONS = 65_535  # what an unsigned integer of 16 bits holds: the format's readers use one
COLUMNS = ["evaluations", "raw_y", "grad_evals", "cost"]


def write(
    runs: pd.DataFrame, evaluations: pd.DataFrame, folder: Path, losses: Collection[str] = ()
) -> None:
    """Write a folder per strategy: a JSON file per objective, and its rows.

    Objectives `bbob.f1` to `bbob.f24`, in the dimensions of COCO's suite, are said to be of ioh's
    suite BBOB, by their number there, and each run by its instance of the function; of all others a
    number is one of the study's own, and an instance a seed's place. Raises ExportError for more
    dimensions than the format can hold.
    """
    too_many = runs[runs["dim"] > MOST_DIMENSIONS]
    if len(too_many):
        too_large = f"objective {too_many['objective'].iloc[0]!r} has {too_many['dim'].iloc[0]}"
        raise ExportError(
            f"IOHprofiler's format holds at most {MOST_DIMENSIONS} dimensions, but {too_large}; "
            "export it as coco, csv or parquet"
        )
    made = list(logs(runs, evaluations, losses))
    folders, names = file_names(runs["strategy"]), file_names(log.name for log in made)
    functions: dict[tuple[str, str], list[Log]] = {}
    for log in made:
        functions.setdefault((log.strategy, log.name), []).append(log)
    for (strategy, name), of_function in functions.items():
        _write(of_function, names[name], folder / folders[strategy])


def _write(logs: Sequence[Log], name: str, folder: Path) -> None:
    """One function over its dimensions: a scenario, and a file of rows, for each.

    Such logs differ in `d` alone: they are of one instance of a suite's function, or none is.
    """
    log, problems = logs[0], [suite_problem(each.objective, each.dim) for each in logs]
    number, suite = log.function, "blackbox"
    instance: int | None = None
    # The suite's functions are losses: what is written as a score is none of them.
    if all(problems) and problems[0] and log.sign < 0:
        number, suite, instance = problems[0].function, "BBOB", problems[0].instance
    data = f"data_f{number}_{name}"
    (folder / data).mkdir(parents=True, exist_ok=True)
    scenarios = [(f"{data}/IOHprofiler_f{number}_DIM{each.dim}.dat", each) for each in logs]
    described = {
        "version": "0.3.22",
        "suite": suite,
        "function_id": number,
        "function_name": log.name if len(logs) > 1 else log.objective,
        "maximization": log.sign > 0,
        "algorithm": {"name": log.strategy, "info": ""},
        # Never `experiment_attributes`: iohinspector evaluates their values as Python.
        "run_attributes": ["seed", "grad_evals", "cost"],
        "attributes": COLUMNS,
        "scenarios": [
            {
                "dimension": each.dim,
                "path": path,
                "runs": [_described(run, each.sign, instance or run.instance) for run in each.runs],
            }
            for path, each in scenarios
        ],
    }
    file = folder / f"IOHprofiler_f{number}_{name}.json"
    file.write_text(json.dumps(described, indent=1), "ascii", newline="\n")
    for path, each in scenarios:
        with (folder / path).open("w", encoding="ascii", newline="\n") as rows:
            for run in each.runs:
                rows.write(f"{' '.join(COLUMNS)}\n{_lines(run, each.sign)}")


def _described(run: LoggedRun, sign: int, instance: int) -> dict[str, Any]:
    has_score = not np.isnan(run.best[-1])
    row = int(np.argmax(run.best == run.best[-1]))
    return {
        "instance": instance,
        "evals": int(run.evaluations[-1]),
        "best": {
            "evals": int(run.evaluations[row]) if has_score else 0,
            "y": sign * float(run.best[-1]) if has_score else None,
            "x": [],
        },
        "seed": run.seed,
        "grad_evals": int(run.gradients[-1]),
        "cost": float(run.cost[-1]),
    }


def _lines(run: LoggedRun, sign: int) -> str:
    # An invalid point as the worst there is: NaN would count as a hit of every target.
    score = sign * np.where(np.isnan(run.score), -np.inf, run.score)
    columns = (run.evaluations, score, run.gradients, run.cost)
    table = zip(*(column.tolist() for column in columns), strict=True)
    return "".join(f"{e} {y:.17g} {g} {cost:.12g}\n" for e, y, g, cost in table)
