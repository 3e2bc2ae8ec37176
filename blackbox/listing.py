"""What there is to choose from: each entry of a table, read from its source and not imported.

To import them all takes seconds, and a list is read by somebody who waits.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from blackbox.entries import HOUSE, table

# The first line of a strategy's docstring: what it is, and its source in brackets.
SOURCE = re.compile(r"(.*?)\s*\(([^()]*\b(?:19|20)\d\d\b[^()]*)\)(?:[.,:].*)?")
# The folder that the modules of the house lie in.
ROOT = Path(__file__).parents[1]
Definition = ast.ClassDef | ast.FunctionDef


def listing(kind: Literal["strategies", "objectives"]) -> list[dict[str, str]]:
    """Every entry of the table of `strategies` or `objectives`: its name, and what it is.

    A strategy has its family, what it needs of an objective or of the machine, and its source too.
    """
    rows = []
    for name, place in table(kind).items():
        is_ours = place in HOUSE[kind].values()
        line, need = _read(place, kind) if is_ours else _imported(place, kind)
        row = {"name": name, "what it is": line}
        if kind == "strategies":
            cited = SOURCE.fullmatch(line)
            row = {
                "name": name,
                "family": place.split(".")[2] if is_ours else "plug-in",
                "needs": need,
                "what it is": cited[1] if cited else line,
                "source": cited[2] if cited else "",
            }
        rows.append(row)
    return rows


def _read(place: str, kind: str) -> tuple[str, str]:
    """The first line of an entry of the house, and what it needs."""
    module, _, name = place.partition(":")
    match defined(module, name):
        case ast.ClassDef() as owner:
            return _first_line(owner), "; ".join(_missing(module)) or _needs(owner)
        case ast.FunctionDef() as maker:
            return _first_line(maker), ""
        case str() as words:
            return words, ""
    return _imported(place, kind)  # it is made in a way that the source alone does not tell


def _imported(place: str, kind: str) -> tuple[str, str]:
    """The same of an entry from anywhere: its module is run."""
    # Imported where it is needed: these bring numpy and, with objectives, torch.
    from blackbox import registry

    return registry.described(place, kind)


def defined(module: str, name: str) -> Definition | str | None:
    """The definition that gives a name of a module its docstring, or words with which that begins.

    It stands there, or where the name is imported from, or it is the function that a call was
    handed which made the value, `sphere = landscapes(_sphere)`, or the last of the texts:
    `f1 = _family(1, "The sphere")`.
    """
    for node in _tree(module).body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() if node.name == name:
                return node
            case ast.ImportFrom(module=str(source), names=names):
                for alias in names:
                    if (alias.asname or alias.name) == name:
                        return defined(source, alias.name)
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call(args=handed)) if (
                target == name
            ):
                return _made_of(module, handed)
    return None


def _made_of(module: str, handed: Sequence[ast.expr]) -> Definition | str | None:
    for one in handed:
        function = defined(module, one.id) if isinstance(one, ast.Name) else None
        if isinstance(function, ast.FunctionDef):
            return function
    texts = [n.value for n in handed if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return texts[-1] if texts else None


@cache
def _tree(module: str) -> ast.Module:
    """A module of the house as it is written; empty where it is none, or not a file."""
    path = ROOT.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return ast.parse(file.read_text(encoding="utf-8"))
    return ast.Module([], [])


def _first_line(node: Definition) -> str:
    return (ast.get_docstring(node) or "").split("\n")[0]


def _needs(owner: Definition) -> str:
    """What an objective must offer; in words, where that depends on a strategy's settings."""
    for node in owner.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id="needs"), value=ast.expr() as value):
                named = (n.attr for n in ast.walk(value) if isinstance(n, ast.Attribute))
                return ", ".join(sorted(one.lower().replace("_", " ") for one in named))
            case ast.FunctionDef(name="needs"):
                line = _first_line(node)
                return (line[:1].lower() + line[1:]).removesuffix(".")
    return ""


def _missing(module: str) -> Iterator[str]:
    """How to install what the module's strategy asks for, whatever its settings, and is not here.

    That is what it hands to `optional.require`, but for what only some of its settings need.
    """
    extras = dict(_required(_tree(module)))
    for package, extra in extras.items():
        if _is_missing(package):
            yield f'pip install "blackbox[{extra}]"'


def _required(node: ast.AST) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If():
                continue
            case ast.Call(
                func=ast.Name(id="require"),
                args=[ast.Constant(value=str(name)), ast.Constant(value=str(extra))],
            ):
                yield name.partition(".")[0], extra
        yield from _required(child)


def _is_missing(package: str) -> bool:
    if package in sys.modules:
        return sys.modules[package] is None  # its import is forbidden
    return importlib.util.find_spec(package) is None
