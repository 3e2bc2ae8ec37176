"""Who makes which run, where several processes share the work of a folder.

A process claims a run by making `claims/KEY.0`, which only one can. A claim whose process is gone,
or has let it go, is followed by `KEY.1`, and so on: the one with the highest number counts, and
nothing is ever taken away, so that no two can take the same thing over. What a process has
finished, it marks as done.

A process that was silent for longer than it may be (a laptop that was closed) is told by `lost`
which of its runs have become another's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Literal

from blackbox.runtime.holder import LEASE, Holder, read
from blackbox.runtime.presence import Presence, unwritable

DONE, FREE = "done", "free"

State = Literal["free", "mine", "theirs", "done"]


@dataclass(frozen=True)
class _Claim:
    """The claim of a key that counts: its number, -1 where there is none, and what it says."""

    number: int
    owner: str = ""
    word: str = ""
    touched: float = 0.0


class Claims:
    """What this process makes of a folder: `with Claims(store.runs) as claims:`."""

    def __init__(self, folder: Path, lease: float = LEASE, *, is_worker: bool = False) -> None:
        """Of this folder, by a process that promises a sign of life within each `lease` seconds."""
        self.folder, self.presence = folder, Presence(folder, lease, is_worker)
        self._claims = folder / "claims"

    def __enter__(self) -> Claims:
        """Begin to work on the folder. Raises StoreError where it cannot be written to."""
        self.presence.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End: what was claimed and not finished is free."""
        self.presence.end()

    def take(self, key: str) -> bool:
        """Whether this process is to make the run of a key: it was free, or is its own already.

        Raises StoreError where the folder cannot be written to.
        """
        while (state := self._state(claim := self._claim(key))) != "mine":
            if state != "free":
                return False
            path = self._claims / f"{key}.{claim.number + 1}"
            try:
                self._claims.mkdir(exist_ok=True)
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                with os.fdopen(file, "w") as opened:
                    opened.write(self.presence.name + "\n")
                break
            except FileExistsError:
                continue
            except OSError as error:
                raise unwritable(self.folder, error) from error
        return True

    def is_taken_over(self, key: str) -> bool:
        """Whether another process had begun this run, so that its journal may hold some of it."""
        return self._claim(key).number > 0

    def finish(self, key: str) -> None:
        """Say that a run is made."""
        self._say(key, DONE)

    def release(self, key: str) -> None:
        """Give up a run that could not be finished, or is left to others."""
        self._say(key, FREE)

    def state(self, key: str) -> State:
        """Who makes the run of a key."""
        return self._state(self._claim(key))

    def maker(self, key: str) -> Holder | None:
        """Which other process makes it."""
        return self.presence.other(self._claim(key).owner)

    def lost(self, keys: Iterable[str]) -> set[str]:
        """Those of its runs that are another's, because this process has been silent for long."""
        if not self.presence.was_silent:
            return set()  # nobody can have thought that it was gone
        self.presence.sign()
        return {key for key in keys if self.state(key) != "mine"}

    def clear(self) -> None:
        """Remove what was claimed; for one that has the folder to itself."""
        with suppress(OSError):
            for place in ("claims", "at_work", "idle"):
                for path in (self.folder / place).glob("*"):
                    if path != self.presence.path:
                        path.unlink(missing_ok=True)
            for place in ("claims", "idle"):
                if (self.folder / place).exists():
                    (self.folder / place).rmdir()

    def _claim(self, key: str) -> _Claim:
        last = _Claim(-1)
        for number in count():
            try:
                text, since = read(self._claims / f"{key}.{number}")
            except FileNotFoundError:
                break
            owner, _, word = text.partition("\n")
            last = _Claim(number, owner, word.strip(), since)
        return last

    def _state(self, claim: _Claim) -> State:
        if claim.word == DONE:
            return "done"
        if claim.number < 0 or claim.word == FREE:
            return "free"
        if claim.owner == self.presence.name:
            return "mine"
        if not claim.owner:  # it is being written, or its process was killed in that moment
            is_new = self.presence.silence(claim.touched) < self.presence.lease
            return "theirs" if is_new else "free"
        return "theirs" if self.presence.other(claim.owner) is not None else "free"

    def _say(self, key: str, word: str) -> None:
        claim = self._claim(key)
        if self._state(claim) == "mine":
            try:
                with (self._claims / f"{key}.{claim.number}").open("a") as file:
                    file.write(word)
            except OSError as error:
                raise unwritable(self.folder, error) from error
