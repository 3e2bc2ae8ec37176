"""A study's folder: finished runs, journals of unfinished ones, and what the study is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import StoreError as StoreError
from blackbox.runtime import earlier_format, run_file
from blackbox.runtime.follower import Pace
from blackbox.runtime.journals import Journals, run_of
from blackbox.runtime.run_file import StoredRun
from blackbox.runtime.whole_files import moved, set_aside, write
from blackbox.trace import Trace

# The entry of a table of plain values by which damage to its file is noticed.
DIGEST = "digest"
# Seconds of evaluations from which on a run is forced to the disk before its journal goes.
DEAR = 1.0


class Store:
    """The folder `runs/` of a study. Any process may save to it; a file is whole or absent.

    `notices` collects what a user should know about the files: what was damaged, where it is now.
    """

    def __init__(self, folder: Path | str) -> None:
        """Name the study's folder; nothing is written yet."""
        self.folder = Path(folder)
        self.notices: list[str] = []
        self._by_search: dict[str, list[str]] | None = None
        self.runs = self.folder / "runs"
        self.journals = Journals(self.runs / "journals", self.notices)
        self.logs = self.runs / "logs"  # of external programs

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        """What travels to a worker: the place, not what was read of it."""
        return Store, (self.folder,)

    # What the study is -----------------------------------------------------------------------

    def recipe(self) -> dict[str, Any]:
        """The recipe that the folder holds. Raises StoreError if there is none."""
        held = self._json("recipe.json") if os.path.isdir(self.folder) else {}
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

    @contextmanager
    def probing(self) -> Iterator[bool]:
        """While objectives are probed; whether the process that did so before has died of it."""
        mark = self.runs / "probing"
        had_died = mark.exists()
        write(mark, b"")
        try:
            yield had_died
        finally:
            with suppress(OSError):
                mark.unlink(missing_ok=True)

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
            plain = json.loads(json.dumps(dict(table or {})))
            if table is not None and plain != self._json(f"{name}.json"):
                text = json.dumps(plain | {DIGEST: _digest(plain)}, indent=1)
                write(self.runs / f"{name}.json", text.encode())

    def _json(self, name: str) -> dict[str, Any]:
        path = self.runs / name
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise StoreError(_damaged(path, str(error))) from error
        if not isinstance(held, dict):
            raise StoreError(_damaged(path, "it holds no table"))
        digest = held.pop(DIGEST, None)
        # An earlier version wrote none.
        if digest != _digest(held) and not (digest is None and any(self.runs.glob("*.parquet"))):
            raise StoreError(_damaged(path, "it is not as it was written"))
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
        content = run_file.encode(trace, conversation, about)
        # Should the power fail, a run of cheap scores is made again.
        write(self._path(key), content, is_dear=trace.evaluation_seconds > DEAR)

    def find(self, key: str) -> StoredRun | None:
        """The finished run of this key, None if there is none.

        A damaged file is set aside under another name, and told.
        """
        path = self._path(key)
        try:
            return self._decoded(key)
        except FileNotFoundError:
            return None
        except StoreError as error:
            set_aside(path, str(error), self.notices)
            return None

    def forget(self, searches: set[str]) -> None:
        """Put all that is kept of these searches aside, to `replaced/`: they are made anew."""
        aside = self.runs / "replaced"
        for key in self.keys():
            if _search(key) in searches:
                moved(self._path(key), aside / f"{key}.run")
        self.journals.forget(lambda key: _search(key) in searches, aside)
        self._by_search = None

    def look(self, key: str) -> StoredRun | None:
        """The finished run of this key, as a reader sees it: nothing is moved."""
        try:
            return self._decoded(key)
        except FileNotFoundError:
            return None
        except StoreError as error:
            self.notices.append(f"{self._path(key)} is damaged ({error}), and left out")
            return None

    def progress(self, key: str, paces: Mapping[str, Pace]) -> dict[str, Any]:
        """How far an unfinished run is, by the `paces` of the journals."""
        pace = paces.get(key)
        if pace is None:
            damaged = self._path(key).exists()
            why = "its file is damaged" if damaged else ""
            return {"state": "not begun", "used": 0.0, "best": np.nan, "reason": why}
        best = pace.sign * pace.best
        return {"state": "unfinished", "used": pace.used, "best": best, "reason": ""}

    def load(self, key: str) -> Trace:
        """The trace of a finished run. Raises StoreError where there is none that can be read."""
        return _loaded(self._path(key)).trace

    def begun_with_less(self, search: str) -> list[StoredRun]:
        """Finished runs of one search under any budget and price, that can be replayed."""
        if self._by_search is None:
            self._by_search = {}
            for key in sorted(self.keys()):
                self._by_search.setdefault(_search(key), []).append(key)
        candidates = (self.find(key) for key in self._by_search.get(search, ()))
        return [run for run in candidates if run is not None and run.is_replayable]

    def keys(self) -> set[str]:
        """The keys of the finished runs."""
        return {path.stem for path in self.runs.glob("*.run")}

    def traces(self) -> Iterator[Trace]:
        """Every finished run that the folder holds, in the order of its file's name."""
        for path in sorted((*self.runs.glob("*.run"), *self.runs.glob("*.parquet"))):
            yield _loaded(path).trace

    def reread(self) -> None:
        """Forget what was read of journals and of other budgets: others may have gone on."""
        self.journals.reread()
        self._by_search = None

    def tidy(self, unconfirmed: Collection[str] = ()) -> None:
        """Remove what of the journals is kept elsewhere, and what a killed process left half.

        What was said of the best points of the `unconfirmed` runs is not kept elsewhere yet.
        """
        finished = self.keys()
        confirmed = finished.difference(unconfirmed)
        self.journals.tidy(lambda key: key in finished or run_of(key) in confirmed)
        with suppress(OSError):
            for partial in self.runs.rglob("*.partial"):
                partial.unlink(missing_ok=True)

    # Files -----------------------------------------------------------------------------------

    def _decoded(self, key: str) -> StoredRun:
        run = run_file.decode(self._path(key).read_bytes())
        if run.header.get("key", key) != key:
            raise StoreError(f"it holds the run {run.header['key']}")
        return run

    def _path(self, key: str) -> Path:
        return self.runs / f"{key}.run"


def _search(key: str) -> str:
    """What the run of a key is whatever it may spend; see plan.py."""
    return key.rpartition("-")[0]


def _digest(table: Mapping[str, Any]) -> str:
    text = json.dumps(table, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _damaged(path: Path, why: str) -> str:
    return (
        f"cannot read {path}: {why}; the runs beside it are whole: put the file back, or move it "
        "away and run the study again, which pays for nothing that is kept"
    )


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
