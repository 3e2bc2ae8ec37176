"""A study file: from TOML to a study, with an error for everything that it does not know."""

from __future__ import annotations

import codecs
import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from blackbox import registry
from blackbox.errors import BlackboxError
from blackbox.objective_table import call_of, is_objective_table
from blackbox.plain import is_whole
from blackbox.spelling import suggestion
from blackbox.study import CONFIRM, Study, StudyError
from blackbox.until_settled import UntilSettled

# More runs than anybody waits for; a list of them would not fit the memory.
MOST_SEEDS = 100_000
KEYS = (
    *("name", "objectives", "strategies", "budget", "prices", "seeds", "stop_at", "run_seconds"),
    "confirm",
    "charge_retries",
    "known",
    "truth_calls",
)


def read(path: Path) -> Study:
    """The study of a toml file. Raises StudyError for a key or a value that it does not know."""
    try:
        return from_table(tomllib.loads(_text(path)), str(path), path.parent)
    except BlackboxError:
        raise
    # A number or a nesting can be beyond what Python reads.
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{path} is not valid TOML: {error}") from error


def _text(path: Path) -> str:
    """The text of a study file. Raises StudyError where there is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(f"there is no study file {path}") from None
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # no path at all
        raise StudyError(f"{str(path)!r} cannot be read: {error}") from error
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise StudyError(
            f"{path} begins with a byte-order mark, which TOML does not know: save it as UTF-8 "
            "without one"
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StudyError(
            f"{path} is not UTF-8: line {line} holds the byte 0x{content[error.start]:02x}; save "
            "it as UTF-8"
        ) from error


def from_table(
    table: Mapping[str, Any], source: str = "the study", folder: Path | None = None
) -> Study:
    """The study of a parsed table: lists of call forms, or of tables with a `name` and settings.

    An objective may be a table with its `parameters` and a `scorer`: `blackbox.objective_table`.
    Files of known data are looked for in the `folder`.
    """
    for key in table:
        if key not in KEYS:
            raise StudyError(f"{source} has an unknown key {key!r}{suggestion(key, KEYS)}")
    for key in ("objectives", "strategies", "budget"):
        if key not in table:
            raise StudyError(
                f"{source} lacks the key {key!r}; it needs objectives, strategies, budget"
            )
    if not isinstance(name := table.get("name", "study"), str):
        raise StudyError(f"{source}: name is a text, not {name!r}")
    rule = as_rule(table.get("seeds"))
    return Study(
        objectives=tuple(_objective(entry, source) for entry in as_list(table["objectives"])),
        strategies=tuple(_call(entry, source) for entry in as_list(table["strategies"])),
        budget=table["budget"],
        seeds=as_seeds(table.get("seeds", 10) if rule is None else rule),
        prices=tuple(as_list(table.get("prices", [1.0]))),
        name=name,
        stop_at=table.get("stop_at"),
        run_seconds=table.get("run_seconds"),
        until_settled=rule,
        confirm=table.get("confirm", CONFIRM),
        charge_retries=table.get("charge_retries", False),
        truth_calls=table.get("truth_calls", 0),
        known=_known(table.get("known"), source, folder or Path()),
    )


def as_list(given: Any) -> list[Any]:
    """One thing, or several, as a list."""
    return list(given) if isinstance(given, list | tuple) else [given]


def as_rule(given: Any) -> UntilSettled | None:
    """The rule by which seeds are chosen; None for fixed ones. Raises StudyError for other words.

    >>> as_rule("until settled"), as_rule(10)
    (UntilSettled(at_most=20, within=0.0, step=2), None)
    """
    if isinstance(given, str):
        return UntilSettled.parse(given)
    return given if isinstance(given, UntilSettled) else None


def as_seeds(given: int | Iterable[int] | str | UntilSettled) -> tuple[int, ...]:
    """`10` means the seeds 0 to 9; a list means itself; a rule all that it may use.

    Raises StudyError for anything else.

    >>> as_seeds(3), as_seeds([4, 5])
    ((0, 1, 2), (4, 5))
    """
    if isinstance(given, UntilSettled):
        return tuple(range(given.at_most))
    if is_whole(given):
        if given < 1:
            raise StudyError(f"a study needs at least one seed, not {given}")
        if given > MOST_SEEDS:
            raise StudyError(
                f"a study has at most {MOST_SEEDS} seeds, not 10^{math.log10(given):.3g}"
            )
        return tuple(range(given))
    several: Any = given
    try:
        seeds = list(several)
    except TypeError:  # 10.0, True or None is no list either
        seeds = [several]
    if not all(map(is_whole, seeds)):
        raise StudyError(f"seeds are a count or a list of whole numbers, not {given!r}")
    return tuple(map(int, seeds))


def _known(given: Any, source: str, folder: Path) -> Any:
    """The files of known data: one, or one for each objective by its name."""
    if given is None or isinstance(given, str):
        return None if given is None else folder / given
    if isinstance(given, Mapping) and all(isinstance(one, str) for one in given.values()):
        return {name: folder / one for name, one in given.items()}
    raise StudyError(
        f"{source}: known is a file of known data, or a table of one for each objective by its "
        f'name, as known = "past.csv", not {given!r}'
    )


def _objective(entry: Any, source: str) -> str:
    return call_of(entry, source) if is_objective_table(entry) else _call(entry, source)


def _call(entry: Any, source: str) -> str:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
        call = registry.parse(entry["name"])
        settings = {key: value for key, value in entry.items() if key != "name"}
        if twice := [key for key in settings if key in call.settings]:
            raise StudyError(f"{source}: {entry['name']} gives {twice[0]!r} twice")
        return str(registry.Call(call.name, call.argument, {**call.settings, **settings}))
    raise StudyError(
        f"{source}: an entry is a text in call form or a table with a name, not {entry!r}"
    )
