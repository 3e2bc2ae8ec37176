"""What other packages log and warn of, kept out of what the command `blackbox` prints.

The lines of one's own files stay: those of a scorer, or of a module beside the study.
"""

from __future__ import annotations

import logging
import os
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

# Worker processes inherit the environment, and so the wish.
QUIET = "BLACKBOX_QUIET"
INSTALLED = {"site-packages", "dist-packages"}
# Below the level of every handler.
UNHEARD = -1
PLACES = tuple({sysconfig.get_path("stdlib"), str(Path(__file__).parent)})


def is_other(file: str) -> bool:
    """Whether a file is of an installed package, of Python or of blackbox, and not one's own."""
    return file.startswith(("<", *PLACES)) or bool(INSTALLED & set(Path(file).parts))


def silence_in_workers() -> None:
    """Silence other packages for good in a worker process of a command that silences them."""
    if os.environ.get(QUIET):
        _unheard()
        show_warnings_where(lambda _, filename: not is_other(filename))


def show_warnings_where(wanted: Callable[[Warning | str, str], bool]) -> None:
    """From now on show a warning as before only where `wanted(message, filename)`."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if wanted(message, filename):
            usual(message, category, filename, lineno, file, line)

    warnings.showwarning = show


@contextmanager
def silent_others() -> Iterator[None]:
    """Nothing that other packages log is shown, here and in worker processes that start here."""
    before, usual = os.environ.get(QUIET), logging.getLogRecordFactory()
    os.environ[QUIET] = "1"
    _unheard()
    try:
        yield
    finally:
        logging.setLogRecordFactory(usual)
        if before is None:
            del os.environ[QUIET]
        else:
            os.environ[QUIET] = before


def _unheard() -> None:
    """Give the records of other packages a level that no handler hears, whoever attached it."""
    usual = logging.getLogRecordFactory()

    def record(*arguments: Any, **more: Any) -> logging.LogRecord:
        made = usual(*arguments, **more)
        if is_other(made.pathname):
            made.levelno = UNHEARD
        return made

    logging.setLogRecordFactory(record)
