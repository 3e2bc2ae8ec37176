"""A part of a study, `2/4`: which of its runs it is follows from the study alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from blackbox.errors import StudyError

T = TypeVar("T")


@dataclass(frozen=True)
class StudyPart:
    """The `nth` of so many parts of a study, from 1 on: each has some seeds of each strategy.

    >>> StudyPart.parse("2/3").of(["a", "b", "c", "d", "e"])
    ['b', 'e']
    """

    nth: int
    whole: int

    @classmethod
    def parse(cls, text: str) -> StudyPart:
        """The part that a text names. Raises StudyError for what is none."""
        numbers = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text) if isinstance(text, str) else None
        if numbers is None or not 1 <= int(numbers[1]) <= int(numbers[2]):
            raise StudyError(f"a part of a study is one of 1/4, 2/4, 3/4 and 4/4 say, not {text!r}")
        return cls(int(numbers[1]), int(numbers[2]))

    def of(self, runs: Sequence[T]) -> list[T]:
        """Its runs of these, in their order."""
        return list(runs[self.nth - 1 :: self.whole])


WHOLE = StudyPart(1, 1)
# Why a run is missing that another part of the study makes.
ANOTHER_PART = "another part of the study makes it"
