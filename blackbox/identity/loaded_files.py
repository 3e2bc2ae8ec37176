"""The files of the user's modules that this process has imported, each with its version on disk."""

from __future__ import annotations

import os
import sys
import sysconfig

from blackbox.identity.owners import INSTALLED, MAIN, Owner, owner_of_file

# When a file was changed, and its size; None where there is none any more.
Version = tuple[int, int] | None


def loaded_files() -> dict[str, Version]:
    """Of all modules but the main one, which is sent by value."""
    standard = sysconfig.get_path("stdlib") + os.sep
    files: dict[str, Version] = {}
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or name in MAIN:
            continue
        # Thousands of files are libraries': a look at the text spares a look at the disk.
        if path.startswith(standard) or any(folder in path for folder in INSTALLED):
            continue
        if owner_of_file(path) is Owner.USER:
            files[path] = _version(path)
    return files


def _version(path: str) -> Version:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
