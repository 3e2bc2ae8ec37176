"""Do the chains sample what they say? Gaussian targets, whose tilted law is known exactly.

    python -m tests.campaigns.chains [--steps 20000] [--write]

Prior N(0, I) times exp(beta S) with S a quadratic: a normal law. In nats: the Kullback-Leibler
divergence of the normal law with the chain's mean and covariance from the exact one, after a tenth
of the steps. An exact sampler would have (d + d (d + 1) / 2) / (2 n) of n independent draws.
"""

from __future__ import annotations

import inspect

import numpy as np

from blackbox.protocol import Answer, Array, Brief, Strategy
from blackbox.space import Space
from blackbox.strategies.gradient.langevin import Langevin
from blackbox.strategies.local.pcn import Pcn
from tests.campaigns.command import options, publish

ALLOWED = 0.05  # nats
STEPS = 20_000
BETAS = (1.0, 4.0)


def targets() -> dict[str, tuple[Array, Array]]:
    """The matrix `[d, d]` and the centre `[d]` of the quadratic `-(z - c)' A (z - c) / 2`."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    stretched = basis @ np.diag([0.1, 0.5, 1.0, 3.0]) @ basis.T
    ridge = np.outer(basis[0], basis[0])
    return {
        "round, 2 axes": (np.eye(2), np.array([1.0, -1.0])),
        "stretched, 4 axes": (stretched, rng.standard_normal(4)),
        "one axis of 4, turned": (3 * ridge, rng.standard_normal(4)),
    }


def chain(strategy: Strategy, matrix: Array, centre: Array, steps: int, seed: int = 0) -> Array:
    """Where the chain stood after each step, `[steps, d]`."""
    rng, space = np.random.default_rng(seed), Space.normal(len(centre))
    search = strategy.search(Brief(space, space.sample(rng, 1), budget=1e9), rng)
    message, stood = next(search), []
    for _ in range(steps):
        away = message.points - centre
        slope = -away @ matrix
        message = search.send(Answer(score=0.5 * (slope * away).sum(axis=1), grad=slope))
        inside = inspect.getgeneratorlocals(search)
        stood.append(inside["here"].y[0] if "here" in inside else inside["y"][0])
    return np.array(stood)


def nats(strategy: Strategy, matrix: Array, centre: Array, beta: float, steps: int) -> float:
    """How far the chain's mean and covariance lie from those of the tilted law."""
    z = chain(strategy, matrix, centre, steps)[steps // 10 :]
    precision = np.eye(len(centre)) + beta * matrix
    mean = np.linalg.solve(precision, beta * matrix @ centre)
    spread = precision @ np.cov(z.T)
    away = z.mean(axis=0) - mean
    trace = np.trace(spread) - len(centre) - np.linalg.slogdet(spread)[1]
    return float(0.5 * (trace + away @ precision @ away))


def strategies(beta: float) -> dict[str, Strategy]:
    """The chains at their defaults but for a fixed beta."""
    return {
        "langevin": Langevin(beta=beta),
        "pcn": Pcn(beta=beta),
        "pcn(drift=True)": Pcn(beta=beta, drift=True),
    }


def main() -> None:
    """Print the table, and write it beside this file if asked."""
    given = options(__doc__, steps=STEPS)
    lines, worst = [], 0.0
    for target, (matrix, centre) in targets().items():
        for beta in BETAS:
            found = [
                nats(strategy, matrix, centre, beta, given.steps)
                for strategy in strategies(beta).values()
            ]
            worst = max(worst, *found)
            lines.append(f"| {target} | {beta:g} | {' | '.join(f'{n:.4f}' for n in found)} |")
    rows = "\n".join(lines)
    verdict = "all" if worst <= ALLOWED else "not all"
    text = f"""# Chains on Gaussian targets

Nats between the law of a chain's states and the exact tilted one, after {given.steps} steps with
the step size adapted; {verdict} lie within {ALLOWED}, the worst is {worst:.4f}.

| target | beta | {" | ".join(f"`{name}`" for name in strategies(1.0))} |
|---|---:|---:|---:|---:|
{rows}
"""
    publish("chains", text, write=given.write, steps=given.steps)


if __name__ == "__main__":
    main()
