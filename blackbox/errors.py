"""What can go wrong, as a tree. Every error of ours says what was asked, found, and to do.

BlackboxError
├── NameProblem            a name that leads to nothing, or settings that its owner lacks
├── StudyError             a study that cannot be run as it was asked for
├── SessionError           a word that a session of ask and tell cannot take
├── ParameterError         a parameter that holds nothing, or a value that it cannot have
├── ObjectiveError         a part of an objective is not what it should be
│   └── UnusableObjective  ... for certain: no other way to call it would help
├── CheckpointError        a file that holds no weights, or others than the network has
├── TryAgain               raised by a user's function: not now, it is not the point's fault
├── Unavailable            surroundings that fail for longer: no connection, no disk, no memory
├── ProtocolError          a strategy said what the language does not hold, or did not declare
│   └── NoGradient         a gradient was read where none was asked
├── ReplayDiverged         a replayed run asked something else than its record holds
├── StoreError             a folder that holds something else, or a file that cannot be read
├── LogError               a log of another tool that cannot be read as asked
├── WorkerDied             a call that ended its worker process, or was killed with it
├── ProgramFailed          an external program that scores came to no answer
├── CallTimedOut           a call that took longer than it may; its process was killed
├── ExportError            a study that a format cannot hold, or a folder that is in use
├── PageError              a page written by hand that says what its frames do not
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


class SessionError(BlackboxError, ValueError):
    """A word that a session cannot take; says what was asked, what was told, and what to do."""


class ParameterError(BlackboxError, ValueError):
    """A parameter that holds nothing, or a value that it cannot have; says what it can be."""


class ObjectiveError(BlackboxError):
    """A part of an objective is not what it should be; says what was asked, found, and to do."""


class UnusableObjective(ObjectiveError):
    """Says for certain that a part cannot be used; another dtype would not help."""


class CheckpointError(BlackboxError, ValueError):
    """A file that holds no weights, or others than the network has; says which, and what to do."""


class TryAgain(BlackboxError):
    """For a scorer or a decoder to raise: not now; it says nothing about the point.

    The call is made again after growing pauses, and if that does not help the run stops unfinished.
    """


class Unavailable(BlackboxError):
    """The surroundings of a function fail, however often it is tried; no point is to blame."""


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


class WorkerDied(BlackboxError):
    """A call ended its worker process, or was killed with it; says by which signal or exit code."""


class CallTimedOut(BlackboxError):
    """A call took longer than it may, and its worker process was killed."""


class ProgramFailed(BlackboxError):
    """An external program came to no answer for a point; says how it ended, or what it printed."""


class ExportError(BlackboxError, ValueError):
    """A study that a format cannot hold, or a folder that is in use; says what to do."""


class PageError(BlackboxError):
    """A page that its frames do not bear out; names each sentence, and what is wrong with it."""


class MissingPackage(BlackboxError, ImportError):
    """An optional package is not installed; says what to install."""
