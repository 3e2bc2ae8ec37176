"""What the scripts of studies share: options, shares with intervals, goals, tables, the page."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from blackbox.results.writing.markdown import to_markdown


def options(
    doc: str | None, arguments: Sequence[str] | None = None, flags: Sequence[str] = ()
) -> argparse.Namespace:
    """What a study can be told: `jobs`, `small`, the `folder` to write to, and `flags` of its own.

    `arguments` are those of the command line where they are not given.
    """
    parser = argparse.ArgumentParser(description=(doc or "").split("\n")[0])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="two seeds: to see that it runs")
    parser.add_argument("--folder", type=Path, help="where to write, if not beside the script")
    for flag in flags:
        parser.add_argument(f"--{flag}", action="store_true")
    return parser.parse_args(arguments)


def wilson(hits: Iterable[float], level: float = 0.95) -> tuple[float, float, float]:
    """The share of `hits` (0 or 1; NaN is a miss) and its Wilson interval.

    Unlike a bootstrap it does not shrink to a point where all hit, or none. Wilson, 1927 (doi
    10.1080/01621459.1927.10502953).

    >>> [round(end, 3) for end in wilson([1.0] * 20)]
    [1.0, 0.839, 1.0]
    """
    counted = [hit == 1 for hit in hits]
    if not counted:
        return float("nan"), float("nan"), float("nan")
    low, high = binomtest(sum(counted), len(counted)).proportion_ci(level, method="wilson")
    return sum(counted) / len(counted), float(low), float(high)


def with_interval(mean: float, low: float, high: float, digits: int = 2) -> str:
    """A number and its interval as tables show them: `0.97 [0.92, 0.99]`."""
    if np.isnan(mean):
        return "–"  # noqa: RUF001
    if np.isnan(low):
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


@dataclass(frozen=True)
class Goal:
    """What was to be reached, and what was: `goal` in words, `found` as a number or in words."""

    goal: str
    found: float | str
    reached: bool

    def row(self) -> Mapping[str, str]:
        """As a row of the table of goals."""
        result = self.found if isinstance(self.found, str) else f"{self.found:.3f}"
        verdict = "reached" if self.reached else "missed"
        return {"goal": self.goal, "found": result, "verdict": verdict}


def goals(reached: Iterable[Goal]) -> str:
    """The table of goals as Markdown."""
    return to_markdown(pd.DataFrame([goal.row() for goal in reached]))


def keep(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Write a table as csv, four significant digits, and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, float_format="%.4g", lineterminator="\n")
    return table


def write(folder: Path, parts: Iterable[str]) -> None:
    """Write the page: its parts with an empty line between them."""
    folder.mkdir(parents=True, exist_ok=True)
    page = "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
    (folder / "README.md").write_text(page, encoding="utf-8", newline="\n")
