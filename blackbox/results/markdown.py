"""Sections as Markdown: the README of a report, which GitHub shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from blackbox.results.document import Code, Part, Picture, Section, Table, Terms
from blackbox.results.tables import escaped, to_markdown


def text(title: str, parts: Iterable[Part]) -> str:
    """The whole document, its title first."""
    return _heading(title, 1) + "\n" + "\n".join(_part(part, 2) for part in parts)


def _part(part: Part, level: int) -> str:
    """One part, ended by a line break; sections open at this level of headings."""
    match part:
        case str():
            return re.sub("^(?=[#+=-])", r"\\", escaped(part)) + "\n"  # no heading, no list
        case Table():
            return to_markdown(part.frame)
        case Picture():
            return f"![{escaped(part.says)}]({part.file})\n"
        case Terms():
            said = (f"- *{escaped(word)}*: {escaped(m)}\n" for word, m in part.meanings.items())
            return "".join(said)
        case Code():
            # No name can end the block.
            return f"```\n{part.text.replace('`', chr(39))}\n```\n"
        case Section():
            inner = (_part(inside, level + 1) for inside in part.parts)
            return "\n".join([_heading(part.title, level), *inner])


def _heading(title: str, level: int) -> str:
    return f"{'#' * level} {escaped(title)}\n"
