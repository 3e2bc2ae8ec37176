"""One process at a time works on a study's folder; the second is told who the first one is."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from blackbox.errors import StoreError

# Seconds between two signs of life, and after which another host's process counts as gone.
BEAT = 5.0
GONE = 60.0
LOOK = 0.05  # seconds between two looks at a lock that is being written


class FolderLock:
    """Holds a folder while a study runs: `with FolderLock(folder):`.

    The file `lock` names the host and the process. It is left behind by a process that was killed;
    one whose process is gone is taken over. A process of another host counts as gone when it has
    given no sign of life for a minute.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is held yet."""
        self.path = folder / "lock"
        self._stop = threading.Event()
        self._beat: threading.Thread | None = None
        host, process = socket.gethostname(), os.getpid()
        me = {"host": host, "process": process, "begun": _begun(process), "since": time.time()}
        self._mine = json.dumps(me)

    def __enter__(self) -> FolderLock:
        """Take the folder. Raises StoreError where another process works on it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            while not self._taken():
                self._take_over()
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.path.parent}: {error.strerror or error}; mend the folder, "
                "or use another one"
            ) from error
        self._beat = threading.Thread(target=self._live, daemon=True, name="blackbox lock")
        self._beat.start()
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
            if self.path.read_text() == self._mine:
                self.path.unlink()

    def _taken(self) -> bool:
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            return False
        with os.fdopen(file, "w") as opened:
            opened.write(self._mine)
        return True

    def _take_over(self) -> None:
        """Take away what a process has left behind. Raises StoreError where it is alive."""
        with self._my_turn() as is_mine, suppress(FileNotFoundError):
            text = self.path.read_text(errors="replace")
            silent = time.time() - self.path.stat().st_mtime
            if not is_mine or (not _is_whole(text) and silent < BEAT):
                time.sleep(LOOK)  # it is being taken away, or being written
                return
            self._refuse_if_alive(text, silent)
            self.path.unlink()

    @contextmanager
    def _my_turn(self) -> Iterator[bool]:
        """Whether of those who want to take a lock away this is the one who may."""
        turn = self.path.with_suffix(".turn")
        try:
            os.close(os.open(turn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            with suppress(FileNotFoundError):
                if time.time() - turn.stat().st_mtime > BEAT:  # killed in that moment
                    turn.unlink()
            yield False
            return
        try:
            yield True
        finally:
            turn.unlink(missing_ok=True)

    def _refuse_if_alive(self, text: str, silent: float) -> None:
        if not _is_whole(text):
            return  # cut short: whoever wrote it is gone
        held = json.loads(text)
        host, process = held["host"], held["process"]
        if _is_alive(host, process, held["begun"], silent):
            raise StoreError(
                f"{self.path.parent} is in use by process {process} on {host}: wait until it has "
                f"ended or stop it, or use another folder (if no such process works on it, remove "
                f"{self.path})"
            )

    def _live(self) -> None:
        while not self._stop.wait(BEAT):
            with suppress(OSError):
                os.utime(self.path)


def _is_whole(text: str) -> bool:
    try:
        table = json.loads(text)
    except ValueError:
        return False
    return isinstance(table, dict) and {"host", "process", "begun"} <= table.keys()


@dataclass(frozen=True)
class Holder:
    """Who works on a folder, and since when, as `time.time()` counts."""

    host: str
    process: int
    since: float


def holder(folder: Path) -> Holder | None:
    """Who works on a folder now; None where nobody does. Nothing is changed."""
    path = folder / "lock"
    try:
        silent = time.time() - path.stat().st_mtime
        held = json.loads(path.read_text())
        one = Holder(str(held["host"]), int(held["process"]), float(held["since"]))
        return one if _is_alive(one.host, one.process, held["begun"], silent) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_alive(host: str, process: int, begun: str, silent: float) -> bool:
    if host == socket.gethostname():
        return _begun(process) == begun != ""
    return silent < GONE


def _begun(process: int) -> str:
    """When a process of this host began, "" if it is gone; its number may be another's by now."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return _alive(process) if not Path("/proc/self/stat").exists() else ""
    return text.rpartition(")")[2].split()[19]


def _alive(process: int) -> str:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
