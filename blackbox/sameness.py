"""Does this worker run the code that the study was planned with? It imports modules by itself.

A function of a module travels by name. Where the module was edited since this process, or the
other, imported it, or was changed in memory only, the two would run unlike code under one key.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from blackbox import registry
from blackbox.errors import StudyError
from blackbox.identity import Identity, identity
from blackbox.plan import RunSpec

# What was compared here already: to take an identity can take a tenth of a second.
_same: set[tuple[str, str]] = set()


def refuse_other_code(specs: Sequence[RunSpec]) -> None:
    """Raises StudyError where a part of these runs is other code here than where it was planned."""
    differences: list[str] = []
    for spec in {(spec.name, spec.objective_code.search.digest): spec for spec in specs}.values():
        owner, planned = f"objective {spec.name}", spec.objective_code.search
        if (owner, planned.digest) not in _same:
            here = registry.objective(spec.objective).code.search
            is_sent = not isinstance(spec.objective, str)
            differences += _differences(owner, here, planned, is_sent)
    for spec in {spec.strategy_code.digest: spec for spec in specs}.values():
        label, planned = registry.label(spec.strategy), spec.strategy_code
        if (f"strategy {label}", planned.digest) not in _same:
            here = identity(spec.strategy, label, getattr(spec.strategy, "version", None))
            differences += _differences(f"strategy {label}", here, planned, is_sent=True)
    if differences:
        raise StudyError(
            "a worker process has other code than this one: "
            + "; ".join(differences)
            + ". A module was edited after it had been imported, or changed in memory only: reload "
            "it (importlib.reload) or start Python again, pass values as settings, or use jobs=1"
        )


def _differences(owner: str, here: Identity, planned: Identity, is_sent: bool) -> list[str]:
    """What differs, in words; of what was sent by value, only what it leads to in modules."""
    if here.digest == planned.digest:
        changed = []
    elif is_sent:
        names = {*here.parts, *planned.parts}
        of_modules = [name for name in names if _is_of_a_module(name)]
        changed = Identity(_only(planned, of_modules)).changes(Identity(_only(here, of_modules)))
    else:
        changed = planned.changes(here)
    if not changed:
        _same.add((owner, planned.digest))
    return [
        f"{owner}: {change.replace(': was ', ': there ').replace(', is ', ', here ')}"
        for change in changed
    ]


def _only(identity: Identity, names: Sequence[str]) -> dict[str, str]:
    return {name: identity.parts[name] for name in names if name in identity.parts}


def _is_of_a_module(name: str) -> bool:
    """Whether a part is named after a module that this process has imported from a file."""
    if "<" in name:  # made inside a function: sent by value
        return False
    parts = name.split(".")
    modules = (sys.modules.get(".".join(parts[:n])) for n in range(1, len(parts)))
    return any(getattr(module, "__file__", None) for module in modules if module is not None)
