"""One process at a time opens or leaves a study's folder, or has it to itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from blackbox.errors import StoreError
from blackbox.runtime.holder import Holder, read

LOOK = 0.05  # seconds between two looks at a lock that is being written
PATIENT = 0.2  # and at one that is waited for
# Seconds after which a file that nobody has written into was left behind by a process that is gone.
LEFT = 5.0
TELL = 2.0  # seconds of waiting after which it is told


class FolderLock:
    """Holds a folder: `with FolderLock(folder):`.

    The file `lock` names the host and the process. It is left behind by a process that was killed;
    one whose process is gone is taken over (see `Holder`). `wait`: hears whom this process waits
    for; without it, a folder that is in use is refused.
    """

    def __init__(self, folder: Path, wait: Callable[[str], None] | None = None) -> None:
        """Name the folder; nothing is held yet."""
        self.path = folder / "lock"
        self._wait = wait
        self._stop = threading.Event()
        self._me = Holder.here()

    def __enter__(self) -> FolderLock:
        """Take the folder. Raises StoreError where another process works on it."""
        began, tell = time.monotonic(), self._wait
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            while not self._taken():
                holder = self._take_over()
                if holder is not None and self._wait is None:
                    raise StoreError(
                        f"{self.path.parent} is in use by {holder}: wait until it has ended or "
                        "stop it, or use another folder (if no such process works on it, remove "
                        f"{self.path})"
                    )
                if holder is not None:
                    time.sleep(PATIENT)
                    if tell is not None and time.monotonic() - began > TELL:
                        tell(f"waiting for {holder}, which opens {self.path.parent}")
                        tell = None
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.path.parent}: {error.strerror or error}; mend the folder, "
                "or use another one"
            ) from error
        threading.Thread(target=self._live, daemon=True, name="blackbox lock").start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go, unless another process has taken it over because this one was silent."""
        self._stop.set()
        with suppress(OSError):
            if self.path.read_text() == self._me.text:
                self.path.unlink()

    def _taken(self) -> bool:
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            return False
        with os.fdopen(file, "w") as opened:
            opened.write(self._me.text)
        return True

    def _take_over(self) -> Holder | None:
        """Take away what a process has left behind; who holds it, where that one is there."""
        with self._my_turn() as now, suppress(FileNotFoundError):
            text, since = read(self.path)
            holder = Holder.of(text)
            if now is None or (holder is None and now - since < LEFT):
                time.sleep(LOOK)  # it is being taken away, or being written
                return None
            if holder is not None and holder.is_there(now - since):
                return holder
            self.path.unlink()  # its process is gone; one cut short: whoever wrote it, too
        return None

    @contextmanager
    def _my_turn(self) -> Iterator[float | None]:
        """When it is, by the folder's clock; None where another process may take a lock away."""
        turn = self.path.with_suffix(".turn")
        try:
            os.close(os.open(turn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            with suppress(FileNotFoundError):
                if time.time() - turn.stat().st_mtime > LEFT:  # killed in that moment
                    turn.unlink()
            yield None
            return
        try:
            yield turn.stat().st_mtime
        finally:
            turn.unlink(missing_ok=True)

    def _live(self) -> None:
        while not self._stop.wait(self._me.beat):
            with suppress(OSError):
                os.utime(self.path)


def holder(folder: Path) -> Holder | None:
    """Who opens a folder now, or has it to itself; None where nobody does. Nothing is changed."""
    try:
        text, since = read(folder / "lock")
    except OSError:
        return None
    one = Holder.of(text)
    return one if one is not None and one.is_there(time.time() - since) else None
