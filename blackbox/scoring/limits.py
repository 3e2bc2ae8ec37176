"""What a call of a user's function may take, as people give it."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError


@dataclass(frozen=True)
class Limits:
    """Seconds of an object, megabytes of a call, and how often more a call is made that fails."""

    timeout: float | None = None
    memory: float | None = None
    retries: int | None = None

    def __post_init__(self) -> None:
        """Raises ObjectiveError for what is no number, or too small."""
        for name in ("timeout", "memory"):
            if (given := getattr(self, name)) is not None:
                object.__setattr__(self, name, positive(name, given))
        if self.retries is not None:
            object.__setattr__(self, "retries", whole("retries", self.retries, 0))

    @property
    def need_a_worker(self) -> bool:
        """Whether functions must be called in a process of their own, which can be ended."""
        return self.timeout is not None or self.memory is not None

    @property
    def bytes(self) -> float | None:
        """What a call may take on top of what its process holds."""
        return None if self.memory is None else self.memory * 1e6


def whole(what: str, given: Any, least: int) -> int:
    """A whole number. Raises ObjectiveError unless it is one, and at least so large."""
    try:
        number = least - 1 if isinstance(given, bool) else operator.index(given)
    except TypeError:
        number = least - 1
    if number < least:
        raise ObjectiveError(f"{what} must be a whole number >= {least}, not {given!r}")
    return number


def positive(what: str, given: Any) -> float:
    """A number. Raises ObjectiveError unless it is finite and > 0."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < math.inf:
        raise ObjectiveError(f"{what} must be a number > 0, not {given!r}")
    return float(given)


def finite(what: str, given: Any) -> NDArray[np.float64] | None:
    """Numbers as an array; None for None. Raises ObjectiveError unless all are finite numbers."""
    if given is None:
        return None
    try:
        values = np.array(list(given.values()) if isinstance(given, Mapping) else given, float)
    except (TypeError, ValueError):
        raise ObjectiveError(f"{what} must be numbers, not {given!r}") from None
    if not np.isfinite(values).all():
        raise ObjectiveError(f"{what} must be finite numbers, not {given!r}")
    return values


def truth(what: str, given: Any) -> bool:
    """True or False. Raises ObjectiveError for anything else: "no" would count as true."""
    if not isinstance(given, bool | np.bool_):
        raise ObjectiveError(f"{what} is True or False, not {given!r}")
    return bool(given)
