"""Callables that are neither function nor class: wrappers around one, and those written in C."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from blackbox.identity.owners import qualified
from blackbox.identity.parts import digest_of

OF_CLASSES = (
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
# Where compilers keep the function that they compiled.
COMPILED = ("_torchdynamo_orig_callable", "py_func", "_orig_mod")


def unwrapped(value: Any) -> Any:
    """What a compiler or a cache wraps: how fast a function is, is not what it is.

    >>> unwrapped(functools.cache(len)) is len
    True
    """
    while True:
        module = type(value).__module__ or ""
        if isinstance(value, functools._lru_cache_wrapper):
            value = value.__wrapped__
        elif isinstance(value, types.FunctionType) and COMPILED[0] in vars(value):
            value = vars(value)[COMPILED[0]]
        elif module.startswith("numba.") and hasattr(value, COMPILED[1]):
            value = value.py_func
        elif module.startswith("torch._dynamo") and COMPILED[2] in vars(value).get("_modules", ()):
            value = vars(value)["_modules"][COMPILED[2]]
        else:
            return value


def callable_text(value: Any, text: Callable[[Any], str]) -> str | None:
    """A callable in C by its name, a descriptor by its functions; None for anything else."""
    # One that is not numpy's own wraps a Python function that it does not show.
    if isinstance(value, np.ufunc):
        name = str(getattr(value, "__name__", ""))
        return f"numpy.{name}" if getattr(np, name, None) is value else None
    match value:
        case types.BuiltinFunctionType() | types.MethodWrapperType():
            owner = value.__self__
            if owner is None or isinstance(owner, types.ModuleType | type):
                return qualified(value)
            return f"{value.__name__} of {text(owner)}"
        case staticmethod() | classmethod():
            return f"{type(value).__name__} {text(value.__func__)}"
        case property():
            functions = (value.fget, value.fset, value.fdel)
            return f"property {', '.join(text(function) for function in functions)}"
        case functools.cached_property():
            return f"property {text(value.func)}"
    if isinstance(value, OF_CLASSES):
        return f"{qualified(value.__objclass__)}.{value.__name__}"
    if type(value).__name__ == "ScriptFunction":
        return f"script {digest_of(value.code)}"
    return None
