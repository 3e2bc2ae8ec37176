"""What can go wrong, as a tree. Every error of ours says what was asked, found, and to do.

BlackboxError
└── ObjectiveError    a part of an objective is not what it should be
"""

from __future__ import annotations


class BlackboxError(Exception):
    """The root: what a user can cause and mend. Anything else is a defect of ours."""


class ObjectiveError(BlackboxError):
    """A part of an objective is not what it should be; says what was asked, found, and to do."""
