"""What a user should know of a study and is no error: a warning that points at the user's line."""

from __future__ import annotations

import sys
import warnings

HOUSE = __name__.partition(".")[0]


class StudyWarning(UserWarning):
    """What a user should know of a study that goes on: a file was damaged, a run was cut short."""


def warn(notice: str) -> None:
    """Warn of something, as of the line that called into this package."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(notice, StudyWarning, stacklevel=level)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == HOUSE or module == "contextlib"
