"""An external program as a scorer: one line of JSON in, one line of JSON out, or files.

No shell reads its arguments. Each call has a folder of its own, in which the program runs, and
which is gone afterwards; what it says on its standard error is kept.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from blackbox.errors import CallTimedOut, ObjectiveError, ProgramFailed, TryAgain
from blackbox.identity import UNCOUNTED, CountedFile
from blackbox.scoring.answered import answer_of
from blackbox.workers.ending import how_it_ended
from blackbox.workers.program import ProgramEnd, ran

INPUT, OUTPUT = "{input}", "{output}"
# Bytes of an answer, and those of a log that are kept of a call: its end says what was wrong.
MOST_OUTPUT, MOST_LOG = 1_000_000, 64_000
# What the environment says: where logs belong, and, to a program, what the parameters are.
LOGS, PARAMETERS = "BLACKBOX_LOGS", "BLACKBOX_PARAMETERS"


@dataclass(frozen=True)
class Command:
    """A program that scores one object a call; `bb.command` makes one, and says how it is called.

    A study's folder knows it by its arguments and the content of the files that they name.
    """

    arguments: tuple[str | CountedFile, ...]
    timeout: float | None = field(default=None, metadata=UNCOUNTED)
    logs: Path | None = field(default=None, metadata=UNCOUNTED)
    described: str = field(default="", metadata=UNCOUNTED)  # the parameters, as JSON

    @property
    def __name__(self) -> str:
        """What errors call it."""
        return Path(_text(self.arguments[0])).name

    def naming(self, parameters: Mapping[str, Any]) -> Command:
        """The same, which tells the program what its parameters are."""
        return replace(self, described=json.dumps(dict(parameters)))

    def __call__(self, *objects: Any, **values: Any) -> Any:
        """What the program answers: a number, several, numbers by name, or a Scored.

        Raises CallTimedOut, ProgramFailed, and TryAgain where the program is gone.
        """
        given = values or {"x": objects[0]}
        line = json.dumps({name: _plain(value) for name, value in given.items()}) + "\n"
        prefix = "blackbox-call-"
        with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
            place = Path(folder)
            (place / "work").mkdir()
            uses_file = any(isinstance(one, str) and INPUT in one for one in self.arguments)
            (place / "stdin").write_text("" if uses_file else line)
            if uses_file:
                (place / "work" / "input.json").write_text(line)
            end = self._ended(place)
            log, failure = _log_of(place), ""
            try:
                self._refuse_failed(end, log)
                return answer_of(self._printed(place, log), self.__name__)
            except (CallTimedOut, ProgramFailed) as error:
                failure = f"{type(error).__name__}: {error}"
                raise
            finally:
                if log or failure:
                    self._keep(line, end, log, failure)

    def _ended(self, place: Path) -> ProgramEnd:
        """Run it."""
        files = {INPUT: place / "work" / "input.json", OUTPUT: place / "work" / "output.json"}
        arguments = [
            str(one.path) if isinstance(one, CountedFile) else _filled(one, files)
            for one in self.arguments
        ]
        described = {PARAMETERS: self.described} if self.described else {}
        try:
            return ran(
                arguments,
                place,
                timeout=self.timeout,
                most_output=MOST_OUTPUT,
                environment=described,
            )
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                raise ObjectiveError(
                    f"the program {self.__name__} cannot be run: it is no binary of this machine, "
                    "and has no first line like #!/bin/sh; write one, or name what runs it: "
                    f'bb.command(["sh", "{self.__name__}"])'
                ) from error
            if error.errno not in (errno.ENOENT, errno.EACCES):
                raise
            raise TryAgain(f"the program {self.__name__} cannot be run: {error}") from error

    def _refuse_failed(self, end: ProgramEnd, log: str) -> None:
        """Raise CallTimedOut or ProgramFailed unless it ended well."""
        name, last = self.__name__, log.strip().splitlines()[-1:]
        match end.cause:
            case "timeout":
                raise CallTimedOut(
                    f"{name} took longer than {self.timeout:g} s; it was killed, with all that it "
                    "had started"
                )
            case "output":
                raise ProgramFailed(
                    f"{name} printed more than {MOST_OUTPUT // 1_000_000} MB and was killed; it is "
                    "to print one line of JSON, and anything else to its standard error"
                )
            case "log":
                raise ProgramFailed(f"{name} filled its standard error and was killed")
        if end.code:
            how = f"ended with exit code {end.code}" if end.code > 0 else how_it_ended(end.code)
            said_last = f"; its last words: {last[0][:200]}" if last else ""
            raise ProgramFailed(f"{name} {how}{said_last}")

    def _printed(self, place: Path, log: str) -> str:
        """The text of its answer."""
        if not any(isinstance(one, str) and OUTPUT in one for one in self.arguments):
            lines = (place / "stdout").read_bytes().decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        path = place / "work" / "output.json"
        if not path.is_file():
            raise ProgramFailed(f"{self.__name__} ended well and wrote no {OUTPUT}")
        if path.stat().st_size > MOST_OUTPUT:
            raise ProgramFailed(f"{self.__name__} wrote an {OUTPUT} of {path.stat().st_size} bytes")
        return path.read_bytes().decode(errors="replace")

    def _keep(self, line: str, end: ProgramEnd, log: str, failure: str) -> None:
        """Append what it said to this process's file, where logs have a place."""
        place = self.logs or (Path(given) if (given := os.environ.get(LOGS)) else None)
        if place is None:
            return
        host = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:32]
        file = place / f"{self.__name__}-{host}-{os.getpid()}.log"
        head = f"--- {line.strip()[:1000]} ({end.seconds:.2f} s) {failure}".rstrip()
        with suppress(OSError):  # a score is worth more than its log
            place.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as opened:
                opened.write(f"{head}\n{log.rstrip()}\n")


@contextmanager
def logs_in(folder: Path | None) -> Iterator[None]:
    """Have programs' logs kept in a folder, those of processes that begin meanwhile, too."""
    before = os.environ.get(LOGS)
    if folder is not None:
        os.environ[LOGS] = str(folder.absolute())
    try:
        yield
    finally:
        if folder is not None and before is None:
            os.environ.pop(LOGS, None)
        elif folder is not None and before is not None:
            os.environ[LOGS] = before


def _text(argument: str | CountedFile) -> str:
    return argument if isinstance(argument, str) else argument.name


def _filled(argument: str, files: Mapping[str, Path]) -> str:
    for mark, path in files.items():
        argument = argument.replace(mark, str(path))
    return argument


def _log_of(place: Path) -> str:
    with (place / "stderr").open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - MOST_LOG, 0))
        return file.read().decode(errors="replace")


def _plain(value: Any) -> Any:
    """A value as JSON has it. Raises ObjectiveError for one that it has not."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        raise ObjectiveError(
            f"an object of type {type(value).__name__} cannot be handed to a program as JSON; "
            "score it by a function that writes it to a file, and calls the program"
        ) from None
    return value
