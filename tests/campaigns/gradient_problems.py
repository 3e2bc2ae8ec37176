"""Problems with a gradient: a landscape or a network in torch, with its score transformed.

Seventeen families by which `lbfgs` and `auto` were chosen, and six that were made after that, on
which they are reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch

import blackbox as bb
from tests.campaigns.gradient_landscapes import (
    absolute,
    ackley,
    alpine,
    bent,
    ellipsoid,
    griewank,
    plateau,
    powers,
    rastrigin,
    rosenbrock,
    schwefel,
    shells,
    sphere,
    styblinski,
    trigonometric,
)
from tests.campaigns.portfolio_problems import DIMS, KINDS, SHIFTS, Problem, frame

Tensor = torch.Tensor
Function = Callable[[Tensor], Tensor]


def landscape(
    name: str, number: int, functions: list[Function], prior: str, dims: tuple[int, ...]
) -> Problem:
    """A rotated and shifted landscape on a box or under a normal prior."""
    rng = np.random.default_rng([number, *name.encode()])
    d, function = dims[number % len(dims)], functions[number % len(functions)]
    space, shift, turn, unit = frame(rng, d, prior, number % 2 == 1)
    away, axes = torch.from_numpy(shift), torch.from_numpy(turn)

    def loss(z: Tensor) -> Tensor:
        # Row by row: a product of matrices depends in its last bits on how many rows it has.
        return function(((z - away)[:, None, :] * axes).sum(2) * unit)

    usual = float(loss(torch.from_numpy(space.sample(rng, 99))).abs().median()) or 1.0
    kind, scale = KINDS[number % 6], SHIFTS[(number + len(name)) % 6]

    def score(z: Tensor) -> Tensor:
        found = loss(z)  # steps would leave no slope: such a problem is a plain one here
        if kind == "log":
            found = torch.asinh(1e6 * found / usual)
        elif kind == "exp":
            found = torch.expm1(torch.clamp(6 * found / usual, max=300.0))
        return -scale * found + (7.0 * scale if kind == "offset" else 0.0)

    return made(f"{name}.{number}", score, space)


def hills(name: str, number: int) -> Problem:
    """Twenty hills of other heights and widths: the highest is narrow."""
    rng = np.random.default_rng([number, *name.encode()])
    d = (2, 4, 8, 12, 20, 6)[number]
    tops = torch.from_numpy(rng.standard_normal((20, d)))
    heights = torch.from_numpy(np.linspace(0.5, 1.0, 20))
    widths = torch.from_numpy(np.linspace(1.2, 0.6, 20) * math.sqrt(d))

    def score(z: Tensor) -> Tensor:
        away = ((z[:, None, :] - tops) ** 2).sum(2) / widths**2
        return SHIFTS[number] * (heights * torch.exp(-away)).max(1).values

    return made(f"{name}.{number}", score, bb.Space.normal(d))


def network(name: str, number: int, goal: str) -> Problem:
    """A random network as a decoder, and a likeness or a distance to an object as the score."""
    rng = np.random.default_rng([number, *name.encode()])
    d = (4, 8, 12, 16, 24, 40)[number]
    first = torch.from_numpy(rng.standard_normal((d, 48)) * 1.5 / math.sqrt(d))
    second = torch.from_numpy(rng.standard_normal((48, 60)) * 1.5 / math.sqrt(48))
    bias = torch.from_numpy(0.3 * rng.standard_normal(48))

    def decoded(z: Tensor) -> Tensor:
        return torch.tanh(torch.tanh(z @ first + bias) @ second)

    hidden = torch.from_numpy(rng.standard_normal((1, d)))
    wanted = (
        decoded(hidden) if goal == "distance" else torch.from_numpy(rng.standard_normal((1, 60)))
    )
    scale = SHIFTS[number]

    def score(z: Tensor) -> Tensor:
        x = decoded(z)
        if goal == "distance":
            loss = ((x - wanted) ** 2).mean(1)
            return -scale * (torch.log(loss + 1e-9) if number % 2 else loss)
        lengths = (x**2).sum(1).sqrt() * (wanted**2).sum().sqrt()
        likeness = (x @ wanted[0]) / lengths
        if goal == "class":  # saturated: nearly all draws have nearly the same probability
            likeness = torch.sigmoid(25 * (likeness - 0.45))
        return scale * likeness

    return made(f"{name}.{number}", score, bb.Space.normal(d))


def decay(name: str, number: int) -> Problem:
    """Amplitudes and rates of a sum of decays, by the squared distance to one that was measured."""
    rng = np.random.default_rng([number, *name.encode()])
    n = (1, 2, 3, 4, 2, 5)[number]
    times = torch.linspace(0, 4, 30, dtype=torch.float64)

    def curve(z: Tensor) -> Tensor:
        amplitude, rate = torch.exp(z[:, :n, None]), torch.exp(z[:, n:, None])
        return (amplitude * torch.exp(-rate * times)).sum(1)

    measured = curve(torch.from_numpy(rng.standard_normal((1, 2 * n))))

    def score(z: Tensor) -> Tensor:
        loss = ((curve(z) - measured) ** 2).mean(1)
        return -SHIFTS[number] * (torch.log(loss + 1e-12) if number % 2 else loss)

    return made(f"{name}.{number}", score, bb.Space.normal(2 * n))


def rectified(name: str, number: int, goal: str) -> Problem:
    """A network of rectified units: a class's margin, or the absolute distance to an object."""
    rng = np.random.default_rng([number, *name.encode()])
    d = (6, 10, 14, 20, 30, 50)[number]
    sizes = (d, 64, 64, 10 if goal == "margin" else 40)
    layers = [
        torch.from_numpy(rng.standard_normal((a, b)) * math.sqrt(2 / a)) for a, b in pairwise(sizes)
    ]

    def decoded(z: Tensor) -> Tensor:
        for layer in layers[:-1]:
            z = torch.relu(z @ layer)
        return z @ layers[-1]

    wanted = decoded(torch.from_numpy(rng.standard_normal((1, d))))

    def score(z: Tensor) -> Tensor:
        x = decoded(z)
        if goal == "margin":
            found = x[:, 0] - x[:, 1:].max(1).values - 0.2 * (z**2).sum(1)
        else:
            found = -(x - wanted).abs().mean(1)
        return SHIFTS[number] * found

    return made(f"{name}.{number}", score, bb.Space.normal(d))


