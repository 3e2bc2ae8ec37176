"""Numbers that limit a call, as people give them."""

from __future__ import annotations

import math
import operator
from typing import Any

from blackbox.errors import ObjectiveError


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
