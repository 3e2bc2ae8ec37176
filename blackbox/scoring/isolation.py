"""What a user's functions stand on: the modules that they reach, and the chance that they draw.

The probe calls functions that may change what they reach: running statistics of batch norm, the
global generators. Whatever it does is undone here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch

# Objects that are looked into before the search for modules ends: a function that reaches further
# than this reaches a library.
MOST_LOOKS = 2000
# Modules that do something else while a network is trained, as torch names them.
TRAINING = ("BatchNorm", "Dropout", "InstanceNorm", "RReLU")


@dataclass(frozen=True, eq=False)
class Chance:
    """The state of the global generators of torch, numpy and Python."""

    torch_state: torch.Tensor
    cuda_states: tuple[torch.Tensor, ...]
    numpy_state: Any
    python_state: Any

    @staticmethod
    def now() -> Chance:
        """The present state."""
        cuda = torch.cuda.is_available() and torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
        return Chance(
            torch.get_rng_state(),
            tuple(torch.cuda.get_rng_state_all()) if cuda else (),
            np.random.get_state(),  # noqa: NPY002 - users' functions draw from it
            random.getstate(),
        )

    def restore(self) -> None:
        """Set all generators back to it."""
        torch.set_rng_state(self.torch_state)
        if self.cuda_states:
            torch.cuda.set_rng_state_all(list(self.cuda_states))
        np.random.set_state(self.numpy_state)  # noqa: NPY002
        random.setstate(self.python_state)


@contextmanager
def drawing_from(seed: int) -> Iterator[None]:
    """Let the global generators begin at `seed` inside, and go on outside as if nothing was drawn.

    Whatever draws from a generator of its own is not reached.
    """
    chance = Chance.now()
    try:
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002 - users' functions draw from it
        random.seed(seed)
        yield
    finally:
        chance.restore()


@contextmanager
def left_as_found(*functions: object) -> Iterator[None]:
    """Undo at the end what calls have done to buffers, training flags and global generators."""
    chance = Chance.now()
    modules = [m for function in functions for m in modules_of(function).values()]
    parts = {id(part): part for module in modules for part in module.modules()}.values()
    flags = [(part, part.training) for part in parts]
    buffers = [
        (part, name, buffer, buffer.detach().clone())
        for part in parts
        for name, buffer in part._buffers.items()
        if buffer is not None
    ]
    without_grad = [p for part in parts for p in part._parameters.values() if p is not None]
    without_grad = [parameter for parameter in without_grad if parameter.grad is None]
    try:
        yield
    finally:
        chance.restore()
        for part, training in flags:
            part.training = training
        with torch.no_grad():
            for part, name, buffer, content in buffers:
                part._buffers[name] = buffer
                if not torch.equal(buffer, content):
                    buffer.copy_(content)
        for parameter in without_grad:
            parameter.grad = None


def modules_of(function: object) -> dict[str, torch.nn.Module]:
    """The torch modules that a function reaches, by the names under which it knows them.

    Through closures, defaults, globals that it reads, bound objects and their attributes.
    """
    modules: dict[str, torch.nn.Module] = {}
    waiting: list[tuple[str, object]] = [("", function)]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_LOOKS:
        name, thing = waiting.pop(0)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, torch.nn.Module):
            modules.setdefault(name or type(thing).__name__, thing)
        else:
            waiting += _reached(thing)
    return modules


def _reached(thing: object) -> Iterator[tuple[str, object]]:
    """What a function, a bound object or a container holds, each with its name."""
    if isinstance(thing, partial):
        yield from enumerate_named((thing.func, *thing.args, *thing.keywords.values()))
    elif isinstance(thing, MethodType):
        yield "", thing.__self__
        yield "", thing.__func__
    elif isinstance(thing, FunctionType):
        yield from _read_by(thing)
        if wrapped := getattr(thing, "__wrapped__", None):
            yield "", wrapped
    elif isinstance(thing, Mapping):
        yield from ((str(key), value) for key, value in thing.items())
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from enumerate_named(tuple(thing))
    elif not isinstance(thing, type) and hasattr(thing, "__dict__") and _is_users(thing):
        yield from vars(thing).items()
        if isinstance(call := vars(type(thing)).get("__call__"), FunctionType):
            yield from _read_by(call)


def enumerate_named(things: tuple[object, ...]) -> Iterator[tuple[str, object]]:
    """Things with the names that they have themselves, if any."""
    for thing in things:
        yield getattr(thing, "__name__", ""), thing


def _read_by(function: FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:  # an empty cell: the variable is not bound yet
            continue
    yield from enumerate_named(tuple(function.__defaults__ or ()))
    yield from (function.__kwdefaults__ or {}).items()
    names = tuple(_names(function.__code__))
    for name in names:
        thing = function.__globals__.get(name)
        if isinstance(thing, ModuleType):  # `models.net(x)`: what is read of it, not all of it
            yield from ((n, vars(thing)[n]) for n in names if _is_network(vars(thing).get(n)))
        elif thing is not None and _is_users(thing):
            yield name, thing


def _is_network(thing: object) -> bool:
    return isinstance(thing, torch.nn.Module)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_users(thing: object) -> bool:
    """Whether to look into it: not what torch, numpy and other libraries define themselves."""
    if isinstance(thing, torch.nn.Module | list | tuple | dict):
        return True
    module = getattr(thing, "__module__", None) or type(thing).__module__
    return module.split(".")[0] not in ("torch", "numpy", "builtins", "scipy", "pandas", "sklearn")


def training_parts(functions: Mapping[str, Callable[..., Any] | None]) -> list[str]:
    """The modules in training mode that behave otherwise there, in words: who, where."""
    descriptions = []
    for owner, function in functions.items():
        for name, module in modules_of(function).items():
            parts = [
                f"{type(part).__name__} {inner!r}"
                for inner, part in module.named_modules()
                if part.training and any(kind in type(part).__name__ for kind in TRAINING)
            ]
            if parts:
                more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
                descriptions.append(f"{name} of the {owner} is in training mode ({parts[0]}{more})")
    return descriptions


def home(*functions: object) -> tuple[torch.dtype | None, torch.device | None]:
    """Dtype and device of the first floating parameter that the functions reach; None if none."""
    for function in functions:
        for module in modules_of(function).values():
            for tensor in (*module.parameters(), *module.buffers()):
                if tensor.is_floating_point():
                    return tensor.dtype, tensor.device
    return None, None


def precision(*functions: object) -> float:
    """The rounding unit of the coarsest floating dtype among the parameters reached; 0 if none."""
    return max(
        (
            torch.finfo(parameter.dtype).eps
            for function in functions
            for module in modules_of(function).values()
            for parameter in module.parameters()
            if parameter.is_floating_point()
        ),
        default=0.0,
    )
