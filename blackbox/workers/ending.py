"""How a process ended, in words."""

from __future__ import annotations

import signal


def how_it_ended(code: int) -> str:
    """The exit code of a process, negative for a signal, in words.

    >>> how_it_ended(-11), how_it_ended(3)
    ('killed by SIGSEGV', 'exited with code 3 (os._exit in the function?)')
    """
    if code >= 0:
        return f"exited with code {code} (os._exit in the function?)"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
