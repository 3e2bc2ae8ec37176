"""COCO's text format `bbob-new2`, which cocopp reads: gradients are in its second column.

The format is that of numbbo/coco-experiment, `src/logger_bbob.c` and `src/coco_observer.c`. COCO
minimises: f = -score. cocopp prices what stands in the second column (constraints, where COCO
writes it) by `genericsettings.weight_evaluations_constraints = [1, price]`, set before loading.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.export.logs import Floats, Ints, Log, LoggedRun, logs
from blackbox.results.statistics.large_numbers import restored, shrinking
from blackbox.results.writing.file_names import file_names

# The suite that cocopp accepts at any dimension.
HEADER = (
    "suite = 'bbob-largescale', funcId = {function}, DIM = {dim}, Precision = 1.000e-08, "
    "algId = '{algorithm}', coco_version = '2.7.0', logger = 'bbob', data_format = 'bbob-new2'"
)
COLUMNS = (
    "% f evaluations | g evaluations | best noise-free fitness - {kind} ({reference:.12e}) + sum "
    "g_i+ | measured fitness | best measured fitness or single-digit g-values | x1 | x2..."
)
# cocopp names a function by its number in a suite of its own: f3 is "Rastrigin" there, whatever it
# is. Numbers that no suite has are shown as they are; the name stands in the index.
FIRST_FUNCTION = 1000
SCRIPT = '''"""Show these runs with cocopp, each function by its own name."""

import os
import sys

import cocopp
from cocopp import testbedsettings

NAMES = {names!r}
FOLDERS = {folders!r}

os.chdir(os.path.dirname(os.path.abspath(__file__)))
load = testbedsettings.load_current_testbed


def named(*arguments, **settings):
    made = load(*arguments, **settings)
    testbedsettings.current_testbed.short_names = NAMES
    return made


testbedsettings.load_current_testbed = named
cocopp.main([*sys.argv[1:], *FOLDERS])
'''
NOT_A_NUMBER = 2e21  # COCO's NAN_FOR_LOGGING
MOST = 1.797693134e308  # the largest number that is a float as it is written, with nine digits
# Below the reference differences are clipped, so an unknown optimum is placed above the best score
# by this share of what lies between the best and the median run.
MARGIN = 1e-3


def write(
    runs: pd.DataFrame, evaluations: pd.DataFrame, folder: Path, losses: Collection[str] = ()
) -> None:
    """Write a folder per strategy: an index per objective, and its .dat and .tdat files.

    `with_cocopp.py` shows them by cocopp with the names of the functions. Differences are to the
    known optimum, else to a little above the best score of the study; which, the names in full,
    and the `sign` of a loss, -1, stand in the comment line of each index, as JSON.
    """
    logged = list(logs(runs, evaluations, losses))
    references = {name: _reference(rows) for name, rows in runs.groupby("objective", sort=False)}
    folders = file_names(runs["strategy"])
    names = {FIRST_FUNCTION + log.function: log.name for log in logged}
    script = SCRIPT.format(names=names, folders=list(folders.values()))
    (folder / "with_cocopp.py").write_text(script, "utf-8", newline="\n")
    for log in logged:
        _write(log, *references[log.objective], folder / folders[log.strategy])


def _reference(runs: pd.DataFrame) -> tuple[str, float]:
    """What differences are taken to, as COCO's f, and whether it is the optimum (Fopt) or not."""
    best, optimum = runs["best"].max(), runs["optimum"].max()
    if not np.isnan(optimum):
        return "Fopt", 0.0 - float(np.nanmax([optimum, best]))
    by = shrinking(runs["best"])
    margin = MARGIN * (by * best - (by * runs["best"]).median())
    above = (
        float(np.nextafter(best, np.inf)) if margin > 0 else -np.inf
    )  # where it is lost in rounding
    reference = max(restored(float(by * best + margin), by), above)
    return "Fref", 0.0 if np.isnan(best) else -min(reference, MOST)


def _write(log: Log, kind: str, reference: float, folder: Path) -> None:
    number = FIRST_FUNCTION + log.function
    name = f"bbobexp_f{number}_DIM{log.dim}"
    data = f"data_f{number}"
    (folder / data).mkdir(parents=True, exist_ok=True)
    header = HEADER.format(function=number, dim=log.dim, algorithm=folder.name)
    described = {"objective": log.objective, "strategy": log.strategy, kind: reference}
    described |= {"seeds": [run.seed for run in log.runs], "sign": log.sign}
    entries = [f"{data}/{name}.dat", *(_entry(run, reference) for run in log.runs)]
    index = [header, f"% {json.dumps(described)}", ", ".join(entries), ""]
    with (folder / f"bbobexp_f{number}.info").open("a", encoding="ascii", newline="\n") as file:
        file.write("\n".join(index))
    columns = COLUMNS.format(kind=kind, reference=reference)
    for ending, rows_of in ((".dat", _improvements), (".tdat", _milestones)):
        with (folder / data / f"{name}{ending}").open("w", encoding="ascii", newline="\n") as file:
            for run in log.runs:
                rows = np.unique([0, *rows_of(run, log.dim), len(run.evaluations) - 1])
                file.write(f"{columns}\n{_lines(run, rows, reference)}")


def _entry(run: LoggedRun, reference: float) -> str:
    difference = _above(_logged(run.best[-1:]), reference)[0]
    return f"{run.instance}:{run.evaluations[-1]}|{difference:.1e}"


def _lines(run: LoggedRun, rows: NDArray[np.intp], reference: float) -> str:
    value, best = _logged(run.score[rows]), _logged(run.best[rows])
    columns = (run.evaluations[rows], run.gradients[rows], _above(best, reference), value, best)
    table = zip(*(column.tolist() for column in columns), strict=True)
    return "".join(f"{e} {g} {d:+10.9e} {v:+10.9e} {b:+10.9e}\n" for e, g, d, v, b in table)


def _logged(score: Floats) -> Floats:
    return np.where(np.isnan(score), NOT_A_NUMBER, np.clip(-score, -MOST, MOST))


def _above(value: Floats, reference: float) -> Floats:
    with np.errstate(over="ignore"):
        return np.clip(value - reference, -MOST, MOST)


def _improvements(run: LoggedRun, dim: int) -> Ints:
    """Rows at which the best score rose."""
    before = np.concatenate([[-np.inf], np.nan_to_num(run.best[:-1], nan=-np.inf)])
    return np.flatnonzero(run.best > before)


def _milestones(run: LoggedRun, dim: int) -> Ints:
    """Rows that stand at COCO's evaluation numbers: 10^(i/20), and 1, 2 and 5 times 10^k dim."""
    last = run.evaluations[-1]
    powers = 10 ** (np.arange(20 * np.log10(last) + 1) / 20)
    times_dim = dim * np.outer([1, 2, 5], 10.0 ** np.arange(np.log10(last) + 1)).ravel()
    numbers = np.floor(np.concatenate([powers, times_dim]))
    rows: Ints = np.searchsorted(run.evaluations, numbers[numbers <= last], side="right") - 1
    return rows