def field(name: str, number: int) -> Problem:
    """A smooth random field: many waves of random directions and phases."""
    rng = np.random.default_rng([number, *name.encode()])
    d = (2, 4, 8, 12, 20, 32)[number]
    ways = torch.from_numpy(rng.standard_normal((d, 200)) * 1.2 / math.sqrt(d))
    phases = torch.from_numpy(rng.uniform(0, 2 * math.pi, 200))
    weights = torch.from_numpy(rng.standard_normal(200))

    def score(z: Tensor) -> Tensor:
        return SHIFTS[number] * (torch.cos(z @ ways + phases) @ weights)

    return made(f"{name}.{number}", score, bb.Space.normal(d))


def committee(name: str, number: int, goal: str) -> Problem:
    """Five deep networks: what they say less how far they differ, or the chance of a class."""
    rng = np.random.default_rng([number, *name.encode()])
    d = (4, 10, 16, 24, 32, 64)[number]
    sizes = (d, 40, 40, 6)
    networks = [
        [
            torch.from_numpy(rng.standard_normal((a, b)) * 1.6 / math.sqrt(a))
            for a, b in pairwise(sizes)
        ]
        for _ in range(5)
    ]

    def output(z: Tensor, layers: list[Tensor]) -> Tensor:
        for layer in layers[:-1]:
            z = torch.tanh(z @ layer)
        return z @ layers[-1]

    def score(z: Tensor) -> Tensor:
        outputs = torch.stack([output(z, layers) for layers in networks])
        if goal == "class":
            chances = torch.softmax(3 * outputs, 2).mean(0)
            return SHIFTS[number] * torch.log(chances[:, 0] + 1e-9)
        return SHIFTS[number] * (outputs[:, :, 0].mean(0) - 0.5 * outputs[:, :, 0].std(0))

    return made(f"{name}.{number}", score, bb.Space.normal(d))


def made(name: str, score: Function, space: bb.Space) -> Problem:
    """A problem of a torch function of points `[n, d]`."""
    given = bb.Objective(
        score, space=space, name=name, noise=False, batched=True, dtype=torch.float64
    )
    return Problem(name, given)


TUNED: dict[str, Callable[[str, int], Problem]] = {
    "bowls": lambda f, i: landscape(f, i, [sphere, ellipsoid], "normal", DIMS),
    "valleys": lambda f, i: landscape(f, i, [rosenbrock], "box", DIMS),
    "grids": lambda f, i: landscape(f, i, [rastrigin], "box", (2, 4, 10, 6, 20, 5)),
    "waves": lambda f, i: landscape(f, i, [alpine], "box", DIMS),
    "distance": lambda f, i: network(f, i, "distance"),
    "funnels": lambda f, i: landscape(f, i, [ackley, griewank], "box", (4, 2, 10, 20, 8, 6)),
    "ridges": lambda f, i: landscape(f, i, [absolute], "box", DIMS),
    "plateaus": lambda f, i: landscape(f, i, [plateau], "normal", (3, 5, 8, 12, 4, 6)),
    "likeness": lambda f, i: network(f, i, "likeness"),
    "class": lambda f, i: network(f, i, "class"),
    "hills": hills,
    "pairs": lambda f, i: landscape(f, i, [styblinski], "box", (3, 5, 10, 20, 6, 40)),
    "shells": lambda f, i: landscape(f, i, [shells], "normal", (2, 4, 10, 6, 20, 5)),
    "bends": lambda f, i: landscape(f, i, [bent], "box", (2, 5, 10, 20, 6, 40)),
    "decays": decay,
    "margins": lambda f, i: rectified(f, i, "margin"),
    "absolute": lambda f, i: rectified(f, i, "distance"),
}
HELD_OUT: dict[str, Callable[[str, int], Problem]] = {
    "wells": lambda f, i: landscape(f, i, [schwefel], "box", (2, 4, 10, 6, 20, 5)),
    "powers": lambda f, i: landscape(f, i, [powers], "normal", DIMS),
    "trigonometric": lambda f, i: landscape(f, i, [trigonometric], "normal", (3, 6, 10, 20, 8, 40)),
    "fields": field,
    "committees": lambda f, i: committee(f, i, "cautious"),
    "chances": lambda f, i: committee(f, i, "class"),
}
FAMILIES = TUNED | HELD_OUT


def problem(name: str) -> Problem:
    """The problem of this name, `family.number`."""
    family, _, number = name.rpartition(".")
    return FAMILIES[family](family, int(number))
