"""Tables of a view as methods of a study: `study.summary()` is `study.at().summary()`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from blackbox.results.view import View


class Readable(Protocol):
    """What can be read at a price."""

    def at(self, price: float | None = None) -> View:
        """All its tables at a price of a gradient."""
        ...


P = ParamSpec("P")
T = TypeVar("T")
# These took a price of their own, last or by name; they do so until the next release, and warn.
WITH_PRICE = (
    "summary",
    "ranks",
    "paths",
    "over_optimisation",
    "audit",
    "export",
    "styled",
    "to_markdown",
    "to_latex",
)


def shorthand(
    table: Callable[Concatenate[View, P], T],
) -> Callable[Concatenate[Readable, P], T]:
    """A method that makes this table of a study, at the price at which its runs were granted."""
    name = table.__name__

    @wraps(table)
    def method(study: Readable, *args: Any, **named: Any) -> T:
        price = None
        is_last = bool(args) and isinstance(args[-1], int | float)
        if name in WITH_PRICE and ("price" in named or is_last):
            price = named.pop("price") if "price" in named else args[-1]
            args = args[:-1] if is_last else args
            outdated(f"{name}(price)", f"at(price).{name}()")
        return table(study.at(price), *args, **named)

    return cast("Callable[Concatenate[Readable, P], T]", method)


def outdated(old: str, new: str) -> None:
    """Warn whoever called the caller that this way will go with the next release."""
    message = f"study.{old} goes with the next release; use study.{new}"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
