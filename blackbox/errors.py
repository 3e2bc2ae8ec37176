"""What can go wrong, as a tree. Every error of ours says what was asked, found, and to do.

BlackboxError
├── NameProblem            a name that leads to nothing, or settings that its owner lacks
├── StudyError             a study that cannot be run as it was asked for
├── ObjectiveError         a part of an objective is not what it should be
│   └── UnusableObjective  ... for certain: no other way to call it would help
├── ProtocolError          a strategy said what the language does not hold, or did not declare
│   └── NoGradient         a gradient was read where none was asked
├── ReplayDiverged         a replayed run asked something else than its record holds
├── StoreError             a folder that holds something else, or a file that cannot be read
├── LogError               a log of another tool that cannot be read as asked
├── ExportError            a study that a format cannot hold, or a folder that is in use
└── MissingPackage         an optional package is not installed

Those that were a ValueError or an ImportError before there was a tree still are.
"""

from __future__ import annotations


class BlackboxError(Exception):
    """The root: what a user can cause and mend. Anything else is a defect of ours."""


class NameProblem(BlackboxError, ValueError):
    """A name that leads to nothing, or settings that its owner does not have; says what is."""


class StudyError(BlackboxError, ValueError):
    """A study that cannot be run as it was asked for; says what was found and what to do."""


class ObjectiveError(BlackboxError):
    """A part of an objective is not what it should be; says what was asked, found, and to do."""


class UnusableObjective(ObjectiveError):
    """Says for certain that a part cannot be used; another dtype would not help."""


class ProtocolError(BlackboxError):
    """A strategy said something that the language does not hold, or did not declare."""


class NoGradient(ProtocolError):
    """A gradient was read from an answer to an ask of order 0."""


class ReplayDiverged(BlackboxError):
    """A replayed run asked something else than it had asked when it was recorded."""


class StoreError(BlackboxError):
    """A folder that holds something else, or a file that cannot be read; says what to do."""


class LogError(BlackboxError, ValueError):
    """A log that cannot be read as asked; says what was found and what to do."""


class ExportError(BlackboxError, ValueError):
    """A study that a format cannot hold, or a folder that is in use; says what to do."""


class MissingPackage(BlackboxError, ImportError):
    """An optional package is not installed; says what to install."""
