"""What strategies make in the end, beside their best: the last tenth of each run's evaluations.

A generator that was trained, or a population that has converged, is more than its best object: of a
thousand things that it makes one may be real. The scores are those of all the evaluations of a
run's last tenth; what is true, how much they differ and what judges say is known of a sample of
them, drawn by the run's seed and judged outside its budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.frame import Traces, place_of
from blackbox.results.statistics.failed_runs import CELL, as_worst, n_ok
from blackbox.results.statistics.intervals import mean_interval
from blackbox.results.statistics.large_numbers import column_mean
from blackbox.trace import Trace
from blackbox.variety import apart

COLUMNS = (
    *(*CELL, "n_ok", "n_made", "score", "score_low", "score_high"),
    *("n_judged", "truth", "true", "true_low", "true_high", "true_refused"),
    *("variety", "variety_start"),
)


def production(
    traces: Traces, runs: pd.DataFrame, gradient_price: float | None = None
) -> pd.DataFrame:
    """One row per objective and strategy: means over runs of what each made in its last tenth.

    `score` is that of the valid ones of the `n_made` evaluations, `true` the true score of those of
    the `n_judged` objects that the truth does not refuse, `true_refused` the share that it does;
    both scores with their 95 % interval over runs. `variety` is how far the objects of a run lie
    from each other, the root mean square of the difference of their numbers, or the share of texts
    that differ; `variety_start` the same of the starts of all seeds. 0: always the same. Behind
    them stand `judge_<name>`, the mean over what it judged, and `judge_<name>_off`, the share that
    it refused or saw beyond its limits. NaN where nothing was judged: in runs of another tool or an
    earlier version, and at a price or a share of the budget that was not asked for.
    """
    by_cell: dict[tuple[str, str], list[Trace]] = {}
    for trace in traces:
        by_cell.setdefault((trace.objective, trace.strategy), []).append(trace)
    counted = as_worst(runs)
    passed = {cell: n_ok(part["ok"]) for cell, part in counted.groupby(CELL)}
    starts = {name: _variety_of_starts(traces, name) for name in {cell[0] for cell in by_cell}}
    rows: list[dict[str, Any]] = []
    for (objective, strategy), cell in by_cell.items():
        made = pd.DataFrame([_made(trace, gradient_price) for trace in cell])
        row: dict[str, Any] = {"objective": objective, "strategy": strategy}
        row |= {"n_ok": passed[objective, strategy], "n_judged": int(made.pop("n_judged").sum())}
        truth = made.pop("truth")
        row |= {"truth": truth.iloc[0], "variety_start": starts[objective]}
        row |= {str(name): column_mean(made[name]) for name in made}
        for name in ("score", "true"):
            values = np.sort(made[name].dropna().to_numpy(float))
            ends = mean_interval(values) if len(values) else (np.nan, np.nan)
            row |= dict(zip((f"{name}_low", f"{name}_high"), ends, strict=True))
        rows.append(row)
    judges = list(dict.fromkeys(name for row in rows for name in row if name not in COLUMNS))
    return pd.DataFrame(rows, columns=[*COLUMNS, *judges])


def _made(trace: Trace, gradient: float | None) -> dict[str, Any]:
    """What one run made in its last tenth."""
    late, path = trace.late_rows(gradient), trace.path
    row: dict[str, Any] = {"n_made": len(late), "score": _mean(trace.score[late])}
    row |= {"n_judged": 0, "truth": path.truth if path is not None else ""}
    row |= {"true": np.nan, "true_refused": np.nan, "variety": np.nan}
    sample = trace.late
    if sample is None:
        return row
    asked = trace.late_sample_rows(gradient)
    places = np.flatnonzero(np.isin(sample.rows, asked))
    if len(places) < len(asked):
        return row  # at this price nobody was asked
    row["n_judged"] = len(places)
    if sample.true is not None:
        true = sample.true[places]
        row |= {"true": _mean(true), "true_refused": _mean(np.isnan(true))}
    if sample.apart is not None:
        row["variety"] = _mean(sample.apart[places])
    limits = path.limits if path is not None else {}
    for name, values in sample.judged.items():
        verdicts, (low, high) = values[places], limits.get(name, (-np.inf, np.inf))
        within = (verdicts >= low) & (verdicts <= high)
        is_bounded = bool(np.isfinite([low, high]).any())
        row[f"judge_{name}"] = _mean(verdicts)
        row[f"judge_{name}_off"] = _mean(~within) if is_bounded else np.nan
    return row


def _variety_of_starts(traces: Sequence[Trace], objective: str) -> float:
    """How far the starts of all seeds of an objective lie from each other; NaN: not kept."""
    by_seed: dict[int, Any] = {}
    for trace in traces:
        place = place_of(trace, 0)
        if trace.objective == objective and trace.path is not None and place is not None:
            objects = trace.path.objects
            if objects is not None:
                by_seed.setdefault(trace.seed, objects[place])
    distances = apart([by_seed[seed] for seed in sorted(by_seed)]) if by_seed else None
    return float("nan") if distances is None else _mean(distances)


def _mean(values: Any) -> float:
    """The mean of what is not NaN; NaN where all is."""
    numbers = np.asarray(values, float)
    numbers = numbers[~np.isnan(numbers)]
    return column_mean(pd.Series(numbers)) if len(numbers) else float("nan")
