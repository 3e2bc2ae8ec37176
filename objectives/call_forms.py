"""Objectives that are named as they are called, so that a name leads back to its objective."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from blackbox.plain import plain
from blackbox.scoring.objective import Objective

Settings = ParamSpec("Settings")


def named(
    name: str, *, spelled_out: bool = False, defaults: Mapping[str, object] | None = None
) -> Callable[[Callable[Concatenate[str, Settings], Objective]], Callable[Settings, Objective]]:
    """A decorator: `make(name, settings)` takes its settings only, and is told its own call form.

    Of the settings those are spelled that differ from their defaults (`defaults` are others than
    the function's own), and where they are `spelled_out` all that may be given without their name.
    numpy's scalars become Python's own.

    >>> from blackbox.space import Space
    >>> @named("mine.line")
    ... def line(name: str, d: int = 2, *, scale: float = 1.0) -> Objective:
    ...     return Objective(lambda x: scale * x.sum(-1), space=Space.normal(d), name=name)
    >>> line(3).name, line(scale=2.0).name
    ('mine.line(d=3)', 'mine.line(scale=2.0)')
    """

    def decorate(
        make: Callable[Concatenate[str, Settings], Objective],
    ) -> Callable[Settings, Objective]:
        whole = inspect.signature(make)
        signature = whole.replace(
            parameters=[
                one.replace(default=(defaults or {}).get(setting, one.default))
                for setting, one in list(whole.parameters.items())[1:]
            ]
        )

        def made(*given: Settings.args, **settings: Settings.kwargs) -> Objective:
            bound = signature.bind(*given, **settings)
            bound.apply_defaults()
            bound.arguments = plain(bound.arguments)
            spelled = [
                f"{setting}={value!r}"
                for setting, value in bound.arguments.items()
                if _spelled(signature.parameters[setting], value, spelled_out)
            ]
            call = f"{name}({', '.join(spelled)})" if spelled else name
            return make(call, *bound.args, **bound.kwargs)

        update_wrapper(made, make)
        del made.__wrapped__  # type: ignore[attr-defined]  # whose signature has the name
        made.__signature__ = signature  # type: ignore[attr-defined]
        return made

    return decorate


def _spelled(setting: inspect.Parameter, value: object, spelled_out: bool) -> bool:
    always = spelled_out and setting.kind is not setting.KEYWORD_ONLY
    return always or bool(value != setting.default)
