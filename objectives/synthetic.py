"""Landscapes whose optimum is known: the score is minus a test function, 0 at its best.

N. Hansen et al.: Real-parameter black-box optimization benchmarking 2009, noiseless functions
definitions, INRIA RR-6829; D. H. Ackley 1987 for Ackley's; M. Jamil, X.-S. Yang, 2013, arXiv
1308.4008, for those of Levy and of Griewank. As in the first, the optimum is shifted away from the
centre, by `instance`, and the coordinates may be rotated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from blackbox.objectives.call_forms import named
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective, ObjectiveError
from blackbox.space import Space

Prior = Literal["box", "normal"]
BOUND = 5.0  # BBOB's domain is [-5, 5]^d, with the optimum in [-4, 4]^d
BBOB_SHIFT = 4.0


@dataclass(frozen=True, eq=False)
class Landscape:
    """Minus a test function of `y = R (z - shift)`, whose minimum 0 lies at `y = 0`."""

    function: Callable[[torch.Tensor], torch.Tensor]
    shift: torch.Tensor  # [d]
    rotation: torch.Tensor | None  # [d, d]

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        """Scores `[n]` of points `[n, d]`."""
        y = z - self.shift
        if self.rotation is not None:
            y = y @ self.rotation.T
        return -self.function(y)


def landscapes(
    function: Callable[[torch.Tensor], torch.Tensor], least: int = 1
) -> Callable[..., Objective]:
    """All landscapes of a function of `y [n, d]`, with `d >= least`, that says what it is."""

    def made(
        name: str,
        d: int = 10,
        *,
        rotated: bool = False,
        instance: int = 0,
        prior: Prior = "box",
        differentiable: bool = True,
    ) -> Objective:
        if prior not in ("box", "normal"):
            raise ObjectiveError(f"prior must be 'box' or 'normal', not {prior!r}")
        for setting, value, smallest in (("d", d, least), ("instance", instance, 0)):
            if not is_whole(value) or value < smallest:
                raise ObjectiveError(
                    f"{family} needs a whole number {setting} >= {smallest}, not {value!r}"
                )
        return Objective(
            _landscape(function, d, rotated, instance, prior),
            space=Space.box(-BOUND, BOUND, d) if prior == "box" else Space.normal(d),
            name=name,
            differentiable=None if differentiable else False,
            dtype=torch.float64,
            optimum=0.0,
        )

    family = f"synthetic.{function.__name__.strip('_')}"
    made.__name__, made.__doc__ = function.__name__.strip("_"), function.__doc__
    return named(family)(made)


def _landscape(
    function: Callable[[torch.Tensor], torch.Tensor],
    d: int,
    rotated: bool,
    instance: int,
    prior: Prior,
) -> Landscape:
    rng = np.random.default_rng([instance, d])
    shift = rng.uniform(-BBOB_SHIFT, BBOB_SHIFT, d) if prior == "box" else rng.standard_normal(d)
    rotation = None
    if rotated:
        basis, upper = np.linalg.qr(rng.standard_normal((d, d)))
        # Fixing the signs makes the rotation uniform (Haar), whatever LAPACK's convention is.
        rotation = torch.from_numpy(basis * np.sign(np.diag(upper)))
    return Landscape(function, torch.from_numpy(shift), rotation)


def _sphere(y: torch.Tensor) -> torch.Tensor:
    """The squared distance to the optimum: the easiest bowl."""
    return (y**2).sum(-1)


def _ellipsoid(y: torch.Tensor) -> torch.Tensor:
    """A bowl whose axes differ in curvature by up to a million: `sum 10^(6 i/(d-1)) y_i^2`."""
    exponents = torch.linspace(0, 6, y.shape[1], dtype=y.dtype)
    return (10**exponents * y**2).sum(-1)


def _rosenbrock(y: torch.Tensor) -> torch.Tensor:
    """A long bent valley: `sum 100 (w_(i+1) - w_i^2)^2 + (1 - w_i)^2` with `w = y + 1`."""
    w = y + 1
    return (100 * (w[:, 1:] - w[:, :-1] ** 2) ** 2 + (1 - w[:, :-1]) ** 2).sum(-1)


def _rastrigin(y: torch.Tensor) -> torch.Tensor:
    """A bowl with a regular grid of about 10^d local optima: `sum y^2 + 10 - 10 cos(2 pi y)`."""
    return (y**2 + 10 * (1 - torch.cos(2 * math.pi * y))).sum(-1)


def _ackley(y: torch.Tensor) -> torch.Tensor:
    """A nearly flat, rippled plain around one deep funnel (Ackley 1987)."""
    # The square root has no gradient at 0: a tiny constant keeps it finite there.
    radius = torch.sqrt((y**2).mean(-1) + 1e-30)
    ripple = torch.cos(2 * math.pi * y).mean(-1)
    return 20 - 20 * torch.exp(-0.2 * radius) + math.e - torch.exp(ripple)


def _levy(y: torch.Tensor) -> torch.Tensor:
    """A bowl crossed by waves of two kinds: `w = 1 + y / 4`."""
    w = 1 + y / 4
    first = torch.sin(math.pi * w[:, 0]) ** 2
    inner = (w[:, :-1] - 1) ** 2 * (1 + 10 * torch.sin(math.pi * w[:, :-1] + 1) ** 2)
    last = (w[:, -1] - 1) ** 2 * (1 + torch.sin(2 * math.pi * w[:, -1]) ** 2)
    return first + inner.sum(-1) + last


def _griewank(y: torch.Tensor) -> torch.Tensor:
    """A wide bowl under a product of ripples; the domain is scaled to [-100, 100]."""
    w = 20 * y
    roots = torch.arange(1, y.shape[1] + 1, dtype=y.dtype).sqrt()
    return (w**2).sum(-1) / 4000 - torch.cos(w / roots).prod(-1) + 1


sphere = landscapes(_sphere)
ellipsoid = landscapes(_ellipsoid)
rosenbrock = landscapes(_rosenbrock, least=2)
rastrigin = landscapes(_rastrigin)
ackley = landscapes(_ackley)
levy = landscapes(_levy, least=2)
griewank = landscapes(_griewank)
