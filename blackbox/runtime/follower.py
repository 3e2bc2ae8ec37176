"""How far runs are that are being made, by this process or another: journals, read as they grow."""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blackbox.runtime.exchange import ASKS, PULL_BACK
from blackbox.runtime.journal import ANSWER, ANSWERED, CONSTRAINTS, MAGIC, OPEN, OPENED, VALID
from blackbox.runtime.journal_reader import Bodies

# What a row of each kind of message costs: a score, and a gradient on top.
SCORES = dict.fromkeys(range(len(ASKS)), 1)
GRADIENTS = {nth: order for nth, (_, order) in enumerate(ASKS)} | {PULL_BACK: 1}


@dataclass
class Pace:
    """How far a run is: the units that it has used, and its best score, NaN where it has none."""

    used: float = 0.0
    best: float = math.nan
    sign: int = 1  # -1 where the score is minus a loss


class Follower:
    """How far the runs of one journal are: reads what was appended since last time.

    Nothing is moved or told: a record that is not as it was written ends the reading.
    """

    def __init__(self, path: Path) -> None:
        """Of this file; nothing is read yet."""
        self.path, self.paces = path, dict[str, Pace]()
        self._first, self._crc = len(MAGIC), zlib.crc32(MAGIC)
        self._prices: dict[int, float] = {}  # of a gradient, by the number of the run
        self._by_number: dict[int, Pace] = {}
        self._is_readable = True

    def read(self) -> None:
        """Take in what was appended, up to the last whole record."""
        if not self._is_readable:
            return
        try:
            with self.path.open("rb") as file:
                self._is_readable = MAGIC.startswith(file.read(len(MAGIC)))
                file.seek(self._first)
                content = file.read()
        except OSError:  # it is gone: its runs are finished
            return
        try:
            self._take_all(content)
        except (ValueError, KeyError, struct.error):
            self._is_readable = False

    def _take_all(self, content: bytes) -> None:
        bodies = Bodies(content, 0, self._crc)
        for first, last in bodies:
            self._take(content, first, last)
        self._first, self._crc = self._first + bodies.first, bodies.crc
        self._is_readable = not bodies.is_damaged

    def _take(self, content: bytes, first: int, last: int) -> None:
        if content[first] == OPENED:
            number = OPEN.unpack_from(content, first)[1]
            about = json.loads(content[first + OPEN.size : last])
            self._prices[number] = about["gradient_price"]
            pace = Pace(sign=about.get("sign", 1))
            self._by_number[number] = self.paces[about["key"]] = pace
        elif content[first] == ANSWERED:
            _, number, kind, rows, _, _, flags, n_axes = ANSWER.unpack_from(content, first)
            pace = self._by_number[number]
            work = SCORES.get(kind, 0) + self._prices[number] * GRADIENTS.get(kind, 0)
            pace.used += rows * work
            if kind in SCORES and rows:
                axes = np.frombuffer(content, "<u4", n_axes, first + ANSWER.size)
                at = first + ANSWER.size + axes.nbytes + 8 * rows * math.prod(axes.tolist())
                score = np.frombuffer(content, "<f8", rows, at)
                if flags & VALID:
                    valid = np.frombuffer(content, "?", rows, at + score.nbytes)
                    score = np.where(valid, score, np.nan)
                    at += valid.nbytes
                if flags & CONSTRAINTS:
                    score = np.where(_met(content, rows, at + score.nbytes), score, np.nan)
                pace.best = float(np.fmax(pace.best, np.fmax.reduce(score)))


def _met(content: bytes, rows: int, at: int) -> NDArray[np.bool_]:
    """Whether each row meets all constraints: their number stands there, and then their values."""
    m = int(np.frombuffer(content, "<u4", 1, at)[0])
    values = np.frombuffer(content, "<f8", rows * m, at + 4).reshape(rows, m)
    return np.asarray((values >= 0).all(axis=1), bool)
