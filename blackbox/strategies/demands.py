"""What searches take where latents are long: numbers held in memory, and multiplications of a run.

The one place that knows. Only what grows faster than the points themselves stands here, or takes
long; a search that is not in the table holds a few points and steps in no time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from blackbox.protocol import Strategy

Grows = Callable[[float, float], float]  # of d, the numbers of a latent, and n, the evaluations


@dataclass(frozen=True)
class Demand:
    """Numbers that it holds at most, multiplications of a whole run, and what they are of."""

    numbers: Grows
    work: Grows
    what: str


# The matrix, its root and its eigenvectors, each with a copy; an eigendecomposition at least.
_COVARIANCE = Demand(
    lambda d, n: 6 * d * d, lambda d, n: 10 * d**3 + 4 * n * d * d, "a d x d covariance matrix"
)
# A step looks at log EI some 400 times, and fits in some 13 looks at the likelihood, with gradients
# in all d lengthscales; measured at d = 1,000 and 4,000.
_MODEL = Demand(
    lambda d, n: d * (4 * n + 2_048),
    lambda d, n: 750 * n * n * d + 9 * n**3 * d,
    "a model with d lengthscales, fitted at each step",
)
# The same through autograd and more restarts.
_PEERS_MODEL = Demand(
    lambda d, n: 4 * _MODEL.numbers(d, n), lambda d, n: 4 * _MODEL.work(d, n), _MODEL.what
)
_MODEL_OF_GRADIENTS = Demand(
    lambda d, n: 4 * (n * d / 2) ** 2,
    lambda d, n: 13 * (n * d / 2) ** 3 / 3,
    "a covariance matrix of all n scores and their n d slopes",
)
_SIMPLEX = Demand(lambda d, n: 2 * d * d, lambda d, n: 2 * n * d * d, "a simplex of d + 1 points")
DEMANDS: Mapping[str, Demand] = {
    "CmaEs": _COVARIANCE,
    "BasinCma": _COVARIANCE,
    "Cmaes": _COVARIANCE,
    "BayesOpt": _MODEL,
    "Turbo": _MODEL,
    "Parego": _MODEL,
    "BotorchLoop": _PEERS_MODEL,
    "Ax": _PEERS_MODEL,
    "NelderMead": _SIMPLEX,
}
# Of packages, by what is chosen of them.
CHOSEN: Mapping[tuple[str, str], Demand] = {
    ("Nevergrad", "CMA"): _COVARIANCE,
    ("Optuna", "CmaEsSampler"): _COVARIANCE,
    ("Optuna", "GPSampler"): _PEERS_MODEL,
    ("Scipy", "nelder_mead"): _SIMPLEX,
    ("Scipy", "powell"): Demand(
        lambda d, n: 2 * d * d, lambda d, n: n * d, "d directions of d numbers"
    ),
    ("Scipy", "cobyqa"): _COVARIANCE,
}


def demands_of(strategy: Strategy) -> list[Demand]:
    """Those of a strategy, and of the strategies that it is made of."""
    owner = type(strategy).__name__
    chosen = [value for one in _fields(strategy) if isinstance(value := one, str)]
    listed = [CHOSEN[owner, name] for name in chosen if (owner, name) in CHOSEN]
    if getattr(strategy, "gradients", False) is True and owner in DEMANDS:
        listed.append(_MODEL_OF_GRADIENTS)
    elif owner in DEMANDS:
        listed.append(DEMANDS[owner])
    inside = [part for value in _fields(strategy) for part in _strategies(value)]
    return listed + [demand for part in inside for demand in demands_of(part)]


def _fields(strategy: Strategy) -> list[Any]:
    if not hasattr(type(strategy), "__dataclass_fields__"):
        return []
    return [getattr(strategy, one.name) for one in fields(strategy)]  # type: ignore[arg-type]


def _strategies(value: Any) -> list[Strategy]:
    parts = value if isinstance(value, tuple | list) else [value]
    return [part for part in parts if isinstance(part, Strategy) and not isinstance(part, type)]
