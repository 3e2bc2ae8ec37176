"""One entry of a table in full: what it is, and each setting with its default and the reason."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from blackbox import registry
from blackbox.call_form import parse
from blackbox.entries import table
from blackbox.errors import NameProblem
from blackbox.places import at
from blackbox.protocol import Strategy
from blackbox.spelling import suggestion

Kind = Literal["strategies", "objectives"]
# Of objectives that come along: what a setting of this name is, where a docstring does not say.
SHARED = {
    "bounded": "True: in a box, not under a normal prior",
    "d": "how many axes",
    "decoder": "what makes an object of a latent point",
    "differentiable": "False hides the gradient: the black-box twin",
    "dim": "how many axes",
    "hidden": "units of the layers whose features are compared",
    "instance": "another one of the same kind: shifts, rotations or pictures are drawn by it",
    "num_blocks": "how often the function stands side by side; the worst block counts",
    "num_objectives": "how many criteria",
    "prior": "where starts and draws come from",
    "reads": "what the scorer is shown",
    "real": "True starts at pictures of the data set",
    "rotated": "True turns the axes",
    "rotation": "True turns the axes",
    "source": "where the search starts: at held-out objects of this class",
    "translation_factor": "how far from the centre the optimum may lie",
    "useless_variables": "axes on which nothing depends",
    "weights": "how criteria are summed into the score",
}


@dataclass(frozen=True)
class Setting:
    """A setting of a strategy or an objective, as a person reads it."""

    name: str
    default: str  # as Python writes it; empty where it must be given
    values: str  # its type, or the texts that it may be
    reason: str  # from the comment beside it, or from the docstring; empty where neither has one


@dataclass(frozen=True)
class Entry:
    """What a name leads to: its docstring, and its settings."""

    name: str
    text: str
    settings: tuple[Setting, ...]


def entry(name: str, kind: Kind) -> Entry:
    """The entry of a name; of `module:attribute` too. Raises NameProblem where there is none."""
    call, names = parse(name), table(kind)
    if call.name not in names and call.argument is None:
        one = "strategy" if kind == "strategies" else "objective"
        raise NameProblem(f"unknown {one} {call.name!r}{suggestion(call.name, names)}")
    owner = at(names.get(call.name, f"{call.name}:{call.argument}"))
    text = inspect.getdoc(owner) or ""
    return Entry(call.name, _without_examples(text), tuple(_settings(owner, text)))


def _settings(owner: Any, text: str) -> Iterator[Setting]:
    comments, hints = _comments(owner), _hints(owner)
    for one in _parameters(owner):
        reason = comments.get(one.name) or _sentence_about(one.name, text)
        if not inspect.isclass(owner):
            reason = reason or SHARED.get(one.name, "")
        default = "" if one.default is inspect.Parameter.empty else _written(one.default)
        yield Setting(one.name, default, _values(hints.get(one.name, one.annotation)), reason)


def _parameters(owner: Any) -> Iterator[inspect.Parameter]:
    """The settings of a class, a function, or what calls one."""
    if not callable(owner):
        return
    fields = {}
    if dataclasses.is_dataclass(owner):
        fields = {one.name: one for one in dataclasses.fields(owner)}
    for one in inspect.signature(owner).parameters.values():
        made = getattr(fields.get(one.name), "default_factory", dataclasses.MISSING)
        if made is not dataclasses.MISSING:
            one = one.replace(default=made())
        if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
            yield one


def _hints(owner: Any) -> Mapping[str, Any]:
    module = sys.modules.get(getattr(owner, "__module__", ""))
    try:
        return get_type_hints(owner, globalns=None if module is None else vars(module))
    except Exception:  # a name that its module imports for the type checker alone
        return {}


def _values(annotation: Any) -> str:
    """A type as one says it, the texts of a Literal one by one."""
    if annotation is inspect.Parameter.empty:
        return ""
    if isinstance(annotation, str):
        return annotation
    if get_origin(annotation) is Literal:
        return " | ".join(map(repr, get_args(annotation)))
    if annotation is type(None):
        return "None"
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    if (parts := get_args(annotation)) and "Union" in str(get_origin(annotation)):
        return " | ".join(map(_values, parts))
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", str(annotation))


def _written(value: Any) -> str:
    """As Python or call form writes it: a strategy inside a strategy by its name."""
    if isinstance(value, tuple) and value and all(map(_is_strategy, value)):
        return f"[{', '.join(map(registry.label, value))}]"
    return registry.label(value) if _is_strategy(value) else repr(value)


def _is_strategy(value: Any) -> bool:
    return isinstance(value, Strategy) and not inspect.isclass(value)


def _comments(owner: Any) -> dict[str, str]:
    """What stands beside each setting of a class, and above it, as one text."""
    if not inspect.isclass(owner):
        return {}
    try:
        lines = textwrap.dedent(inspect.getsource(owner)).splitlines()
    except OSError:
        return {}
    (node,) = ast.parse("\n".join(lines)).body
    assert isinstance(node, ast.ClassDef)
    comments = {}
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            above = list(_above(lines, one.lineno - 1))[::-1]
            tail = lines[(one.end_lineno or 1) - 1][one.end_col_offset or 0 :].strip()
            comments[one.target.id] = " ".join([*above, tail.lstrip("# ")]).strip()
    return comments


def _above(lines: list[str], place: int) -> Iterator[str]:
    """The lines of a comment that end above a line, from the last to the first."""
    while place and (line := lines[place - 1].strip()).startswith("#"):
        yield line.lstrip("# ")
        place -= 1


def _sentence_about(name: str, text: str) -> str:
    """The sentences of a docstring that name a setting, in its quotes."""
    whole = re.sub(r"\s+", " ", text)
    about = [
        one
        for one in re.split(r"(?<=[.:;])\s+(?=[A-Z`])", whole)
        if re.search(rf"`{name}[`=]", one) and not one.startswith("Raises ")
    ]
    return " ".join(about)


def _without_examples(text: str) -> str:
    prose = [block for block in text.split("\n\n") if not block.lstrip().startswith(">>>")]
    return "\n\n".join(prose)
