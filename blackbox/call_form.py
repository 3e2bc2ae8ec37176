"""Call form, `name:argument(setting=value)`: how a text names a thing and its settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from blackbox.errors import NameProblem as NameProblem
from blackbox.plain import plain

CALL = re.compile(r"\s*([\w.]+)(?::([\w.-]+))?\s*(?:\((.*)\))?\s*", re.DOTALL)


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


def parse(reference: str) -> Call:
    """Read call form. Raises NameProblem where the text is something else.

    >>> parse("cma_es(sigma0=0.5)").settings
    {'sigma0': 0.5}
    >>> str(parse("nevergrad:TwoPointsDE"))
    'nevergrad:TwoPointsDE'
    """
    match = CALL.fullmatch(reference)
    if match is None:
        raise NameProblem(f"{reference!r} is not of the form name(setting=value)")
    name, argument, inside = match.groups()
    try:
        call = ast.parse(f"f({inside or ''})", mode="eval").body
        assert isinstance(call, ast.Call)
        if call.args:
            raise NameProblem(f"settings in {reference!r} must be named, as in name(setting=value)")
        settings = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError) as error:
        if isinstance(error, NameProblem):
            raise
        raise NameProblem(
            f"cannot read the settings in {reference!r}: values are plain numbers, texts or lists"
        ) from error
    return Call(name, argument, settings)
