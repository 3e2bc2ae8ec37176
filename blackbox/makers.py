"""What a name may have called: classes of strategies, and functions known to make a part.

A study file comes from anywhere, and a name in it leads to any attribute of any module: to
`os:system`, too. So what it leads to is looked at before it is called.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sysconfig
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from blackbox.constraints import Scored
from blackbox.errors import NameProblem
from blackbox.protocol import Search, Strategy
from blackbox.scoring.objective import Objective
from blackbox.scoring.scorer import Scorer

Kind = Literal["objective", "strategy"]
Role = Literal["scorer", "where"]
Maker = TypeVar("Maker", bound=Callable[..., Any])

MARK = "__blackbox_maker__"
ANNOTATION: dict[Kind, str] = {"objective": "-> bb.Objective", "strategy": "-> bb.Strategy"}
# Types by the names that an annotation has where its module imports them for type checkers only.
BY_NAME: dict[str, type] = {"Objective": Objective, "Strategy": Strategy}
BY_NAME |= {"Scored": Scored, "float": float, "bool": bool}
# What a function of one's own is annotated to return that a table may name in a role.
OUTPUTS = dict[str, float]
SAYS: dict[Role, tuple[Any, ...]] = {"scorer": (float, Scored, OUTPUTS), "where": (bool,)}
WORDS: dict[Role, str] = {
    "scorer": "`-> float`, `-> dict[str, float]` or `-> bb.Scored`",
    "where": "`-> bool`",
}


def maker(function: Maker) -> Maker:
    """Let names call this function: it makes an objective or a strategy.

    A study file, and any other name of the form `module:function(setting=value)`, calls only what
    is known to make one. That is a function with `-> bb.Objective` or `-> bb.Strategy` behind it
    (or a subclass, or a class of strategies), a class with `search(self, brief, rng)`, an entry
    point, and what is registered by this decorator. Of a function of another package, make one of
    your own in a module of yours: `make = bb.maker(functools.partial(theirs.make))`.

    The scorer that a study file's table of parameters names is held to the same: the table says
    what it is called with. It is a `bb.Scorer`, or a function of yours (not one of Python's, nor of
    an installed package) annotated `-> float`, `-> dict[str, float]` or `-> bb.Scored`, a condition
    `where` one with `-> bool`; or it is registered by this decorator.

    >>> from blackbox.space import Space
    >>> @maker
    ... def plant(d=3):
    ...     return Objective(lambda x: -x.abs().sum(-1), space=Space.normal(d), name="plant")
    >>> may_make(plant, "objective")
    True
    """
    try:
        setattr(function, MARK, True)
    except (AttributeError, TypeError):
        raise TypeError(
            f"{function!r} cannot be marked as a maker: write a function that calls it, and mark "
            "that one"
        ) from None
    return function


def may_make(target: object, kind: Kind) -> bool:
    """Whether a name may call this to have an objective, or a strategy.

    >>> import os
    >>> may_make(os.system, "objective")
    False
    """
    if isinstance(target, type):
        registered = vars(target).get(MARK) is True  # of its own: a subclass may do anything
        return registered or _is_of(target, kind)
    for function in _layers(target):
        if getattr(function, "__dict__", {}).get(MARK) is True:
            return True
        if isinstance(function, types.FunctionType | types.MethodType):
            return any(_is_of(one, kind) for one in _returned(function))
    return False


def may_be_named(target: object, role: Role) -> bool:
    """Whether a study file may name this as the scorer, or the condition, of its parameters.

    >>> import os
    >>> may_be_named(os.system, "scorer")
    False
    """
    if isinstance(target, type):
        return False
    if isinstance(target, Scorer):
        return role == "scorer"
    layers = [*_layers(target)]
    if any(getattr(one, "__dict__", {}).get(MARK) is True for one in layers):
        return True
    functions = [one for one in layers if isinstance(one, types.FunctionType | types.MethodType)]
    says = any(one in SAYS[role] for function in functions[:1] for one in _returned(function))
    return says and not all(map(_is_installed, functions))


def not_named(target: object, shown: str, role: Role) -> NameProblem:
    """Why a study file may not name this in a role, and what to do."""
    if not callable(target):
        return NameProblem(f"{shown} leads to {_short(target)}, which is no function")
    return NameProblem(
        f"{shown} leads to {_short(target)}, which is not known to be one, so it is not called: "
        f"name a function in a module of yours that is annotated {WORDS[role]}, or mark it with "
        "@bb.maker"
    )


def is_strategy_class(owner: type) -> bool:
    """Whether a class has a `search(self, brief, rng)`, and not just a method of that name."""
    search = inspect.getattr_static(owner, "search", None)
    if not isinstance(search, types.FunctionType):
        return False
    given = [*inspect.signature(search).parameters.values()]
    named = [one for one in given if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if any(one.kind is one.VAR_POSITIONAL for one in given) or len(named) < 3:
        return False
    if any(one.default is one.empty for one in named[3:]):
        return False
    converses = inspect.isgeneratorfunction(search) or Search in _returned(search)
    return converses or named[1].name == "brief"


def refused(target: object, shown: str, kind: Kind) -> NameProblem:
    """Why a name may not call this, and what to do."""
    what = _short(target)
    article = "an objective" if kind == "objective" else "a strategy"
    if isinstance(target, type):
        lacks = "is no bb.Objective" if kind == "objective" else "has no `search(self, brief, rng)`"
        return NameProblem(
            f"{shown} leads to the class {what}, which {lacks}, so it is not called: name another "
            f"one, or a function annotated `{ANNOTATION[kind]}`, or mark the class with @bb.maker"
        )
    if callable(target):
        return NameProblem(
            f"{shown} leads to the function {what}, which is not known to make {article}, so it "
            f"is not called: annotate it `{ANNOTATION[kind]}`, or mark it with @bb.maker"
        )
    return NameProblem(
        f"{shown} leads to {what}, which is not {article} and cannot be called to make one"
    )


def _is_installed(function: types.FunctionType | types.MethodType) -> bool:
    """Whether a function comes with Python or with a package, or has no file."""
    file = function.__code__.co_filename
    if file.startswith("<") or {"site-packages", "dist-packages"} & {*Path(file).parts}:
        return True
    libraries = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    return any(Path(file).is_relative_to(library) for library in libraries)


def _short(target: object) -> str:
    module, name = getattr(target, "__module__", None), getattr(target, "__qualname__", None)
    text = f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else repr(target)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _is_of(owner: object, kind: Kind) -> bool:
    if not isinstance(owner, type):
        return False
    if kind == "objective":
        return issubclass(owner, Objective)
    return owner is Strategy or is_strategy_class(owner)


def _layers(target: Any) -> Iterator[Any]:
    """What is called, and what that calls: a partial's function, what a decorator has wrapped."""
    for _ in range(20):  # a mock wraps itself for ever
        yield target
        if isinstance(target, functools.partial):
            target = target.func
        elif "__wrapped__" in getattr(target, "__dict__", {}):
            target = target.__wrapped__
        elif callable(target) and not isinstance(target, types.FunctionType | types.MethodType):
            target = type(target).__call__
        else:
            return


