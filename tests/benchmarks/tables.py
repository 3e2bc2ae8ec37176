"""README.md of the results: tables from the csv files that are there, and nothing by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tests.benchmarks import agreement, cost, quality

OURS = "bayes_opt"
TITLE = """# Bayesian optimization: what it costs, and what it finds

`bayes_opt` against its peers at their documented defaults: `botorch_loop` (the plain BoTorch loop),
the same with each fit begun at the last hyperparameters, optuna's `GPSampler`, and Ax's `Client`.
Written by `python -m tests.benchmarks.bayes_opt table` from the csv files beside this page; its
`--help` names the parts and the packages. Absolute times are good to 30 %, less under load; ratios
come from one interleaved run.
"""


def readme(folder: Path) -> str:
    """The page, with a section for each part whose csv is there."""
    pages: dict[str, Callable[[Path], str]] = {
        "steps": _steps,
        "whole": _whole,
        "agreement": _agreement,
        "quality": _quality,
        "conditions": _conditions,
    }
    there = [page(folder) for part, page in pages.items() if (folder / f"{part}.csv").exists()]
    return "\n".join([TITLE, *there])


def _medians(folder: Path, points: str, what: str = "both") -> pd.DataFrame:
    """Median seconds of a step: a row for each way, a column for each n."""
    frame = pd.read_csv(folder / "steps.csv").query("points == @points")
    # First over the steps on a data set, so that each data set counts once.
    each = frame.groupby(["way", "n", "landscape"])[what].median().reset_index()
    table = each.pivot_table(what, "way", "n", aggfunc="median", dropna=False)
    return table.loc[sorted(table.index, key=lambda way: (way != OURS, way))]


def _steps(folder: Path) -> str:
    frame = pd.read_csv(folder / "steps.csv")
    halves = [_medians(folder, "run", what) for what in ("fit", "acquisition", "both")]
    head = ["", *(f"n = {n}" for n in halves[0].columns)]
    lines = [
        [f"`{way}`", *(_step(half.loc[way, n] for half in halves) for n in halves[0].columns)]
        for way in halves[0].index
    ]
    ratios = "\n".join(_ratios(folder, points) for points in frame.points.unique())
    return f"""## An iteration

Milliseconds from n scores to the next point, d = {cost.DIM}: fit + acquisition, or both where
a package does not tell them apart. The points are the first n of a run of `bayes_opt`; medians of
{frame.landscape.nunique()} landscapes ({", ".join(frame.landscape.unique())}), one thread for all.
`bayes_opt` and `(warm)` fit from the parameters at n - 1 points, as optuna does from its last ones.
`bayes_opt` begins cold each time the scores have grown by a quarter.

{_table(head, lines)}

{ratios}"""


def _step(seconds: Iterable[float]) -> str:
    fit, acquisition, both = (1e3 * second for second in seconds)
    return f"{both:.0f}" if math.isnan(fit) else f"{fit:.0f} + {acquisition:.0f}"


def _ratios(folder: Path, points: str) -> str:
    medians = _medians(folder, points)
    ratios = medians / medians.loc[OURS]
    head = [f"times ours, {points} points", *(f"n = {n}" for n in medians.columns)]
    lines = ([f"`{way}`", *(f"{value:.1f}" for value in row)] for way, row in ratios.iterrows())
    return _table(head, lines) + "\n"


def _whole(folder: Path) -> str:
    frame = pd.read_csv(folder / "whole.csv")
    long, short = frame.query("budget == budget.max()"), frame.query("budget == budget.min()")
    budget, seeds, measured = long.budget.iloc[0], len(long), long.seconds.sum()
    lines = [[OURS, f"{measured:.0f}", "measured", "1"]]
    if (folder / "steps.csv").exists():
        for way, row in _medians(folder, "run").iterrows():
            seconds = seeds * cost.extrapolated(row, cost.DIM, budget)
            lines += [[str(way), f"{seconds:.0f}", "extrapolated", f"{seconds / measured:.1f}"]]
    ours = short[short.strategy.str.startswith(OURS)].seconds.median()
    runs = short.groupby("strategy", sort=False).seconds.median()
    ran = ([f"`{name}`", f"{s:.1f}", f"{s / ours:.1f}"] for name, s in runs.items())
    return f"""## Whole runs

