"""Can an objective or a strategy be sent to a worker process? What cannot is named."""

from __future__ import annotations

from collections.abc import Iterable

from blackbox.protocol import Strategy
from blackbox.registry import label
from blackbox.scoring.objective import Objective


def unable_to_travel(things: Iterable[object]) -> str:
    """Why one of these cannot be sent to a worker, and what to do; "" where all can.

    A name travels as it is: a worker loads what it stands for.
    """
    import cloudpickle  # what loky sends functions by; it is slow to import

    for thing in things:
        owner, parts = _parts(thing)
        for what, part in parts:
            try:
                cloudpickle.dumps(part)
            except Exception as error:
                return (
                    f"{what} of {owner} cannot be sent to a worker process: "
                    f"{type(error).__name__}: {error}; work in one process with jobs=1, or name "
                    "it as module:attribute, so that each worker loads it itself"
                )
    return ""


def _parts(thing: object) -> tuple[str, list[tuple[str, object]]]:
    """Whom the parts of a thing belong to, and the parts, those that people write first."""
    if isinstance(thing, Objective):
        judges = [(f"judge {name!r}", judge.function) for name, judge in thing.judges.items()]
        own = [("scorer", thing.scorer.function), ("decoder", thing.decoder)]
        return f"objective {thing.name}", [*own, *judges, ("starts or render", thing)]
    name = label(thing) if isinstance(thing, Strategy) else str(thing)
    return f"strategy {name}", [("a setting", thing)]