def _returned(function: types.FunctionType | types.MethodType) -> list[Any]:
    """The types that an annotation says are returned; none where it cannot be read.

    A text is looked up, not evaluated: this must not run what is not known yet.
    """
    annotation = getattr(function, "__annotations__", {}).get("return")
    if not isinstance(annotation, str):
        return [*get_args(annotation)] if isinstance(annotation, types.UnionType) else [annotation]
    try:
        tree = ast.parse(annotation, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return []
    if annotation.replace(" ", "") == "dict[str,float]":
        return [OUTPUTS]
    return [_looked_up(part, function) for part in _parts(tree)]


def _parts(tree: ast.expr) -> Iterator[ast.expr]:
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        yield from _parts(tree.left)
        yield from _parts(tree.right)
    else:
        yield tree


def _looked_up(tree: ast.expr, function: types.FunctionType | types.MethodType) -> Any:
    path: list[str] = []
    while isinstance(tree, ast.Attribute):
        path, tree = [tree.attr, *path], tree.value
    if not isinstance(tree, ast.Name):
        return None
    path = [tree.id, *path]
    value: Any = getattr(function, "__globals__", {}).get(path[0])
    for part in path[1:]:
        value = getattr(value, part, None)
    return BY_NAME.get(path[-1]) if value is None else value
