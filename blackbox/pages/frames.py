"""The frames of a page: tables that were measured, as files beside it, each by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from blackbox.errors import PageError
from blackbox.pages import made_with
from blackbox.spelling import suggestion

# Rows, each with its columns; or the settings of a study, which become a frame of two columns.
Table: TypeAlias = pd.DataFrame | Sequence[Mapping[str, Any]] | Mapping[str, Any]
LONG = 5_000  # rows that nobody reads as text


class PageFrames(Mapping[str, pd.DataFrame]):
    """Tables by name: `frames.searches`, `frames["searches"]`.

    Numbers are kept as csv, to six digits; what holds arrays (pixels), or is long, as parquet.
    """

    def __init__(self, tables: Mapping[str, Table]) -> None:
        """Of tables that are at hand: frames, lists of rows, or the settings of a study by name."""
        self._tables = {name: _as_frame(table) for name, table in tables.items()}

    @classmethod
    def read(cls, folder: Path) -> PageFrames:
        """Those of a folder. Raises PageError where there are none."""
        texts = [path for path in sorted(folder.glob("*.csv")) if path.name != made_with.FILE]
        tables = {path.stem: pd.read_csv(path) for path in texts}
        tables |= {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
        if not tables:
            raise PageError(f"there are no frames in {folder}: measure them first")
        return cls(tables)

    def write(self, folder: Path) -> PageFrames:
        """Write all to a folder, and return them as whoever reads them will."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self._tables.items():
            as_text, as_arrays = folder / f"{name}.csv", folder / f"{name}.parquet"
            first = table.iloc[:1].to_numpy().ravel()
            if len(table) > LONG or any(isinstance(cell, bytes) for cell in first):
                as_text.unlink(missing_ok=True)
                table.to_parquet(as_arrays, index=False)
            else:
                as_arrays.unlink(missing_ok=True)
                table.to_csv(as_text, index=False, float_format="%.6g", lineterminator="\n")
        return PageFrames.read(folder)

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A copy of a table: whoever changes it changes nobody else's."""
        if name not in self._tables:
            near = suggestion(name, self._tables)
            raise PageError(f"there is no frame {name}; there are {', '.join(self._tables)}{near}")
        return self._tables[name].copy()

    def __contains__(self, name: object) -> bool:
        """Whether there is a table of this name."""
        return name in self._tables

    def __getattr__(self, name: str) -> pd.DataFrame:
        """The same as an attribute."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(self._tables)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._tables)

    def setting(self, name: str) -> float:
        """What the study was made with: the `value` of this `setting` in the frame `settings`."""
        table = self["settings"].set_index("setting")["value"]
        if name not in table.index:
            raise PageError(f"there is no setting {name}; there are {', '.join(table.index)}")
        return float(table[name])

    def digest(self) -> str:
        """Names the content of all: what was drawn of them is stale when it changes."""
        whole = sha256()
        for name, table in sorted(self._tables.items()):
            rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
            whole.update(repr((name, list(table.columns))).encode() + rows.tobytes())
        return whole.hexdigest()[:16]


def where(table: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    """The rows that have these values in their columns.

    >>> where(pd.DataFrame({"step": [1, 2, 2], "gain": [3, 4, 5]}), step=2, gain=5).index.tolist()
    [2]
    """
    rows = np.ones(len(table), bool)
    for column, value in wanted.items():
        rows &= (table[column] == value).to_numpy()
    return table[rows]


def _as_frame(table: Table) -> pd.DataFrame:
    if isinstance(table, Mapping):
        return pd.DataFrame({"setting": table.keys(), "value": table.values()})
    return pd.DataFrame(table)
