"""From a place, `module:attribute`, to what is there."""

from __future__ import annotations

import importlib
import traceback
from typing import Any

from blackbox.call_form import at_its_present_place
from blackbox.errors import NameProblem
from blackbox.spelling import suggestion


def at(place: str) -> Any:
    """What is at `module:attribute`. Raises NameProblem where there is nothing."""
    module, _, attribute = at_its_present_place(place).partition(":")
    try:
        value: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise NameProblem(f"{place} cannot be imported: {error}") from error
        raise NameProblem(
            f"cannot import {module!r} for {place!r}: {error}; a name with a colon is "
            "module:attribute, and the module must be importable from here"
        ) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a script may end in sys.exit()
        raise NameProblem(f"{place} cannot be imported: {where(error)}") from error
    for part in attribute.split("."):
        if not hasattr(value, part):
            raise NameProblem(
                f"{module} has no {part!r}{suggestion(part, getattr(value, '__dict__', {}))}"
            )
        value = getattr(value, part)
    return value


def where(error: BaseException) -> str:
    """What an error says; of one that is not about a value, also what it is and where it was."""
    if isinstance(error, ImportError | TypeError | ValueError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
