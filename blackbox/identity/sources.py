"""The source of running code, read once per file, and believed only if it compiles to that code."""

from __future__ import annotations

import ast
import linecache
import os
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import cast

from blackbox.identity.syntax import dump

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Span = tuple[int, int, int, int]


@dataclass
class ParsedFile:
    """A source file: the code that it compiles to, by qualified name, and its functions' nodes."""

    tree: ast.Module
    codes: dict[str, list[types.CodeType]] = field(default_factory=dict)
    nodes: dict[tuple[str, int], list[Scope]] = field(default_factory=dict)
    dumps: dict[int, str] = field(default_factory=dict)

    def text(self, code: types.CodeType) -> str | None:
        """The tree of a running function, or None if this source does not compile to it."""
        candidates = [c for c in self.codes.get(code.co_qualname, ()) if same_code(c, code)]
        if not candidates:
            return None
        compiled = min(candidates, key=lambda c: _place(c) != _place(code))
        node = self._node(compiled)
        if node is None:
            return None
        if id(node) not in self.dumps:
            self.dumps[id(node)] = dump(node)
        return self.dumps[id(node)]

    def _node(self, code: types.CodeType) -> Scope | None:
        nodes = self.nodes.get((code.co_name, code.co_firstlineno), [])
        if len(nodes) < 2:
            return nodes[0] if nodes else None
        # Several on one line: the smallest whose body spans all positions of the code.
        spans = [cast(Span, s) for s in code.co_positions() if None not in s and s[3]]
        around = [n for n in nodes if all(_holds(_body(n), span) for span in spans)]
        return min(around, key=_size, default=None) if spans else None


def source_text(function: types.FunctionType) -> str | None:
    """The syntax tree of a function as text, or None where no source is what runs."""
    # Code that was sent to this process by value has lost its file; its module's name is left.
    for name in (function.__code__.co_filename, function.__globals__.get("__file__")):
        parsed = parsed_file(name) if name else None
        text = parsed.text(function.__code__) if parsed else None
        if text is not None:
            return text
    return None


def module_text(file: str) -> str | None:
    """The syntax tree of a whole module as text, or None where it has no source."""
    parsed = parsed_file(file) if file else None
    return dump(parsed.tree) if parsed else None


def parsed_file(name: str) -> ParsedFile | None:
    """A source file or a notebook's cell, parsed once for each of its versions."""
    try:
        stat = os.stat(name)
    except (OSError, ValueError):
        # A cell of a notebook has its lines in this cache and nowhere else.
        lines = linecache.getlines(name) if name.startswith("<") or "ipykernel" in name else []
        return _parsed_text(name, "".join(lines)) if lines else None
    return _parsed_path(name, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _parsed_path(name: str, modified: int, size: int) -> ParsedFile | None:
    try:
        return _parsed(name, Path(name).read_bytes())
    except OSError:
        return None


@lru_cache(maxsize=256)
def _parsed_text(name: str, text: str) -> ParsedFile | None:
    return _parsed(name, text)


def _parsed(name: str, source: str | bytes) -> ParsedFile | None:
    try:
        tree = ast.parse(source)
        module = compile(tree, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    parsed = ParsedFile(tree)
    for code in _inner_codes(module):
        parsed.codes.setdefault(code.co_qualname, []).append(code)
    for node in ast.walk(tree):
        if isinstance(node, Scope):
            name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            parsed.nodes.setdefault((name, first), []).append(node)
    return parsed


def _inner_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _inner_codes(constant)


def same_code(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two compiled functions do the same, wherever they stand."""
    return _does(one) == _does(other) and all(
        same_code(a, b) if isinstance(a, types.CodeType) else _same_constant(a, b)
        for a, b in zip(one.co_consts, other.co_consts, strict=True)
    )


def _same_constant(one: object, other: object) -> bool:
    # Sets print in any order; of all else the text tells 1 from True and 0.0 from -0.0.
    return one == other if isinstance(one, frozenset) else repr(one) == repr(other)


def _does(code: types.CodeType) -> tuple[object, ...]:
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    kinds = tuple(type(constant) for constant in code.co_consts)
    return code.co_code, *names, code.co_argcount, code.co_kwonlyargcount, kinds


def _place(code: types.CodeType) -> tuple[object, ...]:
    return code.co_firstlineno, tuple(code.co_positions())


def _body(node: Scope) -> Span:
    first, last = (node.body, node.body) if isinstance(node, ast.Lambda) else (node, node)
    return first.lineno, last.end_lineno or 0, first.col_offset, last.end_col_offset or 0


def _holds(outer: Span, inner: Span) -> bool:
    starts = (outer[0], outer[2]) <= (inner[0], inner[2])
    return starts and (inner[1], inner[3]) <= (outer[1], outer[3])


def _size(node: Scope) -> tuple[int, int]:
    line, end_line, column, end_column = _body(node)
    return end_line - line, end_column - column
