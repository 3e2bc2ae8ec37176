"""A study at one price as text for papers, notebooks and pages: methods of a view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from blackbox.results.writing import markdown, readable, typeset

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler


class Presentable(Protocol):
    """What is asked of a view."""

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What was asked for."""
        ...

    @property
    def price(self) -> float | None:
        """What a gradient costs."""
        ...

    @property
    def skipped(self) -> pd.DataFrame:
        """What could not be compared."""
        ...

    @property
    def asks_gradients(self) -> bool:
        """Whether any run asked for one."""
        ...

    @property
    def not_made(self) -> str:
        """Which runs are not made yet."""
        ...

    @property
    def scores(self) -> Presentable:
        """The same with losses as scores."""
        ...

    def verdict(self, most: int | None = 8) -> pd.DataFrame:
        """What follows from the numbers."""
        ...

    def summary(self) -> pd.DataFrame:
        """One row per objective and strategy."""
        ...


def styled(view: Presentable) -> Styler:
    """The summary as a pandas Styler, the best of each objective in bold."""
    return typeset.styled(view.summary(), view.scores.summary())


def to_markdown(view: Presentable) -> str:
    """The summary as a Markdown table; below it, which runs are not made yet."""
    return markdown.to_markdown(readable.summary(view.summary()), view.not_made)


def to_latex(view: Presentable, table: str = "summary", /, **asked: Any) -> str:
    """A table by its name as a LaTeX tabular for booktabs: `to_latex("paired", baseline="x")`.

    Of the summary the best of each objective is bold. Raises ValueError for no table's name.
    """
    if table == "summary":
        return typeset.to_latex(view.summary(), view.scores.summary())
    if table not in typeset.TABLES:
        raise ValueError(f"there is no table {table!r}; there are {', '.join(typeset.TABLES)}")
    return typeset.table(table, getattr(view, table)(**asked))


def notebook(view: Presentable) -> str:
    """The verdict and the summary as HTML."""
    price = view.price if view.asks_gradients else None
    sentences, table = view.verdict()["sentence"], view.summary()
    shown = (sentences, table, price, view.skipped, view.not_made, view.scores.summary())
    return typeset.notebook(view.recipe, *shown)
