"""Call form, `name:argument(setting=value)`: how a text names a thing and its settings."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from blackbox.errors import NameProblem as NameProblem
from blackbox.plain import plain

CALL = re.compile(r"\s*(\w+(?:\.\w+)*)(?::([\w.-]+))?\s*(?:\((.*)\))?\s*", re.DOTALL)
# As Python writes floats that it has no literals for.
FLOATS = {"inf": math.inf, "nan": math.nan}
# Letters of a text that an error quotes.
QUOTED = 200
# What reading a text can raise that is not of this form, or is too deep or too large to be read.
UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, SyntaxWarning)


@dataclass(frozen=True)
class Call:
    """A reference in call form, `name:argument(setting=value)`."""

    name: str
    argument: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The canonical spelling."""
        settings = ", ".join(f"{key}={plain(value)!r}" for key, value in self.settings.items())
        head = self.name if self.argument is None else f"{self.name}:{self.argument}"
        return f"{head}({settings})" if settings else head

    def but(self, **settings: Any) -> Call:
        """The same with these settings.

        >>> str(parse("synthetic.sphere(d=4)").but(differentiable=False))
        'synthetic.sphere(d=4, differentiable=False)'
        """
        return replace(self, settings={**self.settings, **settings})


def parse(reference: str) -> Call:
    """Read call form. Raises NameProblem where the text is something else.

    >>> parse("cma_es(sigma0=0.5)").settings
    {'sigma0': 0.5}
    >>> str(parse("nevergrad:TwoPointsDE"))
    'nevergrad:TwoPointsDE'
    """
    match = CALL.fullmatch(reference)
    if match is None:
        raise NameProblem(f"{quoted(reference)} is not of the form name(setting=value)")
    name, argument, inside = match.groups()
    return Call(name, argument, _settings(reference, inside or ""))


def quoted(text: str) -> str:
    """A text as an error shows it: in quotes, and cut where it is long."""
    return repr(text if len(text) <= QUOTED else f"{text[:QUOTED]}...")


def _settings(reference: str, inside: str) -> dict[str, Any]:
    """The values between the brackets of call form, by their names."""
    text = f"f({inside})"
    try:
        with warnings.catch_warnings(action="error", category=SyntaxWarning):
            call = ast.parse(text, mode="eval").body
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                raise NameProblem(f"{quoted(reference)} is more than one name(setting=value)")
            settings: dict[str, Any] = {}
            for keyword in call.keywords:
                if keyword.arg is None or call.args:
                    break
                if keyword.arg in settings:
                    raise NameProblem(f"{quoted(reference)} gives {keyword.arg!r} twice")
                settings[keyword.arg] = _value(keyword, text)
    except NameProblem:
        raise
    except UNREADABLE as error:
        raise NameProblem(
            f"cannot read the settings in {quoted(reference)}: values are plain numbers, texts or "
            "lists, and a name inside a name is put in quotes"
        ) from error
    if len(settings) < len(call.keywords) or call.args:
        raise NameProblem(
            f"settings in {quoted(reference)} must be named, as in name(setting=value)"
        )
    return settings


def _value(keyword: ast.keyword, text: str) -> Any:
    """The literal behind `setting=`; says where quotes are missing."""
    value = _Floats().visit(keyword.value)
    for node in ast.walk(value):
        if isinstance(node, ast.Name | ast.Call | ast.Attribute):
            name = ast.get_source_segment(text, node)
            raise NameProblem(
                f"{keyword.arg}: values are plain numbers, texts or lists, and a name is put in "
                f"quotes: {name!r}, not {name}"
            )
    return ast.literal_eval(value)


class _Floats(ast.NodeTransformer):
    """Infinity and nan as the numbers that they name."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in FLOATS:
            return node
        return ast.copy_location(ast.Constant(FLOATS[node.id]), node)


# Packages of the objectives that were once imported as `objectives.NAME`.
ONCE_AT_THE_TOP = ("digits", "mnist", "pictures", "synthetic", "tables")


def at_its_present_place(place: str) -> str:
    """Where a part that was once in the package `objectives` is now; warns that it has moved.

    A module `objectives` of the user's own is left alone.

    >>> at_its_present_place("objectives:plant")
    'objectives:plant'
    """
    first, _, rest = place.partition(".")
    if first != "objectives" or re.split("[.:]", rest)[0] not in ONCE_AT_THE_TOP:
        return place
    warnings.warn(
        f"{place} is now blackbox.{place}: write so",
        DeprecationWarning,
        stacklevel=2,
    )
    return f"blackbox.{place}"
