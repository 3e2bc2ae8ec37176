"""The command `blackbox list`: what can be named, and each setting of one of them."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from blackbox.listing import listing

# Letters: between two columns; the widest name that has what it is beside it, not below.
GAP, BESIDE = 2, 26


def show_list(options: argparse.Namespace) -> None:
    """Print the table of `what`, or the entry of a name in full; as JSON where that is asked."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if options.name is None:
        rows = listing(options.what)
        if options.json:
            print(json.dumps(rows, indent=1))
            return
        print("\n".join(_table([(row["name"], _about(row)) for row in rows], width)))
        if width is not None:
            print(f"\nblackbox list {options.what} NAME shows its settings")
        return
    # Imported here: an entry is read from its class, which brings numpy or torch.
    from blackbox.entry_settings import entry

    one_entry = entry(options.name, options.what)
    if options.json:
        print(json.dumps(dataclasses.asdict(one_entry), indent=1))
        return
    paragraphs = [_filled(block, width, 0) for block in one_entry.text.split("\n\n")]
    print(f"{one_entry.name}\n")
    print("\n\n".join(paragraphs), end="\n\n")
    if not one_entry.settings:
        print("it has no settings")
        return
    first = one_entry.settings[0]
    example = f"{one_entry.name}({first.name}={first.default or '...'})"
    print(f"settings and their defaults, to be given as {example}:")
    for one in one_entry.settings:
        given = f" = {one.default}" if one.default else "  (must be given)"
        values = f"  [{one.values}]" if one.values else ""
        print(f"\n  {one.name}{given}{values}")
        if one.reason:
            print(_filled(one.reason, width, 6))


def _about(row: dict[str, str]) -> str:
    """What an entry is, its source, and what it needs, in a line."""
    about = row["what it is"].removesuffix(".")
    if source := row.get("source"):
        about = f"{about} ({source})"
    needs = row.get("needs")
    return f"{about}; needs: {needs}" if needs else about


def _table(rows: Sequence[tuple[str, str]], width: int | None) -> Iterator[str]:
    """Names in one piece, to be copied, and beside them or below what they are.

    Without a width each row is one line, for other programs.
    """
    widest = max(len(name) for name, _ in rows)
    if width is None:
        yield from (f"{name:<{widest}}{' ' * GAP}{about}" for name, about in rows)
        return
    room = min(widest, BESIDE) + GAP
    for name, about in rows:
        lines = textwrap.wrap(about, max(width - room, 20), break_on_hyphens=False)
        if len(name) + GAP > room:
            yield name
        else:
            yield f"{name:<{room}}{lines[0] if lines else ''}".rstrip()
            lines = lines[1:]
        yield from _indented(lines, room)


def _indented(lines: Iterable[str], room: int) -> Iterator[str]:
    return (f"{' ' * room}{line}" for line in lines)


def _filled(text: str, width: int | None, room: int) -> str:
    lines = textwrap.wrap(text, (width or 80) - room, break_on_hyphens=False)
    return "\n".join(_indented(lines, room))
