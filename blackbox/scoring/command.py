"""The door of external programs: what is asked is looked at before the first call."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from blackbox.errors import ObjectiveError
from blackbox.identity import CountedFile
from blackbox.scoring.limits import positive
from blackbox.scoring.programs import Command


def command(
    arguments: Sequence[str | Path],
    *,
    timeout: float | None = None,
    logs: str | Path | None = None,
) -> Command:
    """A scorer that runs a program: `bb.Objective(bb.command(["./score.sh"]), space=parameters)`.

    The program reads one line of JSON from its standard input: named parameters by their names, as
    numbers in their units, whole numbers and texts (`{"rate": 0.1, "layers": 3, "kind": "a"}`), or
    an object without names as `{"x": [...]}`. The last line that it prints is its answer, in JSON:
    a number; `{"score": 1.5}`, with `"constraints": {"stress": 2.0}` that are met where they are
    >= 0; or outputs by name, of which `weights` and `constraints` of the objective name theirs.
    Where an argument holds `{input}` or `{output}`, that stands for a file with the same. The
    variable BLACKBOX_PARAMETERS tells the kinds, bounds and units of named parameters, as JSON.

    No shell reads the arguments. A program, and an argument with a slash or a dot that names a
    file, is found from where Python stands now, and a study's folder knows them by their content;
    one on the PATH, and one's Python, by its name. Each call runs in a new folder of its own, which
    is removed. After `timeout` seconds it is killed, with all that it has started. An exit code
    that is not 0, a signal, an answer that is no finite number: an object without a score, and the
    note says which. What it writes to its standard error is kept beside a study's runs, in
    `runs/logs`, or in the folder `logs`.

    Raises ObjectiveError for a program that is not there, or not executable.

    >>> command(["cat", "{input}"]).__name__
    'cat'
    """
    if isinstance(arguments, str | Path) or not isinstance(arguments, Sequence) or not arguments:
        raise ObjectiveError(
            f'a command is a list of arguments, as ["./score.sh", "--fast"], not {arguments!r}; '
            "no shell reads it"
        )
    if strange := [one for one in arguments if not isinstance(one, str | Path)]:
        raise ObjectiveError(f"the arguments of a command are texts, not {strange[0]!r}")
    first, *others = map(str, arguments)
    limit = None if timeout is None else positive("timeout", timeout)
    place = None if logs is None else Path(logs).absolute()
    return Command((_program(first), *map(_argument, others)), limit, place)


def _program(given: str) -> CountedFile:
    """The program itself. Raises ObjectiveError unless it can be run."""
    if os.sep not in given:
        place = shutil.which(given)
        if place is None:
            here = f"; for the file in this folder write ./{given}" if Path(given).exists() else ""
            raise ObjectiveError(f"there is no program {given!r} on the PATH{here}")
        return CountedFile(given, Path(place).absolute(), is_installed=True)
    path = Path(given).absolute()
    if not path.is_file():
        raise ObjectiveError(f"there is no program {given} (looked for {path})")
    if not os.access(path, os.X_OK):
        raise ObjectiveError(
            f"{given} is not executable: run `chmod +x {given}`, or name what runs it, as "
            f'["sh", "{given}"]'
        )
    on_path = shutil.which(path.name) == str(path) or str(path) == sys.executable
    return CountedFile(_name(given), path, is_installed=on_path)


def _argument(given: str) -> str | CountedFile:
    """An argument as it is, or, where it names what lies here, so that it is found elsewhere."""
    if os.sep not in given and "." not in given:
        return given
    path = Path(given)
    if path.is_file():
        return CountedFile(_name(given), path.absolute())
    return CountedFile(_name(given), path.absolute(), is_installed=True) if path.is_dir() else given


def _name(given: str) -> str:
    """What a file is called on any machine."""
    return Path(given).name if Path(given).is_absolute() else given
