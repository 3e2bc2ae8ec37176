"""From a name to a thing: call form, the tables, entry points, one's own `module:attribute`."""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Mapping
from typing import Any

from blackbox.call_form import Call as Call
from blackbox.call_form import parse as parse
from blackbox.call_form import quoted
from blackbox.entries import table
from blackbox.errors import BlackboxError, MissingPackage
from blackbox.errors import NameProblem as NameProblem
from blackbox.makers import Kind, may_make, refused
from blackbox.places import at, where
from blackbox.plain import plain, refuse_no_number, settled
from blackbox.protocol import Strategy, needs
from blackbox.scoring.objective import Objective
from blackbox.spelling import suggestion as suggestion
from blackbox.stable_text import short

# What stands behind a colon; another strategy with settings of its own does not.
ARGUMENT = re.compile(r"[\w.-]+")


def strategy(reference: str | Strategy) -> Strategy:
    """The strategy of a name in call form; a strategy object as it is, but for numpy's scalars.

    `module:attribute` names one's own: an object or a class with `search`, or a function that makes
    a strategy, with its settings in brackets; see `bb.maker` for which functions a name may call.

    >>> strategy("cma_es(sigma0=0.5)").sigma0
    0.5
    """
    if not isinstance(reference, str):
        if inspect.isclass(reference) or not isinstance(reference, Strategy):
            raise NameProblem(
                f"{reference!r} is not a strategy: it needs a method `search(brief, rng)`; give an "
                "instance, not a class"
            )
        return _settled(reference, type(reference).__name__)
    made = _made(reference, "strategy")
    if inspect.isclass(made) or not isinstance(made, Strategy):
        raise NameProblem(f"{quoted(reference)} leads to {made!r}, which has no `search`")
    return _settled(made, reference)


def objective(reference: str | Objective) -> Objective:
    """The objective of a name in call form, loaded once per process; an objective as it is.

    `module:attribute` names one's own: a bb.Objective, or a function that makes one, as in
    `mine:make(d=3)`; it must be annotated `-> bb.Objective`, or marked with `bb.maker`.

    >>> objective("synthetic.sphere(d=3)").space.dim
    3
    """
    if isinstance(reference, Objective):
        return reference
    if not isinstance(reference, str):
        raise NameProblem(f"{reference!r} is not an objective: give a name or a bb.Objective")
    target = _target(parse(reference), "objective")
    maker, loaded = _loaded.get(reference, (None, None))
    is_same = maker is target or (isinstance(target, types.MethodType) and maker == target)
    if loaded is None or not is_same:  # its module was reloaded
        loaded = _made(reference, "objective")
        if not isinstance(loaded, Objective):
            raise NameProblem(
                f"{quoted(reference)} leads to {loaded!r}, which is not a bb.Objective"
            )
        _loaded[reference] = target, loaded
    return loaded


# Each objective that was named in this process, with what had made it.
_loaded: dict[str, tuple[Any, Objective]] = {}


def is_search(reference: str | Strategy) -> bool:
    """Whether what is named has a `search`, be it one that can be made or not."""
    if not isinstance(reference, str):
        return hasattr(reference, "search")
    try:
        return hasattr(_target(parse(reference), "strategy"), "search")
    except NameProblem:
        return False


def label(strategy: Strategy) -> str:
    """What tables call a strategy: its entry's name, with the settings that are not defaults."""
    owner = type(strategy)
    path = f"{owner.__module__}:{owner.__qualname__}"
    entry = next((name for name, place in table("strategies").items() if place == path), None)
    own_name = getattr(strategy, "name", None)
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", owner.__name__).lower()
    name = entry or (own_name if isinstance(own_name, str) else snake)
    if not dataclasses.is_dataclass(strategy):
        return name
    argument, settings = None, {}
    for one in dataclasses.fields(strategy):
        value = _spelled(getattr(strategy, one.name))
        if one.metadata.get("argument") and ARGUMENT.fullmatch(str(value)):
            argument = str(value)
        elif one.init and one.repr and one.name != "name" and value != _spelled(_default(one)):
            settings[one.name] = value
    return str(Call(name, argument, settings))


def _settled(strategy: Strategy, name: str) -> Strategy:
    try:
        return settled(strategy)
    except ValueError as error:
        raise NameProblem(f"{name}: {error}") from error


