"""Data files of runs below one another: rows of numbers, and lines that begin a run."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from blackbox.errors import LogError
from blackbox.imports.cells import MOST, Cells, Ints


@dataclass(eq=False)
class DataRows:
    """The rows of one run of a data file, with the numbers of their lines."""

    place: str
    line: int  # that begins the run
    header: str
    names: Sequence[str]
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def at(self, row: int, column: int) -> str:
        """The place of a cell, for errors."""
        name = repr(self.names[column]) if column < len(self.names) else str(column + 1)
        return f"{self.place}, line {self.lines[row]}, column {name}"

    def column(self, column: int) -> Cells:
        """The cells of a column."""
        values = [cells[column] for cells in self.cells]
        return Cells(values, lambda row: self.at(row, column), [], is_only=True)

    def counts(self, column: int, least: int) -> Ints:
        """A column of counters `[n]`, which rise. Raises LogError where they do not."""
        counts = self.column(column).whole(least)
        steps = np.diff(counts)
        wrong = steps < 0 if least == 0 else steps <= 0
        if wrong.any():
            row = int(np.argmax(wrong)) + 1
            before = counts[row - 1]
            what = "fall" if least == 0 else "stand still or fall"
            raise LogError(
                f"{self.at(row, column)}: a counter cannot {what}, from {before} to "
                f"{counts[row]}; a line was changed, moved or lost, or another run begins here"
            )
        return counts


def runs_of_lines(
    lines: Sequence[str], place: str, header: Callable[[str], Sequence[str] | None], comment: str
) -> list[DataRows]:
    """The runs of a file; `header` gives the names of columns for a line that begins one.

    Other lines that begin with `comment` say nothing. Raises LogError for rows of another length.
    """
    runs: list[DataRows] = []
    for nth, line in enumerate(lines, start=1):
        names = header(line)
        if names is not None:
            runs.append(DataRows(place, nth, line, names))
        elif not line.strip() or (comment and line.startswith(comment)):
            continue
        elif not runs:
            raise LogError(
                f"{place}, line {nth}: {line[:60]!r} stands before the line of names that begins a "
                "run; is the beginning of the file missing?"
            )
        else:
            cells = re.split(r"[ \t,;]+", line.strip()) if "," in line else line.split()
            _refuse_short(runs[-1], nth, line, cells)
            runs[-1].cells.append(cells)
            runs[-1].lines.append(nth)
    return runs


def _refuse_short(run: DataRows, nth: int, line: str, cells: Sequence[str]) -> None:
    if len(cells) < len(run.names) or (run.cells and len(cells) != len(run.cells[0])):
        wanted = len(run.cells[0]) if run.cells else len(run.names)
        raise LogError(
            f"{run.place}, line {nth}: {len(cells)} numbers, not {wanted}: {line[:60]!r}; the file "
            "may be cut or damaged there"
        )


def whole(value: object, place: str, least: int, most: int = MOST) -> int:
    """A whole number of a JSON file or an index. Raises LogError for anything else."""
    if isinstance(value, float) and math.isfinite(value) and value % 1 == 0:
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,16}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise LogError(f"{place}: this must be a whole number of a log, not {value!r}")
    return value


def agree(value: float, other: float, digits: int) -> bool:
    """Whether two numbers are the same to so many significant digits."""
    if not (math.isfinite(value) and math.isfinite(other)):
        return True
    return abs(value - other) <= 10.0 ** (1 - digits) * max(abs(value), abs(other))
