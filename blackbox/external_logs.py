"""Results from elsewhere: logs of other tools, and studies put side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from blackbox import imports
from blackbox.comparison import Comparison
from blackbox.errors import LogError
from blackbox.trace import Trace


def read_log(
    path: str | Path,
    format: str = "csv",
    *,
    maximize: bool | None = None,
    columns: Mapping[str, str] | None = None,
    fixed: Mapping[str, Any] | None = None,
    rename: Mapping[str, str] | None = None,
) -> Comparison:
    """What another tool logged, as a comparison: all tables, figures and exports work on it.

    `format` is "csv" (a row per evaluation), "nevergrad" (a row per run), "coco" or "ioh" (a
    folder). A csv needs `maximize`; `columns` says which of its columns means evaluation, score,
    objective, strategy, dim, seed and gradients (by default neval, fval, fname, algname, dim, run
    and n_gradients), `fixed` what is the same for all its rows, `budget` too. `rename` gives
    objectives and strategies other names. What the log does not tell is NaN: `z`, times,
    duplicates, and gradients unless they were counted. Raises LogError.
    """
    path, new = Path(path), rename or {}
    traces = [
        replace(
            trace,
            objective=new.get(trace.objective, trace.objective),
            strategy=new.get(trace.strategy, trace.strategy),
        )
        for trace in imports.read(path, format, maximize, columns, fixed)
    ]
    _refuse_repeats(traces)
    objectives = list(dict.fromkeys(trace.objective for trace in traces))
    recipe = {
        "name": path.stem,
        "read_from": f"{path.name} ({format})",
        "objectives": objectives,
        "strategies": list(dict.fromkeys(trace.strategy for trace in traces)),
        "budget": max(trace.budget for trace in traces),
        "prices": [1.0],
        "seeds": sorted({trace.seed for trace in traces}),
        "fingerprints": dict.fromkeys(objectives, ""),
        "skipped": [],
    }
    return Comparison(recipe, tuple(traces))


def join(comparisons: Iterable[Comparison], seeds: Sequence[int] | None = None) -> Comparison:
    """One comparison of the runs of several: where objectives have the same name, they compete.

    A run that an objective misses counts as the worst, so all strategies of an objective need the
    same seeds; `seeds` keeps only these. Pairs of runs from different tools are pairs in number
    only: they have not begun at the same start. Raises LogError for runs that two comparisons have
    both, and for seeds or dimensions that differ on an objective.
    """
    several = list(comparisons)
    chosen = [t for one in several for t in one.traces if seeds is None or t.seed in set(seeds)]
    if not chosen:
        raise LogError(f"none of {len(several)} comparisons has a run of the seeds {seeds}")
    _refuse_repeats(chosen)
    for objective in dict.fromkeys(trace.objective for trace in chosen):
        _refuse_unequal([trace for trace in chosen if trace.objective == objective])
    recipes = [one.recipe for one in several]
    united = {
        key: list(dict.fromkeys(entry for recipe in recipes for entry in recipe[key]))
        for key in ("objectives", "strategies", "prices")
    }
    sources = [str(recipe["read_from"]) for recipe in recipes if "read_from" in recipe]
    recipe = {
        "name": " + ".join(dict.fromkeys(str(recipe["name"]) for recipe in recipes)),
        **({"read_from": ", ".join(dict.fromkeys(sources))} if sources else {}),
        **united,
        "budget": max(recipe["budget"] for recipe in recipes),
        "seeds": sorted({trace.seed for trace in chosen}),
        "fingerprints": {k: v for r in reversed(recipes) for k, v in r["fingerprints"].items()},
        "skipped": [skip for recipe in recipes for skip in recipe["skipped"]],
    }
    return Comparison(recipe, tuple(chosen), tuple(skip for one in several for skip in one.skips))


def _refuse_repeats(traces: Sequence[Trace]) -> None:
    seen = set()
    for trace in traces:
        run = (trace.objective, trace.strategy, trace.seed)
        if run in seen:
            raise LogError(
                f"run {trace.seed} of {trace.strategy!r} on {trace.objective!r} is there twice; "
                "read one of them with rename={old: new}"
            )
        seen.add(run)


def _refuse_unequal(traces: Sequence[Trace]) -> None:
    """Refuse runs on one objective whose dimensions or seeds cannot be compared."""
    dims = sorted({trace.dim for trace in traces})
    if len(dims) > 1:
        raise LogError(
            f"{traces[0].objective!r} has runs of {dims[0]} and of {dims[1]} dimensions, which are "
            "two objectives; read one of them with rename={old: new}"
        )
    seeds: dict[str, set[int]] = {}
    for trace in traces:
        seeds.setdefault(trace.strategy, set()).add(trace.seed)
    (first, expected), *others = seeds.items()
    for other, theirs in others:
        if theirs != expected:
            common = sorted(set.intersection(*seeds.values()))
            raise LogError(
                f"on {traces[0].objective!r}, {first!r} has {len(expected)} runs and {other!r} "
                f"{len(theirs)} of other seeds, and runs that are missing would count as the "
                f"worst; keep those of all by seeds={common}"
            )