def _spelled(value: Any) -> Any:
    """A setting as call form writes it: the strategies inside a strategy by their names."""
    if isinstance(value, tuple | list):
        return [_spelled(part) for part in value]
    if isinstance(value, dict):
        return {key: _spelled(part) for key, part in value.items()}
    if isinstance(value, Strategy) and not inspect.isclass(value):
        return label(value)
    return short(plain(value))


def _default(one: dataclasses.Field[Any]) -> Any:
    factory = one.default_factory
    return one.default if factory is dataclasses.MISSING else factory()


def described(place: str, kind: str) -> tuple[str, str]:
    """The first line of what is at `module:attribute`, and what it needs; or why it has no use."""
    try:
        owner = at(place)
        line = (inspect.getdoc(owner) or "").split("\n")[0]
        return line, _needs(owner) if kind == "strategies" else ""
    # Of whoever wrote a plug-in: it costs its own row only.
    except (Exception, SystemExit) as error:
        return f"cannot be used: {error or type(error).__name__}", ""


def _needs(owner: Any) -> str:
    try:
        capabilities = needs(owner())
    except MissingPackage as error:
        return str(error).partition(": ")[2] or str(error)
    except TypeError:
        return ""  # a strategy of one's own, whose settings have no defaults
    return ", ".join(sorted(one.name.lower().replace("_", " ") for one in capabilities))


def _target(call: Call, what: Kind) -> Any:
    """What a name leads to: an object, or what makes one."""
    names = table("objectives" if what == "objective" else "strategies")
    if call.name in names:
        return at(names[call.name])
    if call.argument is None:
        raise NameProblem(f"unknown {what} {quoted(call.name)}{suggestion(call.name, names)}")
    return at(f"{call.name}:{call.argument}")


def _made(reference: str, what: Kind) -> Any:
    call = parse(reference)
    target, settings = _target(call, what), dict(call.settings)
    if call.name not in table("objectives" if what == "objective" else "strategies"):
        if _is_finished(target):
            if settings:
                raise NameProblem(f"{quoted(reference)} leads to {target!r}, which has no settings")
            return target
        if not may_make(target, what):
            raise refused(target, quoted(reference), what)
    elif call.argument is not None:  # of the house, or an entry point: somebody registered it
        setting = _argument_of(target, call.name)
        if setting in settings:
            raise NameProblem(f"{quoted(reference)} gives {setting!r} twice")
        settings[setting] = call.argument
    allowed = _settings_of(target, reference)
    for setting in settings:
        if setting not in allowed:
            tail = suggestion(setting, allowed)
            raise NameProblem(f"{call.name} has no setting {setting!r}{tail}")
    try:
        return target(**_nested(target, settings))
    except BlackboxError:
        raise
    except (Exception, SystemExit) as error:
        raise NameProblem(f"{quoted(reference)[1:-1]}: {where(error)}") from error


def _is_finished(target: Any) -> bool:
    """Whether it is an objective or a strategy, and nothing to be called."""
    if isinstance(target, Objective):
        return True
    return hasattr(target, "search") and not isinstance(target, type | types.ModuleType)


def _settings_of(maker: Any, reference: str) -> Mapping[str, Any]:
    try:
        return inspect.signature(maker).parameters
    except (TypeError, ValueError) as error:
        raise NameProblem(
            f"{quoted(reference)} leads to {maker!r}, which cannot be called with settings"
        ) from error


def _nested(maker: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in which the names of strategies, where one is made of others, are strategies."""
    made = dict(settings)
    for one in dataclasses.fields(maker) if dataclasses.is_dataclass(maker) else ():
        if one.name in made:
            refuse_no_number(one, plain(made[one.name]))
        if one.metadata.get("strategies") and one.name in made:
            given = made[one.name]
            many = isinstance(given, list | tuple)
            made[one.name] = tuple(map(strategy, given)) if many else strategy(given)
    return made


def _argument_of(maker: Any, name: str) -> str:
    if dataclasses.is_dataclass(maker):
        for one in dataclasses.fields(maker):
            if one.metadata.get("argument"):
                return one.name
    raise NameProblem(f"{name} takes no name behind a colon")
