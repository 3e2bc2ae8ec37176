"""Tables and documents as Markdown: the README of a report, which GitHub shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from blackbox.results.writing.cells import cell_text, looks_numeric
from blackbox.results.writing.document import Code, Items, Part, Picture, Section, Table, Terms


def to_markdown(table: pd.DataFrame, note: str = "") -> str:
    """A Markdown table; numbers to four digits, columns of numbers to the right, text escaped.

    Behind it stands a `note`, if there is one.
    """
    cells = table.map(cell_text).astype(object).to_numpy()
    lines = [[escaped(str(name)) for name in table.columns]]
    lines.append(["---:" if looks_numeric(cells[:, c]) else "---" for c in range(cells.shape[1])])
    lines += [[escaped(text) for text in row] for row in cells]
    rows = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{rows}\n{escaped(note)}\n" if note else rows


def escaped(text: str) -> str:
    """Text from outside as Markdown that shows it: no markup, no formula, no HTML, one line."""
    one_line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*|$~>]|\](?=[(\[:]))", r"\\\1", one_line)


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
            items = (f"- *{escaped(word)}*: {escaped(m)}\n" for word, m in part.meanings.items())
            return "".join(items)
        case Items():
            return "".join(f"- {escaped(sentence)}\n" for sentence in part.sentences)
        case Code():
            # No name can end the block.
            return f"```\n{part.text.replace('`', chr(39))}\n```\n"
        case Section():
            inner = (_part(inside, level + 1) for inside in part.parts)
            return "\n".join([_heading(part.title, level), *inner])


def _heading(title: str, level: int) -> str:
    return f"{'#' * level} {escaped(title)}\n"
