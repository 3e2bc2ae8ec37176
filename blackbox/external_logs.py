"""Results from elsewhere: logs of other tools, and studies put side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox import imports
from blackbox.comparison import Comparison
from blackbox.errors import LogError
from blackbox.notices import warn
from blackbox.trace import Trace


def read_log(
    path: str | Path | pd.DataFrame,
    format: str = "csv",
    *,
    maximize: bool | None = None,
    columns: Mapping[str, str] | None = None,
    fixed: Mapping[str, Any] | None = None,
    rename: Mapping[str, str] | None = None,
) -> Comparison:
    """What another tool logged, as a comparison: all tables, figures and exports work on it.

    `format` is "csv" (a table with a row per evaluation: text whose cells are parted by commas,
    semicolons, tabs, bars or blanks; parquet; a frame), "nevergrad" (a row per run), "optuna" (what
    `trials_dataframe()` returns, as a frame or a file), "coco" or "ioh" (a folder), or "parquet"
    (a folder with evaluations and runs as `export` writes them; as csv, too). Each may be
    compressed (gz, bz2, xz) or in an archive (zip, tar).

    A csv and optuna's trials need `maximize`; `columns` says which column means evaluation, score,
    objective, strategy, dim, seed and gradients (by default neval, fval, fname, algname, dim, run
    and n_gradients, or else these plain words themselves), `fixed` what is the same for all rows,
    `budget` too. `rename` gives objectives and strategies other names. What the log does not tell
    is NaN: `z`, times, duplicates, and gradients unless they were counted.

    What can be read in one way only is read, and what was assumed for it, or looks lost, is a
    `StudyWarning` and stands in `recipe["notices"]`. Raises LogError for everything else, with
    file, line and column.
    """
    source = path if isinstance(path, pd.DataFrame) else Path(path)
    name = "frame" if isinstance(source, pd.DataFrame) else source.name
    notices: list[str] = []
    new = rename or {}
    traces = [
        replace(
            trace,
            objective=new.get(trace.objective, trace.objective),
            strategy=new.get(trace.strategy, trace.strategy),
        )
        for trace in imports.read(source, format, maximize, columns or {}, fixed or {}, notices)
    ]
    _refuse_repeats(traces)
    objectives = list(dict.fromkeys(trace.objective for trace in traces))
    recipe = {
        "name": name.partition(".")[0] or name,
        "read_from": f"{name} ({format})",
        "objectives": objectives,
        "strategies": list(dict.fromkeys(trace.strategy for trace in traces)),
        "budget": max(trace.budget for trace in traces),
        "prices": [1.0],
        "seeds": sorted({trace.seed for trace in traces}),
        "fingerprints": dict.fromkeys(objectives, ""),
        "skipped": [],
        **({"notices": notices} if notices else {}),
    }
    for notice in notices:
        warn(notice)
    return Comparison(recipe, tuple(traces))


def join(comparisons: Iterable[Comparison], seeds: Sequence[int] | None = None) -> Comparison:
    """One comparison of the runs of several: where objectives have the same name, they compete.

    What compares strategies seed by seed takes the seeds that all have; `seeds` keeps only these.
    Pairs of runs from different tools are pairs in number only: they have not begun at the same
    start. Raises LogError for runs that two comparisons have both, and for dimensions that differ
    on an objective.
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
        "joined": True,  # not every strategy was to run on every objective
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
    """Refuse runs on one objective whose dimensions cannot be compared."""
    dims = sorted({trace.dim for trace in traces})
    if len(dims) > 1:
        raise LogError(
            f"{traces[0].objective!r} has runs of {dims[0]} and of {dims[1]} dimensions, which are "
            "two objectives; read one of them with rename={old: new}"
        )
