"""What is the fault of the surroundings and not of a point: it is tried again, after a pause.

A licence server that restarts or a full disk says nothing about the object that was scored. What
counts as that is a stated list; all other errors are the point's. Of chained errors the outer one
counts: `raise bb.TryAgain from error` and `raise ValueError from error` say which it is.
"""

from __future__ import annotations

import errno
import socket
import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol, TypeVar

from blackbox.errors import TryAgain, Unavailable
from blackbox.scoring.columns import is_out_of_memory

T = TypeVar("T")
# Tries after the first, and seconds before the first of them; each pause is twice the one before,
# so that a server has half a minute to come back.
RETRIES, FIRST_PAUSE = 6, 0.5
AWAY = (TryAgain, Unavailable, ConnectionError, TimeoutError, socket.gaierror, socket.herror)
# Of what the system says: no connection, no disk, nothing left to work with. A file that is missing
# or forbidden is an error of the function.
ERRNOS = {
    getattr(errno, name)
    for name in (
        *("ENETDOWN", "ENETUNREACH", "ENETRESET", "EHOSTDOWN", "EHOSTUNREACH", "ECONNREFUSED"),
        *("ECONNRESET", "ECONNABORTED", "ENOTCONN", "EPIPE", "ESHUTDOWN", "ETIMEDOUT", "ENONET"),
        *("EADDRNOTAVAIL", "ENOBUFS", "ECOMM", "EREMOTEIO", "EHWPOISON"),
        *("ENOSPC", "EDQUOT", "EIO", "ESTALE", "ENOLCK"),
        *("EMFILE", "ENFILE", "EAGAIN", "EBUSY", "ENOMEM"),
    )
    if hasattr(errno, name)
}
# Libraries such as requests have an OSError of their own, without a number of the system.
NAMES = {"ConnectionError", "Timeout"}
# Answers of web servers that are about the server: busy, overloaded, behind a broken proxy.
STATUS = {408, 425, 429, 500, 502, 503, 504}


class Away(BaseException):
    """The surroundings fail for longer; no `except Exception` on its way makes a point of it."""


def is_environment(error: BaseException) -> bool:
    """Whether an error is about the surroundings; running out of memory is told apart."""
    if isinstance(error, AWAY):
        return True
    if not isinstance(error, OSError):
        return False
    status = getattr(error, "code", getattr(getattr(error, "response", None), "status_code", None))
    if isinstance(status, int):
        return status in STATUS
    if isinstance(error, urllib.error.URLError):
        reason = error.reason
        return not isinstance(reason, OSError) or is_environment(reason)
    named = any(kind.__name__ in NAMES for kind in type(error).__mro__)
    return named or error.errno in ERRNOS


class Calls(Protocol):
    """How the functions of an objective are called."""

    def call(self, what: object, rows: int, function: Callable[..., T], *arguments: object) -> T:
        """What a function of so many objects returns; raises Away, and what it raises itself."""


@dataclass(frozen=True)
class Patience:
    """How often a call is tried again; `limited`: memory is out by a limit that the user has set.

    Beyond such a limit it is the point that is too large; otherwise the machine is too small.
    """

    retries: int = RETRIES
    limited: bool = False

    def call(self, what: object, rows: int, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns; tried again as long as the surroundings fail.

        Raises Away when they do so for longer, and what the function raises of itself. Where memory
        does not hold several `rows` that is raised too: fewer may do.
        """
        clock = time.monotonic()
        for tries in count(1):
            try:
                return function(*arguments)
            except Exception as error:
                if not self._is_to_wait_for(error, rows):
                    raise
                if tries > self.retries:
                    raise Away(_in_words(what, error, tries, time.monotonic() - clock)) from error
            time.sleep(FIRST_PAUSE * 2.0 ** (tries - 1))
        raise AssertionError("counting does not end")

    def _is_to_wait_for(self, error: Exception, rows: int) -> bool:
        if is_out_of_memory(error):
            mine = isinstance(error, MemoryError) or "cuda" not in str(error).lower()
            return rows == 1 and not (self.limited and mine)
        return is_environment(error)


def _in_words(what: object, error: Exception, tries: int, seconds: float) -> str:
    often = "once" if tries == 1 else f"{tries} times in {seconds:.1f} s"
    return (
        f"{what} was tried {often}, and raised {type(error).__name__}: {error}; that is a failure "
        "of its surroundings (connection, disk, memory), not of the function or a point: mend "
        "them and go on"
    )


class told_as_unavailable:  # noqa: N801 - read as `with told_as_unavailable():`
    """The door behind which surroundings that fail are an error like others: Unavailable."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise Unavailable for Away."""
        if isinstance(error, Away):
            raise Unavailable(str(error)) from error.__cause__
