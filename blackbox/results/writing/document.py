"""What a report is made of, before it is written in any medium: sections of words and tables.

Every text may come from outside: it is plain text, and each medium escapes it in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Table:
    """A frame to show; floats get four digits, text is shown as it is."""

    frame: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure, where it will lie relative to the report, and what it shows in words."""

    file: str
    says: str
    figure: Figure


@dataclass(frozen=True)
class Terms:
    """What the words in a table mean: word -> meaning."""

    meanings: Mapping[str, str]


@dataclass(frozen=True)
class Items:
    """Sentences, one below the other."""

    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """Lines to be copied as they are."""

    text: str


@dataclass(frozen=True, eq=False)
class Section:
    """A title and what stands under it: paragraphs (plain strings), tables, pictures, sections.

    With a `price` of a gradient, the page shows the section only while that price is selected. With
    `on_page=False` only the README has it: the page shows the same with its selectors.
    """

    title: str
    parts: tuple[Part, ...]
    price: float | None = None
    on_page: bool = True


Part: TypeAlias = str | Table | Picture | Terms | Items | Code | Section


def pictures(parts: Iterable[Part]) -> Iterator[Picture]:
    """All pictures among these parts and in their sections, in order."""
    for part in parts:
        if isinstance(part, Picture):
            yield part
        elif isinstance(part, Section):
            yield from pictures(part.parts)
