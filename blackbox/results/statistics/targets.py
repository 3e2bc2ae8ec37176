"""The fixed-target view: what a strategy pays until it first reaches a score.

Where a scorer is noisy, a score of one draw reaches a target by luck. So a run has reached what its
best was confirmed to be (`best` of the evaluations, see `worth.py`), and no more. When it did so is
by the scores that were seen: it is early by luck, not high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from blackbox.results.statistics.failed_runs import CELL, RUN, as_worst, n_ok, rows_of_runs
from blackbox.results.statistics.intervals import Floats
from blackbox.results.statistics.large_numbers import restored, shrinking
from blackbox.results.statistics.normalisation import best_known

# One list for every objective, or one for each by its name.
Targets = Sequence[float] | Mapping[str, Sequence[float]]
# As users give them: a single number too.
Wanted = float | Sequence[float] | Mapping[str, float | Sequence[float]]

SHARES = (0.0, 0.5, 0.9)  # of the way to the best known: what a table shows
BASES = {True: "random search", False: "start"}
STEPS, DECADES = 51, 10  # of a runtime distribution: as many as COCO's 10^2, 10^1.8, ..., 10^-8


def first_hits(cost: Floats, best: Floats, targets: Floats) -> Floats:
    """What a run had paid `[t]` when its best-so-far first reached each target; inf: never.

    >>> cost, best = np.array([1.0, 2.0, 4.0]), np.array([np.nan, 5.0, 7.0])
    >>> first_hits(cost, best, targets=np.array([5.0, 6.0, 8.0]))
    array([ 2.,  4., inf])
    """
    reached = np.searchsorted(np.where(np.isnan(best), -np.inf, best), targets, side="left")
    return np.append(cost, np.inf)[reached]


def expected_running_time(hits: Floats, spent: Floats) -> float:
    """ERT: all that the runs paid until they hit, or in vain, divided by the number of hits.

    `hits [n]` is inf where a run missed; a run that missed is charged its own `spent [n]`, as
    cocopp's `sp` does (Hansen et al. 2021, doi 10.1080/10556788.2020.1808977). inf without a hit.

    >>> expected_running_time(hits=np.array([3.0, np.inf]), spent=np.array([4.0, 5.0]))
    8.0
    """
    n = np.isfinite(hits).sum()
    return float(np.minimum(hits, spent).sum() / n) if n else float("inf")


def penalised_running_time(hits: Floats, budget: float, penalty: float = 10) -> float:
    """PAR-10: the mean of `hits [n]`, a miss counted as ten budgets."""
    return float(np.where(np.isfinite(hits), hits, penalty * budget).mean())


def fixed_targets(
    runs: pd.DataFrame, evaluations: pd.DataFrame, targets: Targets | None = None
) -> pd.DataFrame:
    """One row per objective, target and strategy, the cheapest first; both frames at one price.

    `success_rate` is the share of runs that reached the target, `ert` the expected running time (a
    run that missed is charged what it spent itself), `par10` the mean cost with ten budgets for a
    miss, both in units of the budget. `level` says where the target comes from (see
    `default_targets`). Raises ValueError for targets of an objective that is not there.
    """
    wanted = default_targets(runs) if targets is None else given_targets(runs, targets)
    budget = runs.groupby("objective")["granted"].max().to_dict()
    rows = []
    for key, cell in hits(runs, evaluations, wanted).groupby(
        ["objective", "target", "level", "strategy"], sort=False
    ):
        hit, spent = cell["hit"].to_numpy(), cell["spent"].to_numpy(float)
        ert, par10 = expected_running_time(hit, spent), penalised_running_time(hit, budget[key[0]])
        rows.append((*key, n_ok(cell["ok"]), np.isfinite(hit).mean(), ert, par10))
    columns = ["objective", "target", "level", "strategy", "n_ok", "success_rate", "ert", "par10"]
    table = pd.DataFrame(rows, columns=columns)
    place = {name: nth for nth, name in enumerate(dict.fromkeys(runs["objective"]))}
    order = table.assign(place=table["objective"].map(place)).sort_values(
        ["place", "target", "ert", "strategy"]
    )
    return table.loc[order.index].reset_index(drop=True)


def default_targets(runs: pd.DataFrame) -> pd.DataFrame:
    """The targets of a table per objective: `objective`, `target`, `level`.

    They lie 0, 50 and 90 % of the way from the mean of random search at the full budget (from the
    mean start, where random search was not run or was the best) to the best known.
    """
    ends = ends_of_the_way(runs)
    usable = ends["best_known"] > ends["random"]
    base, name = ends["random"].where(usable, ends["start"]), usable.map(BASES)
    by = shrinking(base, ends["best_known"])
    way = by * ends["best_known"] - by * base
    parts = [
        ends.assign(
            target=restored(by * base + share * way, by),
            level=name + (f" + {100 * share:.0f} % of the way to best known" if share else ""),
        )
        for share in SHARES
    ]
    return _distinct(pd.concat(parts))


def ladder(runs: pd.DataFrame) -> pd.DataFrame:
    """51 targets per objective for a runtime distribution: `objective`, `target`, `level`.

    Where the optimum is known, the regret of the mean start, divided by 10^0, 10^0.2, ..., 10^10
    (the steps of COCO, doi 10.1080/10556788.2020.1808977); else even steps from the mean start up
    to the best of this study.
    """
    ends = ends_of_the_way(runs)
    by = shrinking(ends["best_known"], ends["start"])
    top, start = by * ends["best_known"].to_numpy(float), by * ends["start"].to_numpy(float)
    has_optimum = runs.groupby("objective")["optimum"].max().notna()[ends["objective"]].to_numpy()
    decades, even = 10 ** -np.linspace(0, DECADES, STEPS), 1 - np.arange(1, STEPS + 1) / STEPS
    left = np.where(has_optimum[:, None], decades, even)  # of the way, [objectives, targets]
    target = restored((top[:, None] - left * (top - start)[:, None]).ravel(), by)
    return _distinct(ends.loc[np.repeat(ends.index, STEPS)].assign(level="ladder", target=target))


def listed(targets: Wanted | None) -> Targets | None:
    """Targets as lists: one number is a list of one.

    >>> listed({"a": 1.0, "b": [2.0, 3.0]}), listed(0.5)
    ({'a': [1.0], 'b': [2.0, 3.0]}, [0.5])
    """
    if isinstance(targets, Mapping):
        return {name: _list(one) for name, one in targets.items()}
    return None if targets is None else _list(targets)


def _list(one: float | Sequence[float]) -> Sequence[float]:
    return [float(one)] if isinstance(one, int | float | np.number) else one


def given_targets(runs: pd.DataFrame, targets: Targets) -> pd.DataFrame:
    """Targets that the user names. Raises ValueError for an unknown objective or no number."""
    objectives = list(dict.fromkeys(runs["objective"]))
    by_name = targets if isinstance(targets, Mapping) else dict.fromkeys(objectives, targets)
    for name, values in by_name.items():
        if name not in objectives:
            raise ValueError(f"no objective {name!r} for these targets; there are {objectives}")
        if not len(values) or not np.isfinite(np.asarray(values, float)).all():
            raise ValueError(f"targets of {name!r} must be one or more numbers, not {values!r}")
    rows = [(name, float(target)) for name, values in by_name.items() for target in values]
    return _distinct(pd.DataFrame(rows, columns=["objective", "target"]).assign(level="given"))


def hits(runs: pd.DataFrame, evaluations: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """One row per run and target: `ok`, `spent`, and the cost `hit`, inf if never.

    `wanted` has the columns objective and target, and seed if a seed has its own. A run that failed
    has reached nothing and has `spent` what it paid for.
    """
    on = [column for column in ("objective", "seed") if column in wanted]
    table = as_worst(runs)[[*RUN, "dim", "ok", "used"]].merge(wanted, on=on)
    table = table.assign(spent=table["used"], hit=np.inf)
    cost, best = evaluations["cost"].to_numpy(float), evaluations["best"].to_numpy(float)
    target, hit = table["target"].to_numpy(float), table["hit"].to_numpy(copy=True)
    paid, ok = dict(rows_of_runs(evaluations)), table["ok"].to_numpy()
    for run, places in table.groupby(RUN, sort=False).indices.items():
        if ok[places[0]] and run in paid:
            hit[places] = first_hits(cost[paid[run]], best[paid[run]], target[places])
    columns = [*RUN, *wanted.columns.difference(RUN, sort=False), "dim", "ok", "spent"]
    return table[columns].assign(hit=hit)


def ecdf(
    runs: pd.DataFrame, evaluations: pd.DataFrame, scores: Targets | None, by: Sequence[str] = CELL
) -> pd.DataFrame:
    """The runtime distribution of the user's targets, or of the ladder."""
    wanted = ladder(runs) if scores is None else given_targets(runs, scores)
    return runtime_distribution(hits(runs, evaluations, wanted), by)


