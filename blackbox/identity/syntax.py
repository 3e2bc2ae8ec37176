"""A syntax tree as text: all that is run, nothing that is only read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

# Written by the parser, or only for people and type checkers.
LEFT_OUT = {"ctx", "kind", "type_comment", "type_ignores", "type_params"}


def dump(node: ast.AST) -> str:
    """A tree without comments, docstrings and positions; empty fields, which Pythons add, are out.

    >>> dump(ast.parse("x = 1  # one")) == dump(ast.parse("x=1"))
    True
    """
    return "".join(_pieces(node))


def _pieces(node: object) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield f"{type(node.value).__name__} {node.value!r};"
    elif isinstance(node, ast.AST):
        yield f"{type(node).__name__}("
        for name in node._fields:
            value = getattr(node, name, None)
            if name not in LEFT_OUT and value is not None and value != []:
                yield f"{name}="
                yield from _pieces(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for part in node:
            if not _is_only_read(part):
                yield from _pieces(part)
        yield "]"
    else:
        yield f"{node!r};"


def _is_only_read(node: object) -> bool:
    """Whether a statement is a docstring, or a piece of an f-string is the empty text."""
    text = node.value if isinstance(node, ast.Expr) else node
    is_text = isinstance(text, ast.Constant) and isinstance(text.value, str)
    return is_text and (isinstance(node, ast.Expr) or getattr(text, "value", None) == "")
