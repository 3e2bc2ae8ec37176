"""Which versions of its strategies the frames of a page were made with, and which are older now.

The making command writes them beside the frames, and the page ends with them; so a page whose
strategies have changed since says so when it is rendered again, and is no longer what was written.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

from blackbox import registry
from blackbox.entries import table
from blackbox.identity.owners import house_version
from blackbox.places import at
from blackbox.protocol import Strategy

# Beside the frames; no frame of theirs, for no sentence of a page rests on it.
FILE = "made_with.csv"


def versions_of(strategy: Strategy) -> Iterator[tuple[str, int]]:
    """The name and the version of a strategy, and of those that it is made of.

    >>> dict(versions_of(registry.strategy("random_search")))
    {'random_search': 1}
    """
    yield registry.parse(registry.label(strategy)).name, house_version(type(strategy))
    if dataclasses.is_dataclass(strategy):
        for one in dataclasses.fields(strategy):
            inside = getattr(strategy, one.name) if one.metadata.get("strategies") else ()
            for part in inside if isinstance(inside, tuple) else (inside,):
                yield from versions_of(part)


def write(folder: Path, versions: Mapping[str, int | str]) -> None:
    """Write the versions of all strategies, by name, beside the frames of a folder."""
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["strategy", "version"])
        rows.writerows(sorted(versions.items()))


def add(folder: Path, versions: Mapping[str, int]) -> None:
    """Write those of some strategies, which were run again, among those of the others."""
    write(folder, {**_read(folder), **versions})


def sentence(folder: Path) -> str:
    """What a page says of it; nothing where nothing is beside its frames."""
    parts = [_part(name, version) for name, version in _read(folder).items()]
    if not parts:
        return ""
    return f"Versions of the searches that made these frames: {', '.join(parts)}."


def _read(folder: Path) -> dict[str, str]:
    """The versions beside the frames, as they are written; "" where none was recorded."""
    if not (folder / FILE).is_file():
        return {}
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        return {row["strategy"]: row["version"] for row in csv.DictReader(file)}


def _part(name: str, version: str) -> str:
    places = table("strategies")
    if not version:
        return f"`{name}` (not recorded)"
    if name not in places:
        return f"`{name}` {version}"
    today = house_version(at(places[name]))
    return f"`{name}` {version}" + ("" if int(version) == today else f" (it is {today} now)")
