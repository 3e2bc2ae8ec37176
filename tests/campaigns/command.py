"""What campaigns share: their command line, runs that are not made twice, and the page they write.

The page of `tests.campaigns.NAME` is `NAME.md` beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def options(about: str | None, *, rows: bool = False, **counts: int) -> argparse.Namespace:
    """What was asked of a campaign: its counts, each with its default, and `write`.

    With `rows`, a file of runs too, which are not made again.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in counts.items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    if rows:
        parser.add_argument("--rows", type=Path)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def publish(name: str, text: str, *, write: bool, **counts: int) -> None:
    """Print the text of a campaign with the command that made it; write it as its page if asked."""
    asked = "".join(f" --{count} {n}" for count, n in counts.items())
    page = f"{text}\nMade by `python -m tests.campaigns.{name}{asked} --write`.\n"
    print(page)
    if write:
        (HERE / f"{name}.md").write_text(page)


def rows_of(path: Path | None) -> Iterator[Any]:
    """The rows of a file, a JSON text a line; none where there is no file."""
    if path is not None and path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def add_row(path: Path | None, row: object) -> None:
    """Write a row to the end of a file, if there is to be one."""
    if path is not None:
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")
