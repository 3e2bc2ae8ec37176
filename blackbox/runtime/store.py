"""A study's folder: finished runs, journals of unfinished ones, and what the study is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import StoreError as StoreError
from blackbox.runtime import earlier_format, run_file
from blackbox.runtime.follower import Pace
from blackbox.runtime.journals import Journals, set_aside
from blackbox.runtime.run_file import StoredRun
from blackbox.trace import Trace


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

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        """What travels to a worker: the place, not what was read of it."""
        return Store, (self.folder,)

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

    @contextmanager
    def probing(self) -> Iterator[bool]:
        """While objectives are probed; whether the process that did so before has died of it."""
        mark = self.runs / "probing"
        had_died = mark.exists()
        self._write(mark, b"")
        try:
            yield had_died
        finally:
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
            set_aside(path, str(error), self.notices)
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
            self.notices.append(f"{self._path(key)} is damaged ({error}), and left out")
            return None

    def progress(self, key: str, paces: Mapping[str, Pace]) -> dict[str, Any]:
        """How far an unfinished run is, by the `paces` of the journals."""
        pace = paces.get(key)
        if pace is None:
            damaged = self._path(key).exists()
            why = "its file is damaged" if damaged else ""
            return {"state": "not begun", "used": 0.0, "best": np.nan, "reason": why}
        return {"state": "unfinished", "used": pace.used, "best": pace.best, "reason": ""}

    def load(self, key: str) -> Trace:
        """The trace of a finished run. Raises StoreError where there is none that can be read."""
        return _loaded(self._path(key)).trace

    def begun_with_less(self, search: str) -> list[StoredRun]:
        """Finished runs of one search under any budget and price, that can be replayed."""
        if self._by_search is None:
            self._by_search = {}
            for key in sorted(self.keys()):
                self._by_search.setdefault(key.rpartition("-")[0], []).append(key)
        candidates = (self.find(key) for key in self._by_search.get(search, ()))
        return [run for run in candidates if run is not None and run.is_replayable]

    def keys(self) -> set[str]:
        """The keys of the finished runs."""
        return {path.stem for path in self.runs.glob("*.run")}

    def traces(self) -> Iterator[Trace]:
        """Every finished run that the folder holds, in the order of its file's name."""
        for path in sorted((*self.runs.glob("*.run"), *self.runs.glob("*.parquet"))):
            yield _loaded(path).trace

    def tidy(self) -> None:
        """Remove what of the journals is kept elsewhere."""
        self.journals.tidy(self.keys())

    # Files -----------------------------------------------------------------------------------

    def _path(self, key: str) -> Path:
        return self.runs / f"{key}.run"

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
