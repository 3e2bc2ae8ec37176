"""A study's folder: finished runs, journals of unfinished ones, and what the study is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import StoreError as StoreError
from blackbox.runtime import earlier_format, journal_reader, run_file
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.journal_reader import RunRecord
from blackbox.runtime.run_file import StoredRun
from blackbox.trace import Trace

DAMAGED = ".damaged"


@dataclass
class Store:
    """The folder `runs/` of a study. Any process may save to it; a file is whole or absent.

    `told` collects what a user should know about the files: what was damaged, and where it is now.
    """

    folder: Path
    told: list[str] = field(default_factory=list)
    _records: dict[str, RunRecord] | None = field(default=None, repr=False)

    def __init__(self, folder: Path | str) -> None:
        """Name the study's folder; nothing is written yet."""
        self.folder = Path(folder)
        self.told, self._records = [], None
        self.runs = self.folder / "runs"
        self.journals = self.runs / "journals"

    def __getstate__(self) -> dict[str, Any]:
        """What travels to a worker: the place, not what was read of it."""
        return self.__dict__ | {"_records": None, "told": []}

    # What the study is -----------------------------------------------------------------------

    def recipe(self) -> dict[str, Any]:
        """The recipe that the folder holds. Raises StoreError if there is none."""
        held = self._json("recipe.json")
        if not held:
            raise StoreError(
                f"there are no runs in {self.folder}; make them with `blackbox run STUDY.toml`"
            )
        return held

    def facts(self) -> dict[str, Any]:
        """What the study's probe found out about each objective, as JSON; {} if nothing is kept."""
        return self._json("facts.json")

    def code(self) -> dict[str, Any]:
        """The code that the folder's runs were made with, by its owner; {} if nothing is kept."""
        return self._json("code.json")

    def is_earlier(self) -> bool:
        """Whether an earlier version made these runs, which did not note their code."""
        return any(self.runs.glob("*.parquet")) and not self.code()

    def keep(
        self,
        *,
        recipe: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        code: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the study is, before a point is paid for; what is None stays as it is."""
        for name, table in (("code", code), ("facts", facts), ("recipe", recipe)):
            text = json.dumps(dict(table or {}), indent=1)
            if table is not None and json.loads(text) != self._json(f"{name}.json"):
                self._write(self.runs / f"{name}.json", text.encode())

    def _json(self, name: str) -> dict[str, Any]:
        path = self.runs / name
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StoreError(
                f"cannot read {path}: {error}; the runs beside it are whole: put the file back, or "
                "move it away and run the study again, which pays for nothing that is kept"
            ) from error
        if not isinstance(held, dict):
            raise StoreError(f"cannot read {path}: it holds no table")
        return held

    # Finished runs ---------------------------------------------------------------------------

    def save(
        self,
        key: str,
        trace: Trace,
        conversation: Mapping[str, NDArray[np.generic]] | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a finished run; a reader sees all of it or nothing."""
        self._write(self._path(key), run_file.encode(trace, conversation, about))

    def find(self, key: str) -> StoredRun | None:
        """The finished run of this key, None if there is none.

        A damaged file is set aside under another name, and told.
        """
        path = self._path(key)
        try:
            return run_file.decode(path.read_bytes())
        except FileNotFoundError:
            return None
        except StoreError as error:
            self._set_aside(path, str(error))
            return None

    def replace(self, key: str) -> None:
        """Put a finished run aside, to `replaced/`: it is to be made anew."""
        path = self._path(key)
        aside = self.runs / "replaced" / path.name
        nth = 1
        while aside.exists():
            nth, aside = nth + 1, self.runs / "replaced" / f"{key}.{nth}.run"
        aside.parent.mkdir(exist_ok=True)
        os.replace(path, aside)

    def look(self, key: str) -> StoredRun | None:
        """The finished run of this key, as a reader sees it: nothing is moved."""
        try:
            return run_file.decode(self._path(key).read_bytes())
        except FileNotFoundError:
            return None
        except StoreError as error:
            self.told.append(f"{self._path(key)} is damaged ({error}), and left out")
            return None

    def progress(self, key: str) -> dict[str, Any]:
        """How far an unfinished run is: its state, the units it has used, and its best score."""
        record = self.records().get(key)
        if record is None:
            damaged = self._path(key).exists()
            why = "its file is damaged" if damaged else ""
            return {"state": "not begun", "used": 0.0, "best": np.nan, "reason": why}
        return {"state": "unfinished", **record.paid(), "reason": ""}

    def load(self, key: str) -> Trace:
        """The trace of a finished run. Raises StoreError where there is none that can be read."""
        return _loaded(self._path(key)).trace

    def begun_with_less(self, search: str) -> list[StoredRun]:
        """Finished runs of one search under any budget and price, that can be replayed."""
        found = (self.find(path.stem) for path in sorted(self.runs.glob(f"{search}-*.run")))
        return [run for run in found if run is not None and run.is_replayable]

    def keys(self) -> set[str]:
        """The keys of the finished runs."""
        return {path.stem for path in self.runs.glob("*.run")}

    def traces(self) -> Iterator[Trace]:
        """Every finished run that the folder holds, in the order of its file's name."""
        for path in sorted((*self.runs.glob("*.run"), *self.runs.glob("*.parquet"))):
            yield _loaded(path).trace

    # Unfinished runs -------------------------------------------------------------------------

    def journal(self) -> JournalFile:
        """A new journal for this process."""
        return JournalFile(self.journals)

    def record(self, key: str) -> RunRecord | None:
        """What journals hold of a run that has not ended; the longest, if several do."""
        return self.records().get(key)

    def replayable(self, key: str) -> Iterator[Exchange]:
        """Its messages and answers, in order; nothing where there are none."""
        found = self.record(key)
        return found.exchanges() if found is not None else iter(())

    def records(self) -> dict[str, RunRecord]:
        """What journals hold of each unfinished run, by its key. They are read once."""
        if self._records is None:
            self._records = {}
            for path in sorted(self.journals.glob("*.journal")):
                self._read_journal(path, self._records)
        return self._records

    def _read_journal(self, path: Path, records: dict[str, RunRecord]) -> None:
        try:
            content = journal_reader.read(path)
        except FileNotFoundError:
            return  # another process has tidied it up
        if content.is_damaged:
            self._set_aside(path, f"its last {content.dropped} bytes are not as they were written")
        elif content.dropped:
            self.told.append(f"{path}: a last record that was cut short is left out")
        for key, record in content.runs.items():
            if key not in records or len(record) > len(records[key]):
                records[key] = record

    def tidy(self) -> None:
        """Remove journals whose runs are all kept elsewhere: as files, or in a longer journal."""
        finished, contents = self.keys(), []
        for path in sorted(self.journals.glob("*.journal")):
            contents.append(journal_reader.read(path))
        longest: dict[str, Path] = {}
        lengths: dict[str, int] = {}
        for content in contents:
            for key, record in content.runs.items():
                if key not in finished and len(record) > lengths.get(key, 0):
                    longest[key], lengths[key] = content.path, len(record)
        needed = set(longest.values())
        spare = [one.path for one in contents if one.path not in needed and not one.is_damaged]
        if spare and hasattr(os, "sync"):
            os.sync()  # the files that stand for them lie on the disk, should the power fail
        for path in spare:
            path.unlink(missing_ok=True)

    # Files -----------------------------------------------------------------------------------

    def _path(self, key: str) -> Path:
        return self.runs / f"{key}.run"

    def _set_aside(self, path: Path, why: str) -> None:
        aside = path.with_name(path.name + DAMAGED)
        nth = 1
        while aside.exists():
            nth, aside = nth + 1, path.with_name(f"{path.name}{DAMAGED}-{nth}")
        os.replace(path, aside)
        self.told.append(f"{path} is damaged ({why}); it is now {aside.name}, and made again")

    def _write(self, path: Path, content: bytes) -> None:
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
            os.replace(partial, path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise StoreError(
                f"cannot write {path}: {error.strerror or error}; what was paid for is kept in the "
                "files and journals beside it: make room or mend the folder, and run it again"
            ) from error


def _loaded(path: Path) -> StoredRun:
    try:
        if path.suffix == ".parquet":
            return StoredRun(earlier_format.read(path))
        return run_file.decode(path.read_bytes())
    except OSError as error:
        raise StoreError(f"cannot read the run {path}: {error.strerror or error}") from error
    except StoreError as error:
        raise StoreError(
            f"cannot read the run {path}: {error}; move the file away and run the study again to "
            "make it anew"
        ) from error
