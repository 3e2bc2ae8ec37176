"""An objective as a table of a study file: named parameters, and a scorer by its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from blackbox.call_form import Call, parse
from blackbox.constraints import AtLeast, AtMost, Bound
from blackbox.errors import BlackboxError, NameProblem, ObjectiveError, StudyError
from blackbox.makers import Role, may_be_named, not_named
from blackbox.parameters import Parameters
from blackbox.places import at
from blackbox.scoring.command import command as program
from blackbox.scoring.objective import Objective
from blackbox.scoring.programs import Command
from blackbox.spelling import suggestion

# What `bb.Objective` is handed as it stands in the table.
SETTINGS = (
    *("maximize", "weights", "target", "batched", "timeout", "memory", "retries", "noise"),
    *("differentiable", "optimum", "batch_size", "seconds", "duplicates", "version"),
)
KEYS = ("name", "scorer", "command", "parameters", "constraints", "where", *SETTINGS)
NEEDED = ("name", "parameters")
NEEDED_IN_WORDS = "name, parameters, and a scorer or a command"
FLAGS = ("maximize", "batched", "noise", "differentiable")
BOUNDS: dict[str, type[AtMost] | type[AtLeast]] = {"at_most": AtMost, "at_least": AtLeast}
EXAMPLE_PROGRAM = "./score.sh"
EXAMPLE = '{kind = "real", lower = 20, upper = 90}'


def is_objective_table(entry: Any) -> bool:
    """Whether an entry of a study file is such a table, and not a name with its settings."""
    if not isinstance(entry, Mapping):
        return False
    is_call = isinstance(entry.get("name"), str) and any(one in entry["name"] for one in ":(")
    return not is_call and any(key in entry for key in ("scorer", "command", "parameters"))


def call_of(table: Mapping[str, Any], source: str) -> str:
    """The objective of a table in call form, which any process can read and make.

    Nothing is imported or called yet. Raises StudyError for a key or a value that is none.
    """
    name = table.get("name")
    at_fault = f"{source}: objective {name!r}" if isinstance(name, str) else f"{source}: objective"
    for key in table:
        if key not in KEYS:
            raise StudyError(f"{at_fault} has an unknown key {key!r}{suggestion(key, KEYS)}")
    for key in NEEDED:
        if key not in table:
            raise StudyError(f"{at_fault} lacks the key {key!r}; it needs {NEEDED_IN_WORDS}")
    if ("scorer" in table) == ("command" in table):
        both = "has both a scorer and a command" if "scorer" in table else "lacks the key 'scorer'"
        raise StudyError(f"{at_fault} {both}; it needs {NEEDED_IN_WORDS}")
    if not isinstance(name, str) or not name.strip():
        raise StudyError(f"{at_fault}: a name is a text, not {name!r}")
    for flag in FLAGS:
        if not isinstance(table.get(flag, True), bool):
            raise StudyError(f"{at_fault}: {flag} is true or false, not {table[flag]!r}")
    try:
        _ = [_place(key, table[key]) for key in ("scorer", "where") if key in table]
        _ = _arguments(table.get("command", [EXAMPLE_PROGRAM]))
        _ = _parameters(table["parameters"]), _bounds(table.get("constraints"))
    except BlackboxError as error:
        raise StudyError(f"{at_fault}: {error}") from error
    settings = {key: value for key, value in table.items() if key in SETTINGS}
    given = {key: value for key, value in table.items() if key not in SETTINGS}
    call = str(Call(__name__, made.__name__, given | ({"settings": settings} if settings else {})))
    try:
        parse(call)
    except NameProblem as error:  # TOML has dates and times, too
        raise StudyError(
            f"{at_fault}: values are numbers, texts, truth values, lists and tables of these"
        ) from error
    return call


def made(
    name: str,
    parameters: Mapping[str, Any],
    scorer: str | None = None,
    command: Sequence[str] | None = None,
    constraints: Mapping[str, Any] | None = None,
    where: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Objective:
    """The objective itself. Raises NameProblem for functions that a study file may not name.

    `scorer` and `where` are places, `module:function`; what they lead to is looked at before it is
    handed on, and called as an objective's scorer and condition only: see `bb.maker`. A `command`
    is a program of this folder with its arguments: see `bb.command`.
    """
    settings = dict(settings or {})
    function: Any = None if scorer is None else _function("scorer", scorer, name)
    if command is not None:
        function = _command(command, settings.pop("timeout", None), name)
    condition = None if where is None else _function("where", where, name)
    try:
        return Objective(
            function,
            space=_parameters(parameters),
            where=condition,
            constraints=_bounds(constraints),
            name=name,
            **settings,
        )
    except ObjectiveError as error:
        raise ObjectiveError(f"objective {name!r}: {error}") from error


def _command(arguments: Any, timeout: float | None, name: str) -> Command:
    """The program of a table. Raises NameProblem for one that does not lie in this folder.

    A study file comes from anywhere, and a program on the PATH may do anything with its arguments.
    """
    first = _arguments(arguments)[0]
    here = Path.cwd().resolve()
    if "/" not in first or Path(first).is_absolute() or here not in Path(first).resolve().parents:
        raise NameProblem(
            f"objective {name!r}: command {first!r} is no program of this folder ({here}), and a "
            f"study file runs no other: write {EXAMPLE_PROGRAM!r} for one that lies here, which "
            "may call what it likes"
        )
    try:
        return program(arguments, timeout=timeout)
    except ObjectiveError as error:
        raise ObjectiveError(f"objective {name!r}: {error}") from error


def _arguments(given: Any) -> list[str]:
    if not isinstance(given, list | tuple) or not given:
        raise NameProblem(f'a command is a list, as ["{EXAMPLE_PROGRAM}"], not {given!r}')
    if strange := [one for one in given if not isinstance(one, str)]:
        raise NameProblem(f"the arguments of a command are texts, not {strange[0]!r}")
    return list(given)


def _function(role: Role, place: Any, name: str) -> Any:
    function = at(_place(role, place))
    if not may_be_named(function, role):
        raise not_named(function, f"objective {name!r}: {role} {place!r}", role)
    return function


def _place(key: str, given: Any) -> str:
    module, _, attribute = given.partition(":") if isinstance(given, str) else ("", "", "")
    parts = [*module.split("."), *attribute.split(".")]
    if not all(part.isidentifier() for part in parts):
        raise NameProblem(
            f"{key} is the place of a function, module:function, as {key} = "
            f'"plant:{"score" if key == "scorer" else "allowed"}", not {given!r}'
        )
    return str(given)


def _parameters(given: Any) -> Parameters:
    if not isinstance(given, Mapping):
        raise NameProblem(f"parameters are tables by their names, as {EXAMPLE}, not {given!r}")
    for name, one in given.items():
        if not isinstance(one, Mapping):
            raise NameProblem(f"the parameter {name} is a table, as {EXAMPLE}, not {one!r}")
    return Parameters.from_json(given)


def _bounds(given: Any) -> dict[str, Bound] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or not given:
        raise NameProblem(
            "constraints are bounds by the names of the scorer's outputs, as "
            f"{{stress = {{at_most = 30}}}}, not {given!r}"
        )
    return {output: _bound(output, one) for output, one in given.items()}


def _bound(output: str, given: Any) -> Bound:
    if not isinstance(given, Mapping) or len(given) != 1:
        raise NameProblem(
            f"the constraint on {output} is one of {{at_most = 30}} and {{at_least = 30}}, "
            f"not {given!r}"
        )
    ((which, limit),) = given.items()
    if which not in BOUNDS:
        raise NameProblem(
            f"the constraint on {output} has an unknown key {which!r}{suggestion(which, BOUNDS)}"
        )
    try:
        return BOUNDS[which](limit)
    except BlackboxError as error:
        raise NameProblem(f"the constraint on {output}: {error}") from error
