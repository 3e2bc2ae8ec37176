"""What of a study's folder is to be made again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from blackbox.errors import StudyError
from blackbox.spelling import suggestion

# What of a folder is made again: runs whose code was edited, verdicts of edited judges, runs most
# of whose points were invalid, everything.
Again: TypeAlias = Literal["edited", "judges", "invalid", "all"]


def again_of(given: str | Iterable[str]) -> frozenset[str]:
    """What is to be made again. Raises StudyError for what is none of it."""
    asked = frozenset([given] if isinstance(given, str) else given) - {""}
    for one in asked:
        if one not in get_args(Again):
            raise StudyError(
                f"again is one or several of {', '.join(get_args(Again))}, not {one!r}"
                f"{suggestion(one, get_args(Again))}"
            )
    return asked
