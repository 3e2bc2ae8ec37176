"""Reading journals: what was answered before a process ended, however it ended."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer
from blackbox.runtime.exchange import ASKS, PULL_BACK, VERIFY, Exchange, message
from blackbox.runtime.journal import (
    ANSWER,
    ANSWERED,
    ASKED,
    CONSTRAINTS,
    CRITERIA,
    EXCEEDED,
    GRAD_VALID,
    HEAD,
    LENGTH,
    MAGIC,
    NOTES,
    OPEN,
    OPENED,
    VALID,
)


@dataclass
class RunRecord:
    """What one journal holds of one run."""

    about: dict[str, Any]
    content: bytes = field(repr=False)
    places: list[tuple[int, int]] = field(default_factory=list)  # bodies of its answers
    is_asking: bool = False  # a message was being evaluated when the journal ended

    def __len__(self) -> int:
        """The number of answered messages, or parts of such."""
        return len(self.places)

    def exchanges(self) -> Iterator[Exchange]:
        """The messages with their answers and seconds, in order."""
        for first, last in self.places:
            yield decoded(memoryview(self.content)[first:last])


@dataclass(frozen=True)
class JournalContent:
    """The runs of one file by their keys, and what could not be read of it."""

    path: Path
    runs: dict[str, RunRecord]
    dropped: int = 0  # bytes at the end
    is_damaged: bool = False  # more than one write cut short


class Bodies:
    """The bodies of records, one after the other, up to the first that is not whole."""

    def __init__(self, content: bytes, first: int, crc: int) -> None:
        """From a place in the content on; `crc` is that of all that stands before."""
        self.content, self.first, self.crc = content, first, crc
        self.is_damaged = False  # what follows is no write cut short

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Where each begins and ends; `first` and `crc` go along."""
        view = memoryview(self.content)
        while (body := self.first + HEAD.size) <= len(view):
            size, of_length, of_body = HEAD.unpack_from(view, self.first)
            if zlib.crc32(LENGTH.pack(size), self.crc) != of_length:
                self.is_damaged = True
                return
            if body + size > len(view):
                return
            if zlib.crc32(view[body : body + size], of_length) != of_body:
                self.is_damaged = True
                return
            self.first, self.crc = body + size, of_body
            yield body, body + size


def read(path: Path) -> JournalContent:
    """Read a journal up to its end, or to the first record that is not as it was written."""
    content = path.read_bytes()
    runs: dict[int, RunRecord] = {}
    if not content.startswith(MAGIC):
        torn = MAGIC.startswith(content)
        return JournalContent(path, {}, len(content), not torn)
    bodies = Bodies(content, len(MAGIC), zlib.crc32(MAGIC))
    for first, last in bodies:
        _note(runs, content, first, last)
    by_key = {record.about["key"]: record for record in runs.values()}
    return JournalContent(path, by_key, len(content) - bodies.first, bodies.is_damaged)


def _note(runs: dict[int, RunRecord], content: bytes, first: int, last: int) -> None:
    match content[first]:
        case 0:  # OPENED
            number = OPEN.unpack_from(content, first)[1]
            runs[number] = RunRecord(json.loads(content[first + OPEN.size : last]), content)
        case 1:  # ASKED
            # Who was asking before was answered, or has given up.
            asking = {*np.frombuffer(content[first + 1 : last], "<u4").tolist()}
            for number, run in runs.items():
                run.is_asking = number in asking
        case 2:  # ANSWERED
            run = runs[int.from_bytes(content[first + 1 : first + 5], "little")]
            run.places.append((first, last))
            run.is_asking = False


assert (OPENED, ASKED, ANSWERED) == (0, 1, 2)  # as `_note` writes them out


def decoded(body: memoryview) -> Exchange:
    """The message, answer and seconds of one record."""
    _, _, kind, rows, seconds, called, flags, n_axes = ANSWER.unpack_from(body)
    reader = _Reader(body, ANSWER.size)
    axes = tuple(reader.take("<u4", (n_axes,)).tolist())
    points = reader.floats((rows, *axes))
    columns: dict[str, NDArray[np.generic]] = {"called": np.full(rows, called / rows)}
    if kind == PULL_BACK:
        n_vector_axes = int(reader.take("<u4", (1,))[0])
        vectors = reader.floats((rows, *reader.take("<u4", (n_vector_axes,)).tolist()))
        columns["pulled"] = reader.floats((rows, *axes))
        return message(kind, points, vectors), Answer(**columns), seconds
    if kind == VERIFY:
        columns["true"] = reader.floats((rows,))
        return message(kind, points), Answer(**columns), seconds
    columns["score"] = score = reader.floats((rows,))
    columns["valid"] = reader.take("?", (rows,)) if flags & VALID else ~np.isnan(score)
    m = 0
    if flags & CONSTRAINTS:
        m = int(reader.take("<u4", (1,))[0])
        columns["constraints"] = reader.floats((rows, m))
    if ASKS[kind][1] == 1:
        columns["grad"] = reader.floats((rows, *axes))
        if m:
            columns["constraint_grads"] = reader.floats((rows, m, *axes))
        if flags & GRAD_VALID:
            columns["grad_valid"] = reader.take("?", (rows,))
    if flags & CRITERIA:
        k = int(reader.take("<u4", (1,))[0])
        columns["criteria"] = reader.floats((rows, k))
    if flags & EXCEEDED:
        columns["exceeded"] = reader.take("?", (rows,))
    if flags & NOTES:
        notes = np.full(rows, "", object)
        for nth, note in json.loads(bytes(body[reader.at :])).items():
            notes[int(nth)] = note
        columns["notes"] = notes
    return message(kind, points), Answer(**columns), seconds


class _Reader:
    """Takes arrays off a record one by one."""

    def __init__(self, body: memoryview, at: int) -> None:
        self._body, self.at = body, at

    def take(self, dtype: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
        count = prod(shape)
        array = np.frombuffer(self._body, dtype, count, self.at).reshape(shape)
        self.at += array.nbytes
        return array.copy()

    def floats(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return self.take("<f8", shape).view(np.float64)
