"""Who leads at which budget, from which price of a gradient on no more, and what theory allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from blackbox.results.costs.break_even import break_even
from blackbox.results.costs.prices import price_table, steps
from blackbox.results.statistics.intervals import Floats, mean_interval
from blackbox.trace import Trace
from reports.gradient_or_not.landscapes import (
    ADAM,
    BUDGETS,
    DIFFERENCES,
    ONE_PLUS_ONE,
    PLANNERS,
    READERS,
    Landscape,
    read_at,
)

LEAST = 1e-8  # regrets below it count as it
SOLVED = 7.5  # decades from which on a landscape is solved, and a difference means nothing
ES_LIMIT = 11.4  # evaluations per dimension and decade of distance, at least: latent.md section 6
SETTLED = 10  # evaluations per dimension until a step size has adapted
FLIPPED_AT = (200, 2000, 20_000)


def decades(score: Floats) -> Floats:
    """Minus log10 of the regret, where the best score is 0: the higher, the better."""
    return -np.log10(np.maximum(-score, LEAST))


def reads(strategy: str) -> bool:
    """Whether the strategy was shown gradients, and looked."""
    return strategy in (*READERS, "auto")


def best_at(traces: Sequence[Trace], budget: float, price: float = 1.0) -> pd.DataFrame:
    """One row per run: what it had found when the budget was spent, in decades.

    A strategy that plans was run at this budget, or says nothing. A run that was shorter is read as
    it stood at its end: `stood`.
    """
    rows = []
    for trace in _of_budget(traces, budget):
        n = int(np.searchsorted(trace.cost(price), budget * (1 + 1e-12), side="right"))
        if n:
            reached = float(decades(trace.score[n - 1 : n])[0])
            stood = trace.budget < budget
            rows.append((trace.objective, budget, trace.strategy, trace.seed, reached, stood))
    columns = ["objective", "budget", "strategy", "seed", "decades", "stood"]
    return pd.DataFrame(rows, columns=columns)


def _of_budget(traces: Sequence[Trace], budget: float) -> list[Trace]:
    """The runs that tell of a budget."""
    return [t for t in traces if t.budget == budget or t.strategy.split()[0] not in PLANNERS]


def curves(traces: Sequence[Trace], most: float) -> pd.DataFrame:
    """Mean decades over seeds at each budget, with 95 % bootstrap intervals."""
    read = pd.concat([best_at(traces, b) for b in BUDGETS if b <= most], ignore_index=True)
    rows = []
    for cell, group in read.groupby(["objective", "budget", "strategy", "stood"], sort=False):
        values = group.sort_values("seed")["decades"].to_numpy()
        rows.append((*cell, len(values), values.mean(), *mean_interval(values)))
    columns = ["objective", "budget", "strategy", "stood", "n", "mean", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def leaders(traces: Sequence[Trace], most: float) -> pd.DataFrame:
    """At each budget the best that reads gradients, the best that does not, and their distance."""
    rows = []
    for budget in (b for b in BUDGETS if b <= most):
        read = best_at(traces, budget)
        wide = read.pivot_table(index="seed", columns="strategy", values="decades")
        means = wide.mean().sort_values(ascending=False, kind="stable")
        shown = next(name for name in means.index if reads(name))
        hidden = next(name for name in means.index if not reads(name))
        gap = (wide[shown] - wide[hidden]).to_numpy()
        ends = mean_interval(gap)
        cell = (read["objective"].iloc[0], budget, shown, means[shown], hidden, means[hidden])
        rows.append((*cell, gap.mean(), *ends))
    columns = ["objective", "budget", "shown", "its decades", "hidden", "decades of hidden"]
    return pd.DataFrame(rows, columns=[*columns, "gap", "low", "high"])


def flips(traces: Sequence[Trace], landscape: Landscape, most: float) -> pd.DataFrame:
    """The price of a gradient at which each reader falls behind the best that needs none."""
    parts = []
    for budget in (b for b in FLIPPED_AT if b <= most):
        table = steps([read_at(t, budget) for t in _of_budget(traces, budget)])
        table["best"] = decades(table["best"].to_numpy(float))
        means = best_at(traces, budget).groupby("strategy")["decades"].mean()
        hidden = str(means[[name for name in means.index if not reads(name)]].idxmax())
        pairs = [(reader, hidden) for reader in READERS]
        pairs += [(ADAM, DIFFERENCES)] if hidden != DIFFERENCES else []
        for pair in pairs:
            row = break_even(table[table["strategy"].isin(pair)])
            solved = min(means[name] for name in pair) >= SOLVED
            parts.append(row.assign(budget=budget, d=landscape.dim, hidden=pair[1], solved=solved))
    return pd.concat(parts, ignore_index=True)


def ranks_by_price(traces: Sequence[Trace], budget: float) -> pd.DataFrame:
    """Mean decades and ranks at one budget and several prices of a gradient."""
    table = steps([read_at(t, budget) for t in _of_budget(traces, budget)])
    reached = decades(table["best"].to_numpy(float))
    return price_table(table.assign(best=reached, optimum=np.nan), (1, 2, 5, 20, "d"))


def cost_to(trace: Trace, goal: float, price: float = 1.0) -> float:
    """Units until a run has found so many decades; inf if it never has."""
    reached = np.flatnonzero(decades(trace.score) >= goal)
    return float(trace.cost(price)[reached[0]]) if len(reached) else np.inf


def lead(traces: Sequence[Trace], landscape: Landscape) -> pd.DataFrame:
    """How many times sooner the readers had what each black box had found at the end.

    Medians over seeds of the cost to the black box's median.
    """
    rows = []
    plain = [t for t in traces if t.strategy.split()[0] not in PLANNERS]
    for hidden in dict.fromkeys(t.strategy for t in plain if not reads(t.strategy)):
        of_twin = [t for t in plain if t.strategy == hidden]
        goal = _middle([decades(t.score[-1:])[0] for t in of_twin])
        cost = _middle([cost_to(t, goal) for t in of_twin])
        row = {"objective": landscape.label, "d": landscape.dim, "black box": hidden}
        row |= {"decades": goal, "units": cost, "limit": (landscape.dim + 1) / 2}
        for reader in READERS:
            costs = [cost_to(t, goal) for t in plain if t.strategy == reader]
            row[reader] = cost / _middle(costs)
        rows.append(row)
    return pd.DataFrame(rows)


def limits(traces: Sequence[Trace], landscape: Landscape) -> dict[str, object]:
    """On a bowl: the lead of the exact gradient over differences, and (1+1)-ES's pace."""
    by = {(t.strategy, t.seed): t for t in traces}
    seeds = sorted({t.seed for t in traces})
    # What Adam has after half of the steps that differences can pay for is reached by both.
    units = landscape.most / (landscape.dim + 1)
    ratios, paces = [], []
    for seed in seeds:
        exact, forward = by[ADAM, seed], by[DIFFERENCES, seed]
        goal = float(decades(exact.score[[_row(exact, units)]])[0])
        ratios.append(cost_to(forward, goal) / cost_to(exact, goal))
        paces.append(pace(by[ONE_PLUS_ONE, seed], landscape.dim))
    row: dict[str, object] = {"d": landscape.dim, "theory": (landscape.dim + 1) / 2}
    for name, values in (("lead", ratios), ("pace", paces)):
        low, high = mean_interval(np.array(values))
        row |= {name: np.mean(values), f"{name} low": low, f"{name} high": high}
    return row


def pace(trace: Trace, dim: int) -> float:
    """Evaluations per dimension and decade of distance, after the step size has settled."""
    first = int(np.searchsorted(trace.n_scores, SETTLED * dim))
    gained = 0.5 * np.log10(trace.score[first] / trace.score[-1])
    return float((trace.n_scores[-1] - trace.n_scores[first]) / dim / gained)


def _row(trace: Trace, units: float) -> int:
    """The last row that so many units pay for."""
    return int(np.searchsorted(trace.cost(), units, side="right")) - 1


def _middle(values: Sequence[float]) -> float:
    """The lower median, which some run has."""
    return float(np.quantile(values, 0.5, method="lower"))
