"""Answers on disk as they arrive: an append-only file of checksummed records, one per process."""

from __future__ import annotations

import json
import math
import os
import socket
import struct
import time
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import StoreError
from blackbox.protocol import Answer, Ask, Message, PullBack, Verify
from blackbox.runtime.exchange import Exchange, Journal, code

MAGIC = b"blackbox journal 1\n"
# Each record: the length of its body, a CRC-32 of that, one of the body, the body; both are of all
# that stands before, too. A length that can be trusted tells a write cut short from damage.
HEAD = struct.Struct("<III")
LENGTH = struct.Struct("<I")
# Kinds of records, the first byte of a body.
OPENED, ASKED, ANSWERED = range(3)
OPEN = struct.Struct("<BI")  # the run's number in this file; then its description as JSON
# The run, the kind of message, rows, seconds, objects called, which columns follow, and the number
# of axes of a point; then the lengths of these, the points, and the columns.
ANSWER = struct.Struct("<BIBIddBB")
# Optional columns by their bit.
VALID, GRAD_VALID, CRITERIA, NOTES, EXCEEDED, CONSTRAINTS = 1, 2, 4, 8, 16, 32
# Answers are forced to the disk at once where a batch took this long, else this often, in seconds.
SYNC = 1.0


class JournalFile:
    """One process's file. Answers are buffered until `flush`, which a driver calls per batch."""

    def __init__(self, folder: Path) -> None:
        """Name a file that nobody else has; it is made when the first run is opened."""
        host = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:32]
        self.path = folder / f"{host}-{os.getpid()}-{os.urandom(4).hex()}.journal"
        self._buffer = bytearray(MAGIC)
        self._crc = zlib.crc32(MAGIC)
        self._file: int | None = None
        self._runs = 0
        self._synced = time.monotonic()

    def open_run(self, about: Mapping[str, Any]) -> RunJournal:
        """Begin a run; `about` holds its `key` and whatever a reader wants to know of it."""
        number, self._runs = self._runs, self._runs + 1
        self.add(OPEN.pack(OPENED, number) + json.dumps(dict(about)).encode())
        return RunJournal(self, number)

    def asked(self, journals: Iterable[Journal]) -> None:
        """Note whose messages are about to be evaluated, and flush: a crash then has a name."""
        numbers = np.array([one.number for one in journals if isinstance(one, RunJournal)], "<u4")
        self.add(bytes([ASKED]) + numbers.tobytes())
        self._write()

    def flush(self) -> None:
        """Hand what was appended to the system: a process that is killed now loses none of it."""
        self._write()
        now = time.monotonic()
        if self._file is not None and now - self._synced >= SYNC:
            os.fsync(self._file)
            self._synced = now

    def sync(self) -> None:
        """Force all that was appended to the disk now: of words that people say there are few."""
        self._synced = -math.inf
        self.flush()

    def close(self) -> None:
        """Force all to the disk; nothing is being evaluated any more."""
        self.add(bytes([ASKED]))
        self._write()
        if self._file is not None:
            os.fsync(self._file)
            os.close(self._file)
            self._file = None

    def add(self, body: bytes) -> None:
        """Append one record to the buffer."""
        of_length = zlib.crc32(LENGTH.pack(len(body)), self._crc)
        self._crc = zlib.crc32(body, of_length)
        self._buffer += HEAD.pack(len(body), of_length, self._crc) + body

    def _write(self) -> None:
        # What is written is taken off the buffer: a signal in between tears one record at most.
        if not self._buffer or not self._runs:
            return
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            while self._buffer:
                done = os.write(self._file, self._buffer)
                del self._buffer[:done]
        except OSError as error:
            raise StoreError(
                f"cannot write to {self.path}: {error.strerror or error}; all answers before the "
                "last batch are kept: make room or mend the folder, and run the study again"
            ) from error


class RunJournal:
    """The journal of one run: what `Run` appends its answers to."""

    def __init__(self, file: JournalFile, number: int) -> None:
        """Of the run of this number in a file."""
        self._file, self.number = file, number

    def append(self, exchange: Exchange) -> None:
        """Keep a message, or some rows of it, with its answer and seconds."""
        asked, answer, seconds = exchange
        self._file.add(encoded(self.number, asked, answer, seconds))


def encoded(number: int, asked: Message, answer: Answer, seconds: float) -> bytes:
    """The body of a record: one answered message of a run."""
    flags = 0
    columns: list[NDArray[np.generic]] = []
    if isinstance(asked, Ask):
        columns.append(answer.score)
        if not np.array_equal(answer.valid, ~np.isnan(answer.score)):
            flags |= VALID
            columns.append(answer.valid)
        if "constraints" in answer:
            flags |= CONSTRAINTS
            columns += [np.array([answer.constraints.shape[1]], "<u4"), answer.constraints]
        if asked.order == 1:
            columns.append(answer.grad)
            columns += [answer.constraint_grads] if "constraint_grads" in answer else []
            if not answer.grad_valid.all():
                flags |= GRAD_VALID
                columns.append(answer.grad_valid)
        if answer.criteria is not None:
            flags |= CRITERIA
            columns += [np.array([answer.criteria.shape[1]], "<u4"), answer.criteria]
        if answer.exceeded.any():
            flags |= EXCEEDED
            columns.append(answer.exceeded)
        if answer.notes is not None and any(answer.notes):
            flags |= NOTES
    elif isinstance(asked, PullBack):
        axes = asked.vectors.shape[1:]
        columns += [np.array([len(axes), *axes], "<u4"), asked.vectors, answer.pulled]
    elif isinstance(asked, Verify):
        columns.append(answer.true)
    rows, axes = len(asked.points), asked.points.shape[1:]
    head = ANSWER.pack(
        ANSWERED, number, code(asked), rows, seconds, answer.called, flags, len(axes)
    )
    parts = [head, np.array(axes, "<u4").tobytes(), asked.points.tobytes()]
    parts += [column.tobytes() for column in columns]
    if flags & NOTES:
        parts.append(_notes(answer))
    return b"".join(parts)


def _notes(answer: Answer) -> bytes:
    assert answer.notes is not None
    return json.dumps({nth: note for nth, note in enumerate(answer.notes) if note}).encode()
