"""Functions of named parameters, called as they are written: by keywords, with a row or a frame."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

import numpy as np
import torch

from blackbox.errors import ObjectiveError
from blackbox.parameters import Choice, NamedRow, Parameters
from blackbox.scoring.judge import Judge
from blackbox.scoring.programs import Command
from blackbox.scoring.render import Renderer
from blackbox.scoring.returned import name_of
from blackbox.scoring.scorer import Scorer

# What a wrapper has of its function: of its text and types nothing depends.
NAMES = ("__module__", "__name__", "__qualname__")


class OfBatch:
    """A function of a frame `[n]`, or of a dict of tensors `[n]` where it is handed tensors."""

    def __init__(self, function: Callable[..., Any], parameters: Parameters) -> None:
        """Called by nobody yet."""
        functools.update_wrapper(self, function, assigned=NAMES, updated=())
        self.function, self.parameters = function, parameters

    def __call__(self, *numbers: Any) -> Any:
        """What it returns of the numbers `[n, d]` of objects (of a start `[d]`, if it wants it)."""
        return self.function(*(self._named(one) for one in numbers))

    def _named(self, numbers: Any) -> Any:
        if numbers.ndim == 1:
            return self.parameters.row(_numbers(numbers))
        if not isinstance(numbers, torch.Tensor) or not torch.is_grad_enabled():
            return self.parameters.frame(_numbers(numbers))
        columns = zip(self.parameters.items(), numbers.unbind(1), strict=True)
        return NamedRow({name: _options(one, column) for (name, one), column in columns})


class OfOne:
    """A function of one object: of its values by keywords, or of one row of them."""

    def __init__(self, function: Callable[..., Any], parameters: Parameters) -> None:
        """Raises ObjectiveError where the function names some parameters and not all."""
        functools.update_wrapper(self, function, assigned=NAMES, updated=())
        self.function, self.parameters = function, parameters
        self.takes_keywords = takes_keywords(function, parameters)

    def __call__(self, numbers: Any) -> Any:
        """What it returns of the numbers `[d]` of an object."""
        row = self.parameters.row(_numbers(numbers))
        return self.function(**row) if self.takes_keywords else self.function(row)


def takes_keywords(function: Callable[..., Any], parameters: Parameters) -> bool:
    """Whether a function names the parameters, or takes any keyword; else it takes a row.

    Raises ObjectiveError where it names some of them, or wants more than there are.
    """
    try:
        listed = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # it is built in and does not say
        return False
    if any(one.kind is one.VAR_KEYWORD for one in listed):
        return True
    takes = [one for one in listed if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    names = {one.name for one in takes}
    if not names & set(parameters):
        return False
    needed = {one.name for one in takes if one.default is one.empty}
    if (lacking := set(parameters) - names) or (unknown := needed - set(parameters)):
        what = f"does not take {', '.join(sorted(lacking))}" if lacking else ""
        what = what or f"needs {', '.join(sorted(unknown))}, which is no parameter"
        raise ObjectiveError(
            f"scorer {name_of(function)} {what}; it takes each of {', '.join(parameters)} by its "
            "name, or one row of all"
        )
    return True


def by_name(
    parameters: Parameters,
    decoder: object,
    scorer: Scorer,
    judges: Mapping[str, Judge],
    render: Renderer | None,
) -> tuple[Scorer, dict[str, Judge], Renderer]:
    """Scorer, judges and renderer as they are called with numbers `[n, d]`.

    The scorer is one of one object, unless it says `batched=True`; judges and renderer see frames,
    and without a renderer objects are shown in words. Raises ObjectiveError for a decoder.
    """
    if decoder is not None:
        raise ObjectiveError(
            "parameters are the decoder of their space; decode their values in the scorer"
        )
    named, seen = copy(scorer), {name: copy(judge) for name, judge in judges.items()}
    named.batched = bool(scorer.batched)
    function = scorer.function
    if isinstance(function, Command):
        function = function.naming(parameters.to_json())
    named.function = (OfBatch if named.batched else OfOne)(function, parameters)
    for judge in seen.values():
        object.__setattr__(judge, "function", OfBatch(judge.function, parameters))
    shown = OfBatch(render, parameters) if callable(render) else parameters.texts
    return named, seen, shown


def _numbers(numbers: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    if isinstance(numbers, torch.Tensor):
        numbers = numbers.detach().cpu().numpy()
    return np.asarray(numbers, float)


def _options(one: object, column: torch.Tensor) -> Any:
    """A column of values: options that are no numbers as a list."""
    if not isinstance(one, Choice):
        return column
    values = [one.value(float(number)) for number in column.detach().cpu()]
    if any(isinstance(value, str) for value in values):
        return values
    return torch.tensor(values, dtype=column.dtype, device=column.device)
