"""nevergrad's csv, a row per run: only its final loss is known, at the end of its budget."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from blackbox.errors import LogError
from blackbox.imports.cells import MOST_DIMENSIONS, Floats, Ints
from blackbox.imports.long import Source
from blackbox.imports.records import Record
from blackbox.imports.table import ROW_NUMBERS, LogTable, read_table
from blackbox.trace import Status

NEEDED = ("optimizer_name", "budget", "loss", "dimension")
NAMES = ("name", "function_class")
# Columns of nevergrad's csv that are no setting of the function.
NO_SETTING = (
    "optimizer_name",
    "seed",
    "loss",
    "error",
    "dimension",
    "name",
    "function_class",
    "elapsed_time",
    "elapsed_budget",
    "pseudotime",
    "parametrization",
    "num_objectives",
)
PRICE_DIGITS = 9  # of a price, which is a quotient of costs


def read_nevergrad(source: Source, notices: list[str]) -> list[Record]:
    """Each run of nevergrad's csv.

    A setting of the function that differs between rows is part of the objective's name. Seeds are
    kept where all optimizers of an objective have the same ones, else runs are numbered.
    """
    table = read_table(source, NEEDED, notices)
    strategies, dims = (
        table.cells("optimizer_name").names(),
        table.cells("dimension").whole(1, MOST_DIMENSIONS),
    )
    budgets, losses = _budgets(table), table.cells("loss").numbers()
    objectives = _objectives(table)
    seeds, errors = _seeds(table, objectives, strategies), _errors(table)
    elapsed = _elapsed(table, budgets, errors)
    signs, gradients, states = _signs(table), _gradients(table), _states(table)
    prices = _prices(table, elapsed, gradients)
    some = (elapsed > 0).astype(int)  # a run that failed at once has no row
    return [
        Record(
            objective=objectives[row],
            strategy=strategies[row],
            seed=int(seeds[row]),
            dim=int(dims[row]),
            evaluations=elapsed[row : row + some[row]],
            score=-losses[row : row + some[row]],
            gradients=None if gradients is None else gradients[row : row + some[row]],
            budget=float(budgets[row]),
            sign=signs[row],
            error=errors[row],
            status=states[row],
            gradient_price=prices[row],
        )
        for row in range(len(table))
    ]


def _budgets(table: LogTable) -> Floats:
    cells = table.cells("budget")
    budgets = cells.numbers()
    wrong = ~((budgets > 0) & np.isfinite(budgets))
    if wrong.any():
        raise cells.refusal(int(np.argmax(wrong)), "a budget is a number above 0")
    return budgets


def _elapsed(table: LogTable, budgets: Floats, errors: Sequence[str]) -> Ints:
    """Evaluations of each run, 0 only where it failed; where nothing is said, its budget."""
    if "elapsed_budget" not in table.columns:
        return np.maximum(budgets, 1).astype(np.int64)
    cells = table.cells("elapsed_budget")
    missing = cells.is_missing()
    numbers = np.where(missing, budgets, cells.numbers())
    least = np.where(np.array(errors) != "", 0, 1)
    with np.errstate(invalid="ignore"):
        is_whole = numbers % 1 == 0
    wrong = ~((numbers >= least) & (is_whole | missing) & (numbers <= budgets))
    if wrong.any():
        row = int(np.argmax(wrong))
        wanted = f"this must be a whole number from 1 up to the budget, {budgets[row]:g}"
        raise cells.refusal(row, wanted)
    return numbers.astype(np.int64)


def _objectives(table: LogTable) -> list[str]:
    named = next((name for name in NAMES if name in table.columns), None)
    names = table.cells(named).names() if named else ["function"] * len(table)
    settings = [
        name
        for name in table.columns
        if name not in (*NO_SETTING, *ROW_NUMBERS) and not name.startswith("info/")
    ]
    differing = [name for name in settings if len(set(_texts(table, name))) > 1]
    if any(name in table.columns for name in ROW_NUMBERS):
        table.notices.append(f"the numbers of rows in {table.source} were left out")
    objectives = _described(table, names, differing)
    for name in differing:
        others = _described(table, names, [one for one in differing if one != name])
        if len(set(objectives)) == len(table) > len(set(others)) and _differs_everywhere(
            table, name
        ):
            raise LogError(
                f"{table.source}: the column {name!r} has another value in each row, so each row "
                "would be an objective of its own; if it only numbers rows, leave it out"
            )
    return objectives


def _described(table: LogTable, names: Sequence[str], settings: Sequence[str]) -> list[str]:
    columns = [[f"{setting}={text}" for text in _texts(table, setting)] for setting in settings]
    if not columns:
        return list(names)
    rows = zip(*columns, strict=True)
    return [f"{name} ({', '.join(row)})" for name, row in zip(names, rows, strict=True)]


def _texts(table: LogTable, name: str) -> list[str]:
    return [str(value) for value in table.cells(name).content]


def _differs_everywhere(table: LogTable, name: str) -> bool:
    texts = _texts(table, name)
    return len(set(texts)) == len(texts)


def _seeds(table: LogTable, objectives: Sequence[str], strategies: Sequence[str]) -> Sequence[int]:
    cells: dict[tuple[str, str], list[int]] = {}
    for row, cell in enumerate(zip(objectives, strategies, strict=True)):
        cells.setdefault(cell, []).append(row)
    numbered = [0] * len(table)
    for rows in cells.values():
        for nth, row in enumerate(rows):
            numbered[row] = nth
    if "seed" not in table.columns or table.cells("seed").is_missing().all():
        return numbered
    column = table.cells("seed")
    numbers = column.numbers()
    with np.errstate(invalid="ignore"):
        wrong = ~(numbers % 1 == 0)
    if wrong.any():
        raise column.refusal(int(np.argmax(wrong)), "a seed is a whole number, as in other rows")
    if (numbers < 0).any():
        return numbered
    seeds = column.seeds().tolist()
    sets = {(cell[0], frozenset(seeds[row] for row in rows)) for cell, rows in cells.items()}
    paired = len(sets) == len(set(objectives))
    once = all(len({seeds[row] for row in rows}) == len(rows) for rows in cells.values())
    return seeds if paired and once else numbered


def _errors(table: LogTable) -> list[str]:
    if "error" not in table.columns:
        return [""] * len(table)
    empty = table.cells("error").is_missing()
    values = table.cells("error").content
    return ["" if none else str(value) for none, value in zip(empty, values, strict=True)]


# What our own export has beside nevergrad's columns.


def _signs(table: LogTable) -> list[int]:
    if "info/sign" not in table.columns:
        return [1 if "info/used" in table.columns else -1] * len(table)
    cells = table.cells("info/sign")
    signs = cells.numbers()
    wrong = ~np.isin(signs, (-1, 1))
    if wrong.any():
        raise cells.refusal(int(np.argmax(wrong)), "a sign is 1 or -1")
    return [int(sign) for sign in signs]


def _gradients(table: LogTable) -> Ints | None:
    if "info/n_gradients" not in table.columns:
        return None
    cells = table.cells("info/n_gradients")
    return None if cells.is_missing().any() else cells.whole(0)


def _prices(table: LogTable, elapsed: Ints, gradients: Ints | None) -> list[float | None]:
    """What a gradient cost each run, by the units that it used."""
    if gradients is None or "info/used" not in table.columns:
        return [None] * len(table)
    cells = table.cells("info/used")
    used = cells.numbers()
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = np.where(gradients > 0, (used - elapsed) / gradients, 1.0)
    wrong = ~((prices >= 0) & np.isfinite(prices))
    if wrong.any():
        raise cells.refusal(int(np.argmax(wrong)), "this must be what scores and gradients cost")
    asked = (gradients > 0).tolist()
    exact = [float(f"{price:.{PRICE_DIGITS}g}") for price in prices.tolist()]
    return [price if some else None for price, some in zip(exact, asked, strict=True)]


def _states(table: LogTable) -> list[Status | None]:
    if "info/status" not in table.columns:
        return [None] * len(table)
    return states_of(table.cells("info/status"))


def states_of(cells: Any) -> list[Status | None]:
    """How runs ended, as our exports say it. Raises LogError for other words."""
    words: Collection[str] = list(map(str, Status))
    for row, value in enumerate(cells.content):
        if str(value) not in words:
            raise cells.refusal(row, f"this must be one of {', '.join(words)}")
    return [Status(str(value)) for value in cells.content]