{budget} evaluations, {seeds} seeds, `{cost.WHOLE}`: seconds in all, on one thread.
Extrapolated: the iterations above, linear between the sizes, summed over {budget - cost.DIM} \
iterations
(n = {cost.DIM} to {budget - 1}) and {seeds} seeds. The lines of ours show what that is worth.

{_table(["", "seconds", "", "times ours"], lines)}

Run to the end, {cost.FIRST} first points, up to n = {short.budget.iloc[0]}, medians of \
{short.seed.nunique()} seeds:

{_table(["", "seconds a run", "times ours"], ran)}
"""


def _agreement(folder: Path) -> str:
    frame = pd.read_csv(folder / "agreement.csv")
    loss = frame.loss_ours - frame.loss_botorch
    log_ei = frame.log_ei_ours - frame.log_ei_botorch
    function = (frame.log_ei_ours_there - frame.log_ei_botorch).abs()
    lines = [
        ["MAP loss: ours - BoTorch's, both by BoTorch's function", *_spread(loss)],
        ["largest LogEI found: ours - BoTorch's, at the same parameters", *_spread(log_ei)],
        ["LogEI at BoTorch's point: distance of the two functions", *_spread(function)],
    ]
    return f"""## Agreement

{len(frame)} fixed data sets: {frame.landscape.nunique()} landscapes at n, d = \
{"; ".join(f"{n}, {d}" for n, d in agreement.SIZES)}. A loss is better when
lower, LogEI when higher. Each row stands in `agreement.csv`.

{_table(["", "smallest", "median", "largest"], lines)}
"""


def _quality(folder: Path) -> str:
    frame = pd.read_csv(folder / "quality.csv")
    lines = (
        [
            f"`{row.objective}`",
            f"`{row.strategy}`",
            f"{row.evaluations} of {row.budget}",
            f"{row.pairs}",
            f"{row.better} / {row.worse}",
            f"{row.median_ours:.3g} / {row.median_peer:.3g}",
            f"{row.ratio:.2f} [{row.ratio_low:.2f}, {row.ratio_high:.2f}]",
            f"{row.p:.3g}",
        ]
        for row in quality.paired(frame).itertuples()
    )
    head = [
        "objective",
        "ours",
        "evaluations",
        "pairs",
        "better / worse",
        "median regret",
        "ratio",
        "p",
    ]
    return f"""## Quality

`bayes_opt` against `botorch_loop` from the same starts, paired by seed; with
`outcome='standardise'` it also models the scores as the peer does. Regret is the distance of
the best score to the optimum, 0: medians of ours / the peer's. The ratio is the geometric mean of
ours to the peer's, below 1 in our favour, with its 95 % t interval over the logs; p is that of
Wilcoxon's signed-rank test, two-sided. Regrets below {quality.LEAST:g} count as equal. "50 of 100"
is read from runs of 100.

{_table(head, lines)}
"""


def _conditions(folder: Path) -> str:
    frame = pd.read_csv(folder / "conditions.csv").sort_values("part")
    lines = (
        [f"`{row.command}`", f"{row.load_before} / {row.load_after}"] for row in frame.itertuples()
    )
    described = "\n".join(
        f"- {text}" for text in dict.fromkeys(frame.machine + "; " + frame.versions)
    )
    return f"""## Conditions

{_table(["command", "load average before / after"], lines)}

{described}
"""


def _spread(values: pd.Series) -> list[str]:
    return [f"{value:.1e}" for value in (values.min(), values.median(), values.max())]


def _table(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
