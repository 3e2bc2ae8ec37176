"""The instructions of a code object, one thing at a time, as every supported Python has them."""

from __future__ import annotations

import dis
import sys
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

# What differs between Pythons and says nothing of what the code does.
QUIET = {"EXTENDED_ARG", "PUSH_NULL", "RESUME", "COPY_FREE_VARS", "MAKE_CELL", "NOP", "CACHE"}


class Step(NamedTuple):
    """One instruction: what it does, to what, and where its expression begins."""

    does: str
    what: Any
    start: tuple[int, int] | None


def steps_of(code: types.CodeType) -> list[Step]:
    """The instructions of one code object, without those of the functions inside it."""
    return [step for one in dis.get_instructions(code) for step in _steps(one)]


def inner_codes(code: types.CodeType) -> list[types.CodeType]:
    """The functions, classes and comprehensions that stand directly inside a code object."""
    return [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


def _steps(one: dis.Instruction) -> Iterator[Step]:
    if one.opname in QUIET:
        return
    at = one.positions
    start = None
    if at and at.lineno is not None and at.col_offset is not None:
        start = at.lineno, at.col_offset
    if isinstance(one.argval, tuple) and "_FAST_" in one.opname:
        # 3.13 joins two: LOAD_FAST_LOAD_FAST of a and b. Only the first one's place remains.
        first, second = one.opname.split("_FAST_", 1)
        yield Step(f"{first}_FAST", one.argval[0], start)
        yield Step(second.replace("_FAST_AND_CLEAR", "_FAST"), one.argval[1], None)
    else:
        yield Step(one.opname, one.argval, start)


def bytecode_text(code: types.CodeType) -> str:
    """What a function without source does, as text: true for this Python only."""
    version = ".".join(map(str, sys.version_info[:2]))
    return f"Python {version} {_bytecode(code)}"


def _bytecode(code: types.CodeType) -> str:
    steps = [f"{step.does} {_constant(step.what)}" for step in steps_of(code)]
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    shape = (names, code.co_argcount, code.co_posonlyargcount, code.co_flags & 0xFF)
    return f"{shape} {steps}"


def _constant(value: Any) -> str:
    if isinstance(value, types.CodeType):
        return _bytecode(value)
    if isinstance(value, frozenset):
        return f"frozenset {sorted(map(_constant, value))}"
    return repr(value)
