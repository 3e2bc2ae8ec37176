"""What has become slower since the committed figures: both as multiples of a calibration loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tests.benchmarks.field.rows import Row

FACTOR = 1.3  # beyond what two runs of the same code differ by here
TURNS = 3


@dataclass(frozen=True)
class Change:
    """A way of ours then and now, in the committed machine's unit."""

    row: str
    way: str
    unit: str
    then: float
    now: float
    clear: bool  # whether even the nearest turns of both lie on one side

    @property
    def times(self) -> float:
        """How many times what it was."""
        return self.now / self.then

    @property
    def is_slower(self) -> bool:
        """Beyond what the same code differs by."""
        return self.clear and self.times > FACTOR

    @property
    def is_faster(self) -> bool:
        """The other way."""
        return self.clear and self.times < 1 / FACTOR

    def __str__(self) -> str:
        """In words."""
        return (
            f"{self.row}, {self.way}: {self.times:.2f} times what it was ({self.then:.3g} "
            f"{self.unit} then, {self.now:.3g} {self.unit} now at that machine's pace)"
        )


def quick_rows(rows: Iterable[Row]) -> list[Row]:
    """Our own ways of the rows that take seconds."""
    return [
        replace(row, ways=ours, turns=min(row.turns, TURNS))
        for row in rows
        if row.quick and not row.missing and (ours := tuple(w for w in row.ways if w.is_ours))
    ]


def changes(committed: pd.DataFrame, fresh: pd.DataFrame) -> Iterator[Change]:
    """Each way that both have measured; memory does not hang on a machine's pace."""
    paces = [float(table["calibration"].median()) for table in (committed, fresh)]
    for (row, way, unit), now in fresh.groupby(["row", "way", "unit"], sort=False):
        then = committed[(committed["row"] == row) & (committed["way"] == way)]
        if len(then):
            before, after = (_amounts(table, unit, paces[0]) for table in (then, now))
            ends = float(np.median(before)), float(np.median(after))
            apart = after.min() > before.max() or after.max() < before.min()
            yield Change(str(row), str(way), str(unit), *ends, bool(apart))


def _amounts(table: pd.DataFrame, unit: object, pace: float) -> np.ndarray:
    amounts = table["amount"].to_numpy(float)
    return amounts if unit == "MB" else amounts / table["calibration"].to_numpy(float) * pace


def report(committed: pd.DataFrame, fresh: pd.DataFrame) -> tuple[list[str], int]:
    """What is to be said, line by line, and the exit status: 1 where anything got slower."""
    seen = list(changes(committed, fresh))
    slower = sorted((c for c in seen if c.is_slower), key=lambda c: -c.times)
    faster = sorted((c for c in seen if c.is_faster), key=lambda c: c.times)
    new = set(fresh["row"] + ", " + fresh["way"]) - {f"{c.row}, {c.way}" for c in seen}
    lines = [f"slower: {change}" for change in slower]
    lines += [f"faster: {change}" for change in faster]
    lines += [f"never measured before: {name}" for name in sorted(new)]
    level = len(seen) - len(slower) - len(faster)
    lines.append(f"within {FACTOR:g} times, or not clear of chance: {level} of {len(seen)}")
    lines.append("nothing got slower" if not slower else f"{len(slower)} got slower")
    return lines, int(bool(slower))
