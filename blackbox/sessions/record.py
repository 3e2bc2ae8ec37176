"""A session's folder: what it is about, the points that were asked, and what was told of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from blackbox.errors import StoreError
from blackbox.notices import warn
from blackbox.protocol import Answer, Array, Ask
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.journals import Journals
from blackbox.runtime.lock import FolderLock
from blackbox.runtime.whole_files import write

DIGEST = "digest"
ASKED, TOLD = "asked", "told"


class SessionRecord:
    """The files of one session. A word is on the disk before it counts."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is written yet."""
        self.folder, self._table = folder, folder / "session.json"
        self._journals_at = folder / "journals"
        self._mine: JournalFile | None = None
        self._seen: dict[Path, int] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """While one word is taken: nobody else writes. Raises StoreError where somebody does."""
        with FolderLock(self.folder):
            yield

    def read(self) -> dict[str, Any] | None:
        """What the session is about; None of a new folder. Raises StoreError for damage."""
        try:
            table = json.loads(self._table.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if any(self._journals_at.glob("*")) or (self.folder / "runs").exists():
                raise StoreError(
                    f"{self.folder} holds something else, or a session without {self._table.name}: "
                    "put that file back, or use another folder"
                ) from None
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise StoreError(self._damaged(str(error))) from error
        if not isinstance(table, dict) or table.pop(DIGEST, None) != _digest(table):
            raise StoreError(self._damaged("it is not as it was written"))
        return table

    def begin(self, about: Mapping[str, Any]) -> None:
        """Write what the session is about."""
        plain = json.loads(json.dumps(dict(about)))
        content = json.dumps(plain | {DIGEST: _digest(plain)}, indent=1).encode()
        write(self._table, content, is_dear=True)

    def words(self) -> tuple[dict[int, Array], dict[int, tuple[Array, Answer]]]:
        """The points `[d]` that were asked and the answers to points, by id. Damage is told."""
        notices: list[str] = []
        journals = Journals(self._journals_at, notices)
        journals.mend()
        asked, answers = {}, {}
        for key, record in journals.records().items():
            kind, _, trial = key.partition(".")
            if kind == ASKED:
                asked[int(trial)] = np.array(record.about["point"], float)
            for message, answer, _ in record.exchanges():
                answers[int(trial)] = message.points[0], answer
        for notice in notices:
            warn(notice.replace("and is made again", "what was told in it is to be told again"))
        self._seen = self._sizes()
        return asked, answers

    def has_news(self) -> bool:
        """Whether another process has written since `words` were read."""
        return self._sizes() != self._seen

    def note_asked(self, points: Mapping[int, Array]) -> None:
        """Note points `[d]` that are handed out."""
        for trial, point in points.items():
            self._file.open_run({"key": f"{ASKED}.{trial}", "point": point.tolist()})
        self._keep()

    def note_told(self, answers: Mapping[int, tuple[Array, Answer]]) -> None:
        """Note answers to points `[d]`."""
        for trial, (point, answer) in answers.items():
            run = self._file.open_run({"key": f"{TOLD}.{trial}"})
            run.append((Ask(point[None]), answer, 0.0))
        self._keep()

    @property
    def _file(self) -> JournalFile:
        if self._mine is None:
            self._mine = Journals(self._journals_at, []).new()
        return self._mine

    def _keep(self) -> None:
        """Force what was noted to the disk."""
        self._file.sync()
        self._seen = self._sizes()

    def _sizes(self) -> dict[Path, int]:
        return {path: path.stat().st_size for path in self._journals_at.glob("*.journal")}

    def _damaged(self, why: str) -> str:
        return (
            f"cannot read {self._table}: {why}; what was told is in {self._journals_at.name}/ "
            "beside it: put the file back, or begin another session"
        )


def _digest(table: Mapping[str, Any]) -> str:
    text = json.dumps(table, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
