"""COCO's text format `bbob-new2`, which cocopp reads: gradients are in its second column.

The format is that of numbbo/coco-experiment, `src/logger_bbob.c` and `src/coco_observer.c`. COCO
minimises: f = -score. cocopp prices what stands in the second column (constraints, where COCO
writes it) by `genericsettings.weight_evaluations_constraints = [1, price]`, set before loading.

What is a problem of the suite `bbob` is written as that suite's data, with its function, instance
and dimension; anything else under numbers that no suite has.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.export.logs import Floats, Ints, Log, LoggedRun, logs
from blackbox.results.export.suite_problem import suite_problem
from blackbox.results.statistics.large_numbers import restored, shrinking
from blackbox.results.writing.file_names import file_names

# The suite of the genuine ones, and one that cocopp accepts at any dimension.
BBOB, ANY = "bbob", "bbob-largescale"
HEADER = (
    "suite = '{suite}', funcId = {function}, DIM = {dim}, Precision = 1.000e-08, "
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


if NAMES:
    testbedsettings.load_current_testbed = named
cocopp.main([*sys.argv[1:], *FOLDERS])
'''
NOT_A_NUMBER = 2e21  # COCO's NAN_FOR_LOGGING
MOST = 1.797693134e308  # the largest number that is a float as it is written, with nine digits
# Below the reference differences are clipped, so an unknown optimum is placed above the best score
# by this share of what lies between the best and the median run.
MARGIN = 1e-3


@dataclass(frozen=True, eq=False)
class Function:
    """One function in one dimension, as one strategy ran on it: what COCO writes one index for."""

    suite: str
    number: int
    strategy: str
    dim: int
    instances: tuple[Log, ...]  # one objective each

    @property
    def runs(self) -> Iterator[tuple[Log, LoggedRun]]:
        """Each run, with the objective that it was on."""
        return ((log, run) for log in self.instances for run in log.runs)


def write(
    runs: pd.DataFrame, evaluations: pd.DataFrame, folder: Path, losses: Collection[str] = ()
) -> None:
    """Write a folder per strategy: an index per objective, and its .dat and .tdat files.

    Objectives `bbob.f1` to `bbob.f24`, in the dimensions of COCO's suite `bbob`, are data of that
    suite: instances of a function are one index. A study that has others too is written into two
    folders, `bbob` and `other`, since cocopp shows one suite at a time. `with_cocopp.py` shows a
    folder by cocopp, functions of no suite by their names. Differences are to the known optimum,
    else to a little above the best score of the study; which, the names in full, and the `sign` of
    a loss, -1, stand in the comment line of each index, as JSON.
    """
    logged = list(logs(runs, evaluations, losses))
    by_objective = runs.groupby("objective", sort=False)
    references = {str(name): _reference(rows) for name, rows in by_objective}
    folders = file_names(runs["strategy"])
    suites = {suite: list(_functions(logged, suite)) for suite in (BBOB, ANY)}
    for suite, functions in suites.items():
        if not functions:
            continue
        place = folder
        if all(suites.values()):
            place = folder / ("bbob" if suite == BBOB else "other")
            place.mkdir()
        strategies = {one.strategy for one in functions}
        used = [file for strategy, file in folders.items() if strategy in strategies]
        names = {one.number: one.instances[0].name for one in functions} if suite == ANY else {}
        script = SCRIPT.format(names=names, folders=used)
        (place / "with_cocopp.py").write_text(script, "utf-8", newline="\n")
        for function in functions:
            _write(function, references, place / folders[function.strategy])


def _functions(logged: Iterable[Log], suite: str) -> Iterator[Function]:
    """What of the logs belongs to this suite."""
    if suite == ANY:
        for log in logged:
            if suite_problem(log.objective, log.dim) is None:
                yield Function(ANY, FIRST_FUNCTION + log.function, log.strategy, log.dim, (log,))
        return
    # Each by its number `nth`, too, so that no two are alike.
    genuine = [
        (problem.function, log.strategy, log.dim, problem.instance, nth, log)
        for nth, log in enumerate(logged)
        if (problem := suite_problem(log.objective, log.dim))
    ]
    for (number, strategy, dim), them in groupby(sorted(genuine), lambda one: one[:3]):
        yield Function(BBOB, number, strategy, dim, tuple(one[-1] for one in them))


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


def _write(function: Function, references: Mapping[str, tuple[str, float]], folder: Path) -> None:
    name = f"bbobexp_f{function.number}_DIM{function.dim}"
    data = f"data_f{function.number}"
    (folder / data).mkdir(parents=True, exist_ok=True)
    of_suite = {"suite": function.suite, "function": function.number, "dim": function.dim}
    header = HEADER.format(**of_suite, algorithm=folder.name)
    differences = [references[log.objective] for log, _ in function.runs]
    entries = [f"{data}/{name}.dat"]
    entries += [
        _entry(log, run, reference)
        for (log, run), (_, reference) in zip(function.runs, differences, strict=True)
    ]
    comment = f"% {json.dumps(_described(function, references))}"
    with (folder / f"bbobexp_f{function.number}.info").open(
        "a", encoding="ascii", newline="\n"
    ) as file:
        file.write("\n".join([header, comment, ", ".join(entries), ""]))
    for ending, rows_of in ((".dat", _improvements), (".tdat", _milestones)):
        with (folder / data / f"{name}{ending}").open("w", encoding="ascii", newline="\n") as file:
            for (_, run), (kind, reference) in zip(function.runs, differences, strict=True):
                columns = COLUMNS.format(kind=kind, reference=reference)
                last = len(run.evaluations) - 1
                rows = np.unique([0, *rows_of(run, function.dim), last])
                file.write(f"{columns}\n{_lines(run, rows, reference)}")


def _described(function: Function, references: Mapping[str, tuple[str, float]]) -> dict[str, Any]:
    """What COCO has no place for: of several instances, a list with one entry a run."""
    log = function.instances[0]
    kind, reference = references[log.objective]
    described: dict[str, Any] = {"objective": log.objective, "strategy": log.strategy}
    described |= {kind: reference, "seeds": [run.seed for _, run in function.runs]}
    described |= {"sign": log.sign}
    if len(function.instances) > 1:
        described["objective"] = [one.objective for one, _ in function.runs]
        described[kind] = [references[one.objective][1] for one, _ in function.runs]
    return described


def _entry(log: Log, run: LoggedRun, reference: float) -> str:
    difference = _above(_logged(run.best[-1:]), reference)[0]
    problem = suite_problem(log.objective, log.dim)
    instance = problem.instance if problem else run.instance
    return f"{instance}:{run.evaluations[-1]}|{difference:.1e}"


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
