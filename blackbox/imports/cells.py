"""One column of a table: its cells as numbers, counters or names, or why they are none."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.errors import LogError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "<na>", "nat"})
INFINITE = re.compile(r"([+-]?)inf(inity)?", re.I)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?", re.ASCII)
PLAIN = frozenset("0123456789+-.eE")  # what `float` reads as everybody does
# 3,5 is a number with a decimal comma for certain; 1,234 may be one thousand.
WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
DEFUSED = re.compile(r"'+[=+\-@\t\r]")
MOST = 2**53  # the largest count up to which a float counts by ones
MOST_DIMENSIONS = 10**6  # a count beyond is no dimension of anything that is searched
MOST_OF_A_SEED = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one column; `where` names the place of one, for errors.

    `notices` gets what was assumed. A comma in a cell is certainly not between two cells, unless
    `is_only` one column is there. In what we exported, `is_ours`, names are exact, and an
    apostrophe stands before what a spreadsheet would run.
    """

    content: Sequence[Any]
    where: Callable[[int], str]
    notices: list[str]
    is_only: bool = False
    is_ours: bool = False

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.content)

    def refusal(self, row: int, wanted: str) -> LogError:
        """Why the cell of a row cannot be read."""
        return LogError(f"{self.where(row)}: {wanted}, not {self.content[row]!r}")

    def numbers(self) -> Floats:
        """The cells as numbers `[n]`, NaN where there is none. Raises LogError for other things."""
        plain = _plain(self.content)
        if plain is not None:
            return plain
        values = self._with_points()
        return np.array([self._number(row, value) for row, value in enumerate(values)], float)

    def whole(self, least: int, most: int = MOST) -> Ints:
        """The cells as whole numbers `[n]`. Raises LogError for what is none or lies outside."""
        numbers = self.numbers()
        wanted = (
            f"this must be a whole number from {least} {'on' if most == MOST else f'to {most}'}"
        )
        with np.errstate(invalid="ignore"):
            wrong = ~((numbers >= least) & (numbers <= most) & (numbers % 1 == 0))
        if wrong.any():
            raise self.refusal(int(np.argmax(wrong)), wanted)
        return numbers.astype(np.int64)

    def is_missing(self) -> NDArray[np.bool_]:
        """Which cells are empty, `[n]`."""
        return np.array([_is_missing(value) for value in self.content], bool)

    def names(self) -> list[str]:
        """The cells as names, without blanks around them. Raises LogError for an empty one."""
        texts = {value: self._name(value) for value in set(self._hashable())}
        names = [texts[value] for value in self.content]
        for row, name in enumerate(names):
            if not (name or self.is_ours) or _is_missing(self.content[row], texts_too=False):
                raise self.refusal(row, "this must be a name")
        return names

    def _name(self, value: Any) -> str:
        if not self.is_ours:
            return str(value).strip()
        return str(value)[1:] if DEFUSED.match(str(value)) else str(value)

    def seeds(self) -> Ints:
        """The cells as seeds `[n]`: whole numbers, or the places of names in their order.

        Raises LogError for an empty one, and where some are numbers and others are not.
        """
        empty = self.is_missing()
        if empty.any():
            wanted = "this must say which run the row is of"
            raise self.refusal(int(np.argmax(empty)), wanted)
        seeds = [_seed(value) for value in self._hashable()]
        named = [seed is None for seed in seeds]
        if all(named):
            texts = [str(value).strip() for value in self.content]
            if texts:
                self.notices.append(
                    f"{self.where(0)}: runs have names, so they were numbered in their order: "
                    f"{texts[0]!r} is seed 0"
                )
            return np.asarray(pd.factorize(np.array(texts, object))[0], np.int64)
        if any(named):
            row = named.index(not named[0])
            either = "all runs must have numbers from 0 on, or all must have names"
            raise self.refusal(row if named[row] else named.index(True), either)
        return np.array(seeds, np.int64)

    def _hashable(self) -> Sequence[Any]:
        for row, value in enumerate(self.content):
            if isinstance(value, list | dict | set | np.ndarray | bytes | bool):
                raise self.refusal(row, "this must be a number or a name")
        return self.content

    def _with_points(self) -> Sequence[Any]:
        """The cells with decimal commas as points, where they are that for certain."""
        texts = [value.strip() for value in self.content if isinstance(value, str)]
        with_comma = [text for text in texts if "," in text]
        if not with_comma:
            return self.content
        row = next(n for n, value in enumerate(self.content) if "," in str(value))
        certain = all(WITH_COMMA.fullmatch(text) for text in with_comma)
        certain = certain and not any("." in text for text in texts) and not self.is_only
        if not certain or all(MAY_BE_THOUSANDS.fullmatch(text) for text in with_comma):
            raise self.refusal(
                row,
                "a comma may be a decimal one or part thousands (or cells); write numbers with a "
                "point, or read the file with pandas.read_csv(decimal=..., thousands=...) and give "
                "the frame instead; this must be a number",
            )
        self.notices.append(f"{self.where(row)}: commas in this column were read as decimal ones")
        return [v.replace(",", ".") if isinstance(v, str) else v for v in self.content]

    def _number(self, row: int, value: Any) -> float:
        if _is_missing(value):
            return math.nan
        if isinstance(value, bool | np.bool_ | complex):
            raise self.refusal(row, "this must be a number; these columns must hold numbers")
        if not isinstance(value, str):
            if isinstance(value, Real):
                return _float(value)
            value = str(value) if type(value).__name__ == "Decimal" else repr(value)
        text = value.strip()
        if infinite := INFINITE.fullmatch(text):
            return -math.inf if infinite[1] == "-" else math.inf
        if not NUMBER.fullmatch(text):
            raise self.refusal(row, "this must be a number; these columns must hold numbers")
        number = float(text.lower().replace("d", "e"))
        if math.isinf(number):
            raise self.refusal(row, "this must be a number that a float can hold")
        return number


def _plain(values: Sequence[Any]) -> Floats | None:
    """The cells as numbers by the fast way, where it reads them as the careful one would."""
    types = set(map(type, values))
    try:
        if types <= {int, float}:
            return np.array(values, float)
        if types == {str} and frozenset().union(*map(frozenset, values)) <= PLAIN:
            numbers = np.array(list(map(float, values)), float)
            return numbers if np.isfinite(numbers).all() else None
    except (ValueError, OverflowError):
        pass
    return None


def _float(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _is_missing(value: Any, texts_too: bool = True) -> bool:
    if isinstance(value, str):
        return texts_too and value.strip().lower() in MISSING
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return isinstance(value, Real) and bool(value != value)


def _seed(value: Any) -> int | None:
    """A seed as a whole number from 0; None for what is none."""
    text = str(value).strip()
    if match := re.fullmatch(r"\+?(\d+)(\.0*)?", text, re.ASCII):
        digits = match[1].lstrip("0") or "0"
        if len(digits) <= len(str(MOST_OF_A_SEED)) and int(digits) <= MOST_OF_A_SEED:
            return int(digits)
    return None
