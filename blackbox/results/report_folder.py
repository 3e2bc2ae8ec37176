"""The folder of a report: its files are renewed together, and nobody else's are touched.

A manifest beside them lists what was written, by its hash. A file that it does not list, or that
was changed since, is somebody's work.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from blackbox.errors import StoreError

MANIFEST = ".blackbox-report.json"
FIGURE = re.compile(r"figures/[\w-]+\.(svg|png)")  # all that is ever taken away
NAMED = 5  # files in an error; the rest is counted

Hashes = dict[str, list[str]]


def renew(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write these files, and take away figures of an earlier report that are not made again.

    All are written beside their places first, and then put there at once. Raises StoreError before
    anything is written where a file is not ours, and where the folder cannot be written.
    """
    try:
        ours = _listed(folder)
        _refuse_others(folder, files, ours)
        _replace(folder, files, ours)
    except OSError as error:
        raise StoreError(
            f"the report cannot be written to {folder}: {error.strerror or error}"
            f"{f' ({error.filename})' if error.filename else ''}; make room there, or name a "
            "folder that can be written"
        ) from error


def _listed(folder: Path) -> Hashes:
    """What the manifest lists: file -> its hashes; a manifest that cannot be read lists nothing."""
    path = folder / MANIFEST
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["files"] if path.exists() else {}
        return {str(name): [str(each) for each in hashes] for name, hashes in listed.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _refuse_others(folder: Path, files: Mapping[str, bytes], ours: Hashes) -> None:
    """Raise StoreError where one of these files is there and was not written by a report."""
    others = [
        name
        for name, content in files.items()
        if os.path.lexists(folder / name)
        and _hash_at(folder / name) not in [*ours.get(name, []), _hash(content)]
    ]
    if others:
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        raise StoreError(
            f"{folder} holds files that no report of blackbox wrote, or that were changed since: "
            f"{', '.join(others[:NAMED])}{more}; name another folder, or remove them"
        )


def _replace(folder: Path, files: Mapping[str, bytes], ours: Hashes) -> None:
    beside = {name: _beside(folder / name) for name in files}
    hashes = {name: [_hash(content)] for name, content in files.items()}
    try:
        for name, content in files.items():
            beside[name].parent.mkdir(parents=True, exist_ok=True)
            beside[name].write_bytes(content)
        # Until all are in their places, both what was there and what will be is ours.
        _list(
            folder, {name: [*ours.get(name, []), *hashes.get(name, [])] for name in ours | hashes}
        )
        for name in files:
            os.replace(beside[name], folder / name)
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)
    for name in filter(FIGURE.fullmatch, ours.keys() - files.keys()):
        if _hash_at(folder / name) in ours[name]:
            (folder / name).unlink()
    _list(folder, hashes)


def _list(folder: Path, hashes: Hashes) -> None:
    text = json.dumps({"files": hashes}, indent=1, sort_keys=True) + "\n"
    beside = _beside(folder / MANIFEST)
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, folder / MANIFEST)
    finally:
        beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def _hash_at(path: Path) -> str:
    """The hash of a file's content; "" for what is no file."""
    return _hash(path.read_bytes()) if path.is_file() and not path.is_symlink() else ""


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
