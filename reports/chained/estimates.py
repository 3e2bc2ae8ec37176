"""How good the estimates are: at chosen points, by the strategies' own code, against the law."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.protocol import Brief
from blackbox.strategies.estimation.chained_zeroth_order import ChainedZerothOrder
from blackbox.strategies.estimation.hybrid_zeroth_order import HybridZerothOrder
from blackbox.strategies.moves.gradients import Differences
from reports.chained.subjects import Exact, Floats, Subject, exact

# Directions of one estimate for the variance, which is measured best where each of them counts, and
# for the cosine, as a climb takes them.
MANY, FEW = 32, 2
RADIUS = 0.01  # prior sd: small against any bend, large against the last bit of float32


def points(traces: list[bb.Trace], starts: int) -> Iterator[tuple[str, int, Floats]]:
    """Where to look: the start of each run, and the best of the first quarter of its budget."""
    for trace in traces[:starts]:
        yield "start", trace.seed, trace.z[0]
        early = trace.score[: trace.affordable() // 4]
        yield "on the way", trace.seed, trace.z[int(np.argmax(early))]


def measured(
    subject: Subject, traces: list[bb.Trace], starts: int, repeats: int
) -> Iterator[dict[str, Any]]:
    """One row per point: kappa, and what each estimator's variance and cosine are there."""
    objective = subject.make()
    for where, seed, z in points(traces, starts):
        truth = exact(objective, z)
        if not np.isfinite(truth.kappa):
            continue
        row = {"objective": subject.label, "where": where, "seed": seed, "d": len(z)}
        row |= {"stable_rank": truth.stable_rank, "kappa": truth.kappa}
        row |= {"tangent_kappa": truth.tangent_kappa}
        yield row | _estimates(objective, z, truth, repeats, seed)


def _estimates(
    objective: bb.Objective, z: Floats, truth: Exact, repeats: int, seed: int
) -> dict[str, float]:
    """Relative variances times the number of directions, and cosines."""
    row = {}
    for name, make in ESTIMATORS.items():
        many = _drawn(make(MANY), objective, z, repeats, seed)
        few = _drawn(make(FEW), objective, z, 2 * repeats, seed)
        if name != "hybrid":  # whose length means nothing
            square = ((many - truth.gradient) ** 2).sum(1) / (truth.gradient @ truth.gradient)
            row[f"variance_{name}"] = MANY * square.mean()
            row[f"doubt_{name}"] = MANY * square.std() / np.sqrt(len(square))
        row[f"cosine_{name}"] = float(_cosines(few, truth.gradient).mean())
    row["cosine_stretched"] = float(_cosines(truth.stretched[None], truth.gradient)[0])
    return row


ESTIMATORS: dict[str, Callable[[int], Any]] = {
    "direct": lambda q: Differences("gaussian", q, RADIUS),
    "isotropic": lambda q: ChainedZerothOrder("isotropic", q, RADIUS),
    "tangent": lambda q: ChainedZerothOrder("tangent", q, RADIUS),
    "hybrid": lambda q: HybridZerothOrder(q, RADIUS),
}


def _drawn(strategy: Any, objective: bb.Objective, z: Floats, n: int, seed: int) -> Floats:
    """`n` estimates `[n, d]`, in units of the score per unit of z."""
    brief, estimates = Brief(objective.space, z[None], budget=1e9), []
    for nth in range(n):
        rng = np.random.default_rng([seed, nth])
        if isinstance(strategy, Differences):
            talk = strategy.at(z[None], brief, rng)
        else:
            talk = strategy.slope(z[None], np.zeros(1, bool), brief, rng)
        estimates.append(_heard(talk, objective) / objective.space.scale)
    return np.array(estimates)


def _heard(talk: Generator[Any, Any, Any], objective: bb.Objective) -> Floats:
    message = next(talk)
    while True:
        try:
            message = talk.send(objective.evaluate(message))
        except StopIteration as end:
            slope: Floats = end.value[1]
            return slope


def _cosines(estimates: Floats, exact: Floats) -> Floats:
    sizes = np.linalg.norm(estimates, axis=1) * np.linalg.norm(exact)
    return estimates @ exact / np.where(sizes > 0, sizes, 1.0)


def by_objective(rows: pd.DataFrame) -> pd.DataFrame:
    """Geometric means over the points of each objective, at the start and on the way."""
    names = [str(name) for name in rows]
    logged = [name for name in names if name.startswith(("kappa", "tangent", "stable", "variance"))]
    logs = rows.assign(**{name: np.log(rows[name]) for name in logged})
    cosines = [name for name in names if name.startswith("cosine")]
    table = logs.groupby(["objective", "where"], sort=False)[["d", *logged, *cosines]].mean()
    table[logged] = np.exp(table[logged])
    return table.reset_index()
