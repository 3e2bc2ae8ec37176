"""The variance of estimates at points, beside what kappa says of it; and climbs by them."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.pages import mean
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from blackbox.protocol import Ask, Brief, Decode, PullBack
from blackbox.strategies.estimation.chained_zeroth_order import ChainedZerothOrder
from blackbox.strategies.estimation.zeroth_order import RATE
from blackbox.strategies.moves.gradients import Differences
from blackbox.trace import Trace

Floats = NDArray[np.float64]
ASKED = asked(__file__)
CLIMBERS: dict[str, str] = ASKED["climbers"]
POWERS = {"flat": 0.0, "falling": -0.5, "steep": -1.5}  # of the nth singular value
SMALL = ("linear, 60 to 3", "VAE of digits, an 8")
DIRECTIONS = 32  # of an estimate: the variance is measured best where each of them counts
RADIUS = 0.01  # prior sd: small against any bend, large against the last bit of float32
LEAST = 1e-7  # regrets below it are rounding
ESTIMATORS: dict[str, Any] = {"direct": Differences("gaussian", DIRECTIONS, RADIUS).at} | {
    name: partial(ChainedZerothOrder(name, DIRECTIONS, RADIUS).slope, moved=np.zeros(1, bool))
    for name in ("isotropic", "tangent")
}


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: `points`, `climbs`, `rates`, and the `settings` that it names."""
    settings = ASKED["settings"] | (ASKED["few"] if given.small else {})
    rows: dict[str, list[dict[str, Any]]] = {"points": [], "climbs": [], "rates": []}
    for label, name in ASKED["objectives"].items():
        if given.small and label not in SMALL:
            continue
        tried, ended, traces = climbed(name, settings, given)
        parts = {
            "points": looked_at(bb.objective(name), traces[: settings["looked at"]], settings),
            "climbs": gains(ended),
            "rates": (row for _, runs in tried.groupby("rate") for row in gains(runs)),
        }
        for frame, part in parts.items():
            rows[frame] += [{"objective": label} | row for row in part]
    return {**rows, "settings": settings}


def climbed(
    name: str, settings: dict[str, int], given: Given
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Trace, ...]]:
    """Runs that chose a rate for each estimate, and climbs at these rates from other seeds."""
    rates = {climber: {"learning_rate": ASKED["other_rates"]} for climber in CLIMBERS}
    counts: dict[str, Any] = {"trials": settings["rates"], "seeds": settings["tuning seeds"]}
    counts |= {"jobs": given.jobs, "store": given.runs / "tuning"}
    budget, seeds = settings["budget"], settings["seeds"]
    tuning = bb.tune(name, [*CLIMBERS], budget, rates, **counts)
    climbs = given.compare(name, tuning.strategies, budget, seeds, store="climbs")
    made: Any = tuning.made
    kinds = tuning.trials.set_index("tried")["strategy"].map(CLIMBERS).to_frame("estimate")
    kinds["rate"] = [made[label].learning_rate or RATE for label in kinds.index]
    tried, ended = (study.runs.join(kinds, on="strategy") for study in (tuning.study, climbs))
    return tried, ended, climbs.traces


def gains(runs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Decades of regret that each climb wins on the direct one, paired by seed."""
    runs = runs.assign(regret=np.log10(np.maximum(-runs["best"], LEAST)))
    rates = runs.groupby("estimate")["rate"].first()
    wide = runs.pivot_table("regret", "seed", "estimate")
    for estimate in CLIMBERS.values():
        gain = mean((wide["direct"] - wide[estimate]).to_numpy())
        row = {"estimate": estimate, "rate": rates[estimate], "seeds": len(wide)}
        yield row | {"log10 regret": wide[estimate].mean()} | gain.columns("gain")


def looked_at(
    objective: bb.Objective, traces: tuple[Trace, ...], settings: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """A row per point: the start of a climb, and the best of the first quarter of its budget."""
    for trace in traces:
        early = trace.score[: trace.affordable() // 4]
        for z in (trace.z[0], trace.z[int(np.argmax(early))]):
            exact, jacobian, kappas = calculus(objective, z)
            row = {"seed": trace.seed, "d": len(z)} | kappas
            if not np.isfinite(row["kappa"]):
                continue
            for name, estimate in ESTIMATORS.items():
                errors = drawn(estimate, objective, z, settings["repeats"], trace.seed) - exact
                for suffix, by in (("", np.eye(len(z))), (", seen", jacobian.T)):
                    size = ((exact @ by) ** 2).sum()
                    row[name + suffix] = DIRECTIONS * ((errors @ by) ** 2).sum(1).mean() / size
            yield row


def calculus(objective: bb.Objective, z: Floats) -> tuple[Floats, Floats, dict[str, float]]:
    """The gradient at `z [d]`, J, and kappa: |J|_F^2 |g|^2 / |J^T g|^2, g the gradient at x.

    J comes row by row out of the decoder's vector-Jacobian products. The tangent kappa is that of
    the part of g that the decoder can follow.
    """
    x = objective.evaluate(Decode(z[None])).x
    slope = objective.evaluate(Ask(x, 1, at="data")).grad.ravel()
    units = np.eye(x.size).reshape(-1, *x.shape[1:])
    jacobian = objective.evaluate(PullBack(np.repeat(z[None], x.size, axis=0), units)).pulled
    gradient = jacobian.T @ slope
    within = jacobian @ np.linalg.lstsq(jacobian, slope, rcond=None)[0]
    per = (jacobian**2).sum() / float(gradient @ gradient)
    kappas = {"kappa": per * slope @ slope, "tangent kappa": per * within @ within}
    return gradient, jacobian, kappas


def drawn(estimate: Any, objective: bb.Objective, z: Floats, n: int, seed: int) -> Floats:
    """`n` estimates `[n, d]` by the strategies' code, in units of the score per unit of z."""
    brief, estimates = Brief(objective.space, z[None], budget=1e9), []
    for nth in range(n):
        talk = estimate(z[None], brief=brief, rng=np.random.default_rng([seed, nth]))
        message = next(talk)
        try:
            while True:
                message = talk.send(objective.evaluate(message))
        except StopIteration as end:
            estimates.append(end.value[1] / objective.space.scale)
    return np.array(estimates)


def linear(
    latent: int, data: int, spectrum: str = "flat", away: float = 0.0, bent: bool = False
) -> bb.Objective:
    """Minus the squared distance of `J z` (or of `J tanh z`) to a target; 0 is the best score.

    `J [data, latent]` has a mean square of singular values of 1, between random bases; the target
    is a decode, moved straight away from all that the decoder makes.
    """
    rng, rank = np.random.default_rng(0), min(latent, data)
    sizes = np.arange(1.0, rank + 1) ** POWERS[spectrum]
    sizes /= np.sqrt(np.mean(sizes**2))
    left = np.linalg.qr(rng.standard_normal((data, rank + (away > 0))))[0]
    right = np.linalg.qr(rng.standard_normal((latent, rank)))[0]
    jacobian = torch.tensor(left[:, :rank] * sizes @ right.T)

    def decode(z: torch.Tensor) -> torch.Tensor:
        return (torch.tanh(z) if bent else z) @ jacobian.T

    goal = decode(torch.tensor(rng.standard_normal(latent)))
    goal += away * torch.tensor(left[:, -1])
    return bb.Objective(
        lambda x: away**2 - ((x - goal) ** 2).sum(-1),
        decode,
        bb.Space.normal(latent),
        name=f"{'tanh' if bent else 'linear'}-{latent}-{data}-{spectrum}-{away:g}",
        optimum=0.0,
        dtype=torch.float64,
    )
