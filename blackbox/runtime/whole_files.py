"""Files that are whole or absent, and never written over: how a study's folder is changed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from blackbox.errors import StoreError

DAMAGED = ".damaged"


def write(path: Path, content: bytes, *, is_dear: bool = False) -> None:
    """Write a file beside its place and put it there at once; `is_dear`: the disk has it then.

    Raises StoreError where it cannot be written.
    """
    # By a name that nobody has: processes of two hosts may have one number.
    partial = path.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            if is_dear:
                file.flush()
                os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}; what was paid for is kept in the "
            "files and journals beside it: make room or mend the folder, and run it again"
        ) from error


def set_aside(path: Path, why: str, notices: list[str]) -> None:
    """Give a damaged file another name that nothing has, and tell so."""
    aside = moved(path, path.with_name(path.name + DAMAGED))
    notices.append(f"{path} is damaged ({why}); it is now {aside.name}, and is made again")


def moved(path: Path, wanted: Path) -> Path:
    """Rename a file, to a name that nothing has; what it is called now."""
    name, nth = wanted, 2
    while name.exists():
        nth, name = nth + 1, wanted.with_name(f"{wanted.name}-{nth}")
    try:
        name.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, name)
    except OSError as error:
        raise StoreError(f"cannot move {path} aside: {error.strerror or error}") from error
    return name