def runtime_distribution(hits: pd.DataFrame, by: Sequence[str] = CELL) -> pd.DataFrame:
    """The share of runs and targets reached at each cost where it rises (ECDF of runtimes).

    `hits` as above; `by` names what has a curve of its own: `["strategy"]` pools the objectives.
    Runs that failed or missed count as never, without COCO's simulated restarts.
    """
    parts = []
    for key, cell in hits.groupby(list(by), sort=False):
        reached = cell["hit"].to_numpy()
        costs, n = np.unique(reached[np.isfinite(reached)], return_counts=True)
        share = np.append(0.0, np.cumsum(n) / len(reached))
        named = dict(zip(by, key, strict=True)) | {"n_ok": n_ok(cell.drop_duplicates(RUN)["ok"])}
        parts.append(pd.DataFrame({**named, "cost": np.append(0.0, costs), "share": share}))
    nothing = pd.DataFrame(columns=[*by, "n_ok", "cost", "share"])
    return pd.concat(parts, ignore_index=True) if parts else nothing


def ends_of_the_way(runs: pd.DataFrame) -> pd.DataFrame:
    """`best_known`, and the mean `start` over seeds: the worst score where no start was valid."""
    per_seed = runs.groupby(["objective", "seed"])["start"].min()
    by = shrinking(per_seed)
    start = restored((by * per_seed).groupby("objective").mean(), by)
    start = start.fillna(runs.groupby("objective")["best"].min())
    ends = best_known(runs)
    return ends.assign(start=ends["objective"].map(start))


def _distinct(targets: pd.DataFrame) -> pd.DataFrame:
    table = targets[["objective", "target", "level"]].dropna()
    return table.drop_duplicates(["objective", "target"], ignore_index=True)
