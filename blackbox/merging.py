"""One study from several folders: its runs were made in parts, on two machines say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from blackbox.comparison import Comparison, assembled, opened
from blackbox.errors import StoreError
from blackbox.trace import Trace

# What may differ between the parts of a study: each has some of these, the whole has all.
PARTS = ("objectives", "strategies", "seeds", "skipped", "losses")
SOME = ("tuned", "parameters", "known")  # what a part may be without
NAMED = 5  # runs in an error; the rest is counted

Run = tuple[str, str, int]


def merge(folders: Iterable[Comparison | str | Path]) -> Comparison:
    """The runs of one study that lie in several folders; `.save(folder)` keeps them in one.

    The parts may have other seeds, strategies and objectives, of one budget and the same prices. A
    run that several hold counts once. Raises StoreError where two of them say other things of the
    same run, where an objective was another one, and where budgets or prices differ.

    >>> import blackbox as bb
    >>> parts = [bb.compare("synthetic.sphere(d=2)", "hill_climb", 5, seeds=[s]) for s in (0, 1)]
    >>> bb.merge(parts)
    Comparison('study': 1 strategies on synthetic.sphere(d=2), 2 seeds, 2 runs; see .summary())
    """
    given = list(folders)
    if not given:
        raise StoreError("there is nothing to merge: name one or more folders with runs")
    studies = [opened(each) for each in given]
    names = [
        f"part {nth}" if isinstance(each, Comparison) else str(each)
        for nth, each in enumerate(given, start=1)
    ]
    recipe = _united([study.recipe for study in studies], names)
    facts = {name: fact for study in reversed(studies) for name, fact in study.measured.items()}
    return assembled(recipe, _once([study.traces for study in studies], names), facts)


def _once(parts: Sequence[Sequence[Trace]], names: Sequence[str]) -> list[Trace]:
    """Each run once. Raises StoreError for runs of which two parts say other things."""
    first_of: dict[Run, tuple[str, Trace]] = {}
    unlike: list[str] = []
    for name, traces in zip(names, parts, strict=True):
        for trace in traces:
            run = (trace.objective, trace.strategy, trace.seed)
            first, other = first_of.setdefault(run, (name, trace))
            if other.digest() != trace.digest():
                who = f"{trace.strategy} on {trace.objective}, seed {trace.seed}"
                unlike.append(f"{who} ({first} and {name})")
    if unlike:
        more = f" and {len(unlike) - NAMED} more" if len(unlike) > NAMED else ""
        raise StoreError(
            f"these runs are there twice, with other numbers: {'; '.join(unlike[:NAMED])}{more}; "
            "they are of two versions of something: make them anew, or leave one folder out"
        )
    return [trace for _, trace in first_of.values()]


def _united(recipes: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """The recipe of all. Raises StoreError where two contradict each other."""
    united = dict(recipes[0])
    for recipe, name in zip(recipes[1:], names[1:], strict=True):
        for key in {**united, **recipe}:
            nothing: Any = {} if key in SOME else None
            ours, theirs = united.get(key, nothing), recipe.get(key, nothing)
            if key in PARTS:
                parts = list(ours or [])
                united[key] = [*parts, *(one for one in theirs or [] if one not in parts)]
            elif isinstance(ours, Mapping) and isinstance(theirs, Mapping):
                for entry in ours.keys() & theirs.keys():
                    _refuse(f"{key} of {entry}", ours[entry], theirs[entry], names[0], name)
                united[key] = {**ours, **theirs}
            else:
                _refuse(key, ours, theirs, names[0], name)
    united["seeds"] = sorted(united["seeds"])
    return united


def _refuse(what: str, ours: Any, theirs: Any, first: str, second: str) -> None:
    if what != "name" and ours != theirs:
        raise StoreError(
            f"{first} and {second} are no parts of one study: {what} is {ours!r} there and "
            f"{theirs!r} here"
        )
