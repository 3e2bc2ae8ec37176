"""What an external program answered, as what a scorer returns."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from blackbox.constraints import Scored
from blackbox.errors import ProgramFailed

SHOWN = 200  # characters of what was printed that an error quotes
SCORE, CONSTRAINTS = "score", "constraints"


def answer_of(text: str, program: str) -> Any:
    """A number, several numbers `[k]`, numbers by name, or a Scored, of one text of JSON.

    Raises ProgramFailed for anything else, and for numbers that are not finite.

    >>> answer_of('{"profit": 3, "waste": 0.5}', "plant")
    {'profit': 3.0, 'waste': 0.5}
    >>> answer_of('{"score": 3, "constraints": {"waste": 0.5}}', "plant").constraints
    {'waste': 0.5}
    """
    if not text.strip():
        raise ProgramFailed(f"{program} ended well and printed nothing; {EXPECTED}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ProgramFailed(
            f"{program} ended its output with {text.strip()[:SHOWN]!r}, which is no JSON; "
            f"{EXPECTED}"
        ) from None
    if not isinstance(value, Mapping):
        return _numbers(value, "its score", program)
    if SCORE in value and value.keys() <= {SCORE, CONSTRAINTS}:
        score = _numbers(value[SCORE], "its score", program)
        named = value.get(CONSTRAINTS, {})
        if not isinstance(named, Mapping):
            raise ProgramFailed(f"{program} answered constraints {named!r}, which have no names")
        if not named:
            return score
        return Scored(score, {name: _number(one, name, program) for name, one in named.items()})
    return {name: _number(one, name, program) for name, one in value.items()}


EXPECTED = 'a program answers with one line: 1.5, or {"score": 1.5}, or numbers by other names'


def _numbers(value: Any, what: str, program: str) -> Any:
    if isinstance(value, list):
        return np.array([_number(one, what, program) for one in value])
    return _number(value, what, program)


def _number(value: Any, what: str, program: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        raise ProgramFailed(f"{program} answered {str(value)[:SHOWN]!r} for {what}; {EXPECTED}")
    if value is None or not math.isfinite(value):
        shown = "null" if value is None else f"{value}"
        raise ProgramFailed(f"{program} answered {shown} for {what}: an object without a score")
    return float(value)
