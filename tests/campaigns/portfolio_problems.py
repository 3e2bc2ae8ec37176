"""Problems by composition: a landscape behind a decoder, with its score transformed.

Twenty families, of which the first half are those that `auto` was chosen by, and the second those
that it is reported on. A problem of a family has its own dimensions, rotation, optimum and
transformation of the score, all drawn for its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import blackbox as bb
from blackbox import registry
from tests.campaigns import mixed

Array = Any  # of floats `[n]` or `[n, d]`
Function = Callable[[Array], Array]
VARIANTS = 6  # problems of a family


@dataclass(frozen=True, eq=False)
class Problem:
    """An objective, and what it is worth without noise: `truth(z)` `[n]`, higher is better."""

    name: str
    objective: bb.Objective
    truth: Function | None = None


def sphere(y: Array) -> Array:
    return (y**2).sum(1)


def ellipsoid(y: Array) -> Array:
    return (10 ** np.linspace(0, 5, y.shape[1]) * y**2).sum(1)


def rosenbrock(y: Array) -> Array:
    w = y + 1
    return (100 * (w[:, 1:] - w[:, :-1] ** 2) ** 2 + (1 - w[:, :-1]) ** 2).sum(1)


def rastrigin(y: Array) -> Array:
    return (y**2 + 10 * (1 - np.cos(2 * np.pi * y))).sum(1)


def ackley(y: Array) -> Array:
    radius, ripple = np.sqrt((y**2).mean(1)), np.cos(2 * np.pi * y).mean(1)
    return 20 - 20 * np.exp(-0.2 * radius) + np.e - np.exp(ripple)


def griewank(y: Array) -> Array:
    roots = np.sqrt(np.arange(1, y.shape[1] + 1))
    return ((20 * y) ** 2).sum(1) / 4000 - np.cos(20 * y / roots).prod(1) + 1


def levy(y: Array) -> Array:
    w = 1 + y / 4
    inner = (w[:, :-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:, :-1] + 1) ** 2)
    last = (w[:, -1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[:, -1]) ** 2)
    return np.sin(np.pi * w[:, 0]) ** 2 + inner.sum(1) + last


def absolute(y: Array) -> Array:
    """Sharp ridges: no slope at the optimum."""
    return np.abs(y).sum(1) + 3 * np.abs(y.sum(1))


def steps(y: Array) -> Array:
    """A bowl of steps that are flat, and larger further out."""
    return np.floor(2 * np.abs(y)).sum(1)


def plateau(y: Array) -> Array:
    """Flat but for a broad hill, on which one of ten draws lies."""
    wide = 6.5 * max(0.3, 1 - 1.2 * np.sqrt(2 / y.shape[1]))
    return -np.maximum(0.0, 1 - (y**2).mean(1) / wide)


def packing(y: Array) -> Array:
    """Shares of a knapsack: a value to gain, and a steep penalty where they are too heavy."""
    share = 1 / (1 + np.exp(-y))
    numbers = np.arange(y.shape[1])
    value, weight = 1 + numbers * 7 % 5, 1 + numbers * 3 % 4
    heavy = np.maximum(0.0, share @ weight - 0.35 * weight.sum())
    return -(share @ value) / value.sum() * 10 + 10 * heavy**2


def holes(y: Array) -> Array:
    """A bowl with balls in which nothing has a score."""
    score = sphere(y)
    return np.where(np.sin(3 * y[:, 0]) + np.sin(2 * y[:, -1] + 1) > 1.1, np.nan, score)


def half(y: Array) -> Array:
    """A valley beside a half of the space in which nothing has a score."""
    return np.where(y.sum(1) > 0.4, np.nan, absolute(y) + sphere(y))


SHIFTS = (1e-9, 1e-3, 1.0, 1.0, 1e3, 1e9)


def transformed(function: Function, kind: str, scale: float, usual: float) -> Function:
    """The score after a monotone map of a loss whose usual size is known."""

    def score(y: Array) -> Array:
        loss = function(y)
        if kind == "log":
            loss = np.arcsinh(1e6 * loss / usual)
        elif kind == "exp":
            loss = np.expm1(np.minimum(6 * loss / usual, 300.0))
        elif kind == "steps":
            loss = np.floor(50 * loss / usual)
        return -scale * loss + (7.0 * scale if kind == "offset" else 0.0)

    return score


KINDS = ("plain", "offset", "log", "steps", "exp", "plain")


def frame(
    rng: np.random.Generator, d: int, prior: str, turned: bool
) -> tuple[bb.Space, Array, Array, float]:
    """A box or a normal prior; where the optimum lies, the axes, and the size of a unit in it."""
    spread = 5.0 if prior == "box" else 1.0
    shift = rng.uniform(-0.7, 0.7, d) * 5 if prior == "box" else rng.standard_normal(d)
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0] if turned else np.eye(d)
    space = bb.Space.box(-spread, spread, d) if prior == "box" else bb.Space.normal(d)
    return space, shift, turn, 2 - spread / 5


def landscape(
    name: str, number: int, functions: list[Function], prior: str, dims: tuple[int, ...]
) -> Problem:
    """A rotated and shifted landscape on a box or under a normal prior."""
    rng = np.random.default_rng([number, *name.encode()])
    d, function = dims[number % len(dims)], functions[number % len(functions)]
    space, shift, turn, unit = frame(rng, d, prior, number % 2 == 1)

    def placed(z: Array) -> Array:
        # Row by row: a product of matrices depends in its last bits on how many rows it has.
        return np.stack([turn @ (row - shift) for row in z]) * unit

    usual = float(np.nanmedian(np.abs(function(placed(space.sample(rng, 99)))))) or 1.0
    score = transformed(function, KINDS[number % 6], SHIFTS[(number + len(name)) % 6], usual)
    return made(f"{name}.{number}", lambda z: score(placed(z)), space)


def made(name: str, score: Function, space: Any, noise: float = 0.0) -> Problem:
    """A problem of a numpy function of points `[n, d]`, noisy or not."""
    if not noise:
        given = bb.Objective(
            lambda x: score(np.asarray(x, float)),
            space=space,
            name=name,
            noise=False,
            differentiable=False,
            batched=True,
            batch_size=4096,
        )
        return Problem(name, given)
    chance = np.random.default_rng(0)

    def noisy(x: Array) -> Array:
        value = score(np.asarray(x, float))
        return np.asarray(value + noise * chance.standard_normal(len(value)))

    given = bb.Objective(
        noisy, space=space, name=name, noise=True, differentiable=False, batched=True
    )
    return Problem(name, given, score)


def network(name: str, number: int, goal: str, d: int | None = None) -> Problem:
    """A random network as a decoder, and a likeness or a distance to an object as the score."""
    rng = np.random.default_rng([number, *name.encode()])
    d = d or (4, 8, 12, 16, 24, 40)[number]
    first, second = rng.standard_normal((d, 48)) * 1.5 / np.sqrt(d), rng.standard_normal((48, 60))
    bias, hidden = 0.3 * rng.standard_normal(48), rng.standard_normal((1, d))

    def decoded(z: Array) -> Array:
        return np.tanh(np.tanh(z @ first + bias) @ second * 1.5 / np.sqrt(48))

    wanted = decoded(hidden) if goal == "distance" else rng.standard_normal((1, 60))
    scale = SHIFTS[number]

    def score(z: Array) -> Array:
        x = decoded(z)
        if goal == "distance":
            loss = ((x - wanted) ** 2).mean(1)
            return -scale * (np.log(loss + 1e-9) if number % 2 else loss)
        likeness = (x @ wanted[0]) / np.linalg.norm(x, axis=1) / np.linalg.norm(wanted)
        if goal == "class":  # saturated: nearly all draws have nearly the same probability
            likeness = 1 / (1 + np.exp(-25 * (likeness - 0.45)))
        return scale * likeness

    return made(f"{name}.{number}", score, bb.Space.normal(d))


def noisy(name: str, number: int) -> Problem:
    """A smooth landscape under noise of 3 or 10 % of its spread."""
    plain = landscape(name, number, [sphere, levy, ackley], "normal", (3, 6, 10))
    z = plain.objective.space.sample(np.random.default_rng(0), 200)
    score = np.asarray(plain.objective.evaluate(bb.Ask(z)).score)

    def exact(y: Array) -> Array:
        return np.asarray(plain.objective.evaluate(bb.Ask(y)).score)

    noise = float(score.std()) * (0.03, 0.1)[number % 2]
    return made(f"{name}.{number}", exact, plain.objective.space, noise)


def whole(name: str, number: int) -> Problem:
    """Whole numbers and choices that depend on each other."""
    rng = np.random.default_rng([number, *name.encode()])
    n = (3, 5, 8, 10, 4, 6)[number]
    ends = {f"n{i}": int(rng.integers(3, 30)) for i in range(n)}
    parameters: dict[str, Any] = {key: bb.Integer(0, end) for key, end in ends.items()}
    parameters |= {f"c{i}": bb.Choice("a", "b", "c", "d") for i in range(number % 3)}
    best = {key: end * rng.random() for key, end in ends.items()}
    table = rng.random((3, 4)) * 4
    coupled = number % 2

    def score(row: Any) -> float:
        away = np.array([(getattr(row, key) - best[key]) / (1 + best[key]) for key in best])
        loss = (away**2).sum() + coupled * 0.8 * (away[1:] * away[:-1]).sum()
        loss += 0.3 * (1 - np.cos(4 * away)).sum() * (number > 3)
        for i in range(number % 3):
            loss += table[i]["abcd".index(getattr(row, f"c{i}"))]
        return float(-loss * SHIFTS[number])

    given = bb.Objective(
        score, space=bb.Parameters(parameters), name=f"{name}.{number}", noise=False,
        differentiable=False,
    )  # fmt: skip
    return Problem(f"{name}.{number}", given)


def by_name(name: str, number: int, texts: list[str]) -> Problem:
    """An objective of the tree."""
    return Problem(f"{name}.{number}", registry.objective(texts[number % len(texts)]))


def bbob(name: str, number: int, functions: tuple[int, ...]) -> Problem:
    """A function of BBOB in 2 to 20 dimensions."""
    d = (2, 5, 10, 20, 5, 10)[number]
    return by_name(name, 0, [f"bbob.f{functions[number]}(d={d}, instance={number + 1})"])


DIMS = (2, 5, 10, 20, 6, 40)
# The families by which `auto` was chosen.
TUNED: dict[str, Callable[[str, int], Problem]] = {
    "bowls": lambda f, i: landscape(f, i, [sphere, ellipsoid], "normal", DIMS),
    "valleys": lambda f, i: landscape(f, i, [rosenbrock, levy], "box", DIMS),
    "grids": lambda f, i: landscape(f, i, [rastrigin], "box", (2, 4, 10, 6, 20, 5)),
    "steps": lambda f, i: landscape(f, i, [steps], "normal", DIMS),
    "distance": lambda f, i: network(f, i, "distance"),
    "packing": lambda f, i: landscape(f, i, [packing], "normal", (4, 6, 10, 16, 24, 8)),
    "noisy": noisy,
    "bbob odd": lambda f, i: bbob(f, i, (7, 21, 15, 1, 23, 11)),
    "whole": whole,
    "half": lambda f, i: landscape(f, i, [half], "normal", (2, 4, 10, 6, 20, 8)),
}
CLASSICS = ("spring", "welded_beam", "cantilever", "speed_reducer", "gear_train", "pressure_vessel")
# The families that it is reported on.
HELD_OUT: dict[str, Callable[[str, int], Problem]] = {
    "funnels": lambda f, i: landscape(f, i, [ackley, griewank], "box", (4, 2, 10, 20, 8, 6)),
    "ridges": lambda f, i: landscape(f, i, [absolute], "box", DIMS),
    "plateaus": lambda f, i: landscape(f, i, [plateau], "normal", (3, 5, 8, 12, 4, 6)),
    "likeness": lambda f, i: network(f, i, "likeness"),
    "class": lambda f, i: network(f, i, "class"),
    "holes": lambda f, i: landscape(f, i, [holes], "normal", (2, 4, 8, 12, 20, 6)),
    "bbob even": lambda f, i: bbob(f, i, (6, 20, 22, 10, 16, 8)),
    "mixtures": lambda f, i: by_name(
        f, i, [f"ma_bbob.mixed(d={d}, instance={k})" for k, d in enumerate((2, 4, 8, 12, 20, 5), 1)]
    ),
    "classics": lambda f, i: by_name(f, i, [f"classics.{name}" for name in CLASSICS]),
    "mixed": lambda f, i: Problem(f"{f}.{i}", mixed.objectives()[i]),
}
FAMILIES = TUNED | HELD_OUT


def problem(name: str) -> Problem:
    """The problem of this name, `family.number`."""
    family, _, number = name.rpartition(".")
    return FAMILIES[family](family, int(number))
