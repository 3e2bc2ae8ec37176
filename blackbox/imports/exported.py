"""The frames of a study that we exported, evaluations and runs, as traces again.

What a frame counts only (duplicates, points outside the space, gradients that were no numbers) and
what judges said is not in its rows, and stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from blackbox.errors import LogError
from blackbox.imports.exported_runs import ExportedRuns
from blackbox.imports.long import Source
from blackbox.imports.sources import Files, opened
from blackbox.imports.table import LogTable, table_of
from blackbox.trace import Trace

ENDINGS = (".parquet", ".csv")
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".xz", ".bz2")
EVALUATIONS, RUNS = "evaluations", "runs"
# Names of the long csv, and those of the frame.
LONG_NAMES = {
    "neval": "n_scores",
    "fval": "score",
    "fname": "objective",
    "algname": "strategy",
    "run": "seed",
}
LOSSES = "losses"  # the attribute of a frame that names the objectives with losses
Key = tuple[str, str, int]


def is_one(source: Source) -> bool:
    """Whether this is a folder or an archive that holds both frames."""
    if not isinstance(source, Path) or not source.exists():
        return False
    if not source.is_dir() and source.suffix not in ARCHIVES:
        return False
    files = opened(source)
    return not files.is_alone and _pair(files) is not None


def read(source: Source, maximize: bool | None, notices: list[str]) -> list[Trace]:
    """The runs of both frames. `maximize` is asked for only where the frames do not tell.

    Raises LogError for what is missing, damaged, or not the same in both.
    """
    if not isinstance(source, Path):
        raise LogError("our own frames are read as a folder that holds evaluations and runs")
    if source.is_file() and source.stem == EVALUATIONS:
        source = source.parent
    files = opened(source)
    pair = _pair(files)
    if pair is None:
        raise LogError(
            f"{source} does not hold evaluations and runs, as parquet or csv, which our export "
            "writes; a study's own folder is opened by bb.load"
        )
    is_csv = pair[0].endswith(ENDINGS[1])
    evaluations = table_of(files, pair[0], tuple(LONG_NAMES) if is_csv else (), notices)
    runs = table_of(files, pair[1], ("objective", "strategy", "seed", "status"), notices)
    return FramePair(_renamed(evaluations), runs, maximize).traces()


def _pair(files: Files) -> tuple[str, str] | None:
    for ending in ENDINGS:
        for member in files.ending(f"{EVALUATIONS}{ending}"):
            other = f"{member.removesuffix(EVALUATIONS + ending)}{RUNS}{ending}"
            if other in files.members:
                return member, other
    return None


def _renamed(table: LogTable) -> LogTable:
    names = {name: LONG_NAMES.get(name, name) for name in table.columns}
    return replace(table, columns={names[name]: cells for name, cells in table.columns.items()})


@dataclass(frozen=True, eq=False)
class FramePair:
    """Both frames of one study."""

    evaluations: LogTable
    runs: LogTable
    maximize: bool | None

    def traces(self) -> list[Trace]:
        """A trace per run, in the order of the frame of runs."""
        rows = self._rows()
        keys = _keys(self.runs)
        if len(set(keys)) < len(keys):
            twice = next(key for nth, key in enumerate(keys) if key in keys[:nth])
            raise LogError(f"{self.runs.source} has run {twice[2]} of {twice[1]} twice")
        if strangers := set(rows) - set(keys):
            key = min(strangers)
            raise LogError(f"{self.runs.source} lacks run {key[2]} of {key[1]} on {key[0]}")
        if not keys:
            raise LogError(f"{self.runs.source} holds no runs")
        signs = self._signs(keys)
        made = ExportedRuns.of(self.evaluations, self.runs)
        return [
            made.trace(key, nth, np.array(rows.get(key, ()), np.intp), signs[key[0]])
            for nth, key in enumerate(keys)
        ]

    def _rows(self) -> dict[Key, list[int]]:
        rows: dict[Key, list[int]] = {}
        for row, key in enumerate(_keys(self.evaluations)):
            rows.setdefault(key, []).append(row)
        return rows

    def _signs(self, keys: Sequence[Key]) -> dict[str, int]:
        """Which objectives are losses: as the frames say, else by how bests go on from starts."""
        objectives = dict.fromkeys(key[0] for key in keys)
        if LOSSES in self.evaluations.attributes:
            losses = self.evaluations.attributes[LOSSES]
            return {name: -1 if name in losses else 1 for name in objectives}
        start, best = (self.runs.cells(name).numbers() for name in ("start", "best"))
        signs = {}
        for name in objectives:
            of = np.array([key[0] == name for key in keys])
            rises, falls = (best > start)[of].any(), (best < start)[of].any()
            if rises == falls and self.maximize is None:
                raise LogError(
                    f"{self.runs.source} does not tell which end of {name!r} is better: say "
                    "maximize=True or False"
                )
            signs[name] = (1 if rises else -1) if rises != falls else (1 if self.maximize else -1)
            if self.maximize is not None and signs[name] != (1 if self.maximize else -1):
                raise LogError(
                    f"maximize={self.maximize}, but in {self.runs.source} the bests of {name!r} "
                    f"are {'above' if rises else 'below'} their starts"
                )
        return signs


def _keys(table: LogTable) -> list[Key]:
    seeds = table.cells("seed").seeds().tolist() if len(table) else []
    names = (table.cells(name).names() for name in ("objective", "strategy"))
    return list(zip(*names, seeds, strict=True))
