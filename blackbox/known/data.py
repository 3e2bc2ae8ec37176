"""What is known of an objective before a study of it begins: points, their scores, whence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from blackbox.protocol import Answer, Array, Capability, Strategy, needs


@dataclass(frozen=True, eq=False)
class KnownData:
    """Points `[n, d]` that were scored before, what was answered, and where they come from.

    The answer has `score`, higher is better, `valid`, and `constraints` and `criteria` where the
    objective has any.
    """

    z: Array
    answer: Answer
    source: str

    def __len__(self) -> int:
        """The number of points."""
        return len(self.z)

    @property
    def best(self) -> float:
        """The highest score of a point that meets all constraints; NaN without one."""
        return float(np.fmax.reduce(self.answer.score[self.answer.feasible], initial=np.nan))

    @cached_property
    def text(self) -> str:
        """Their number and a digest of their content, wherever they were read from."""
        sha = hashlib.blake2b(digest_size=8)
        for column in (
            self.z,
            *(self.answer.columns[name] for name in sorted(self.answer.columns)),
        ):
            sha.update(np.ascontiguousarray(column).tobytes())
        return f"{len(self)} points, content {sha.hexdigest()}"


def is_warm(strategy: Strategy) -> bool:
    """Whether a strategy is to be told what is known."""
    return Capability.KNOWN in needs(strategy)
