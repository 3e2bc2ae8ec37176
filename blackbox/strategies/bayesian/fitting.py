"""The parameters of a process: maximum a posteriori, and when they are worth another search.

The loss is BoTorch's, with the dimension-scaled priors of Hvarfner, Hellsten & Nardi, 2024
(arXiv 2402.02229); the way down is not: it runs in log-parameters, and gradients are written out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsymm, dsyr
from scipy.linalg.lapack import dlauum

from blackbox.protocol import Array
from blackbox.strategies.bayesian.hyperpriors import bounds, prior, prior_loss, prior_mode
from blackbox.strategies.bayesian.quasi_newton import Ascent, Curvature
from blackbox.strategies.bayesian.surrogate import GP, Kernel

# In nats of the posterior of the parameters: a search goes on while a step promises more than
# SETTLED, and one that begins where an earlier one ended while it promises more than WORTH. For
# parameters whose odds against the best ones are e^-0.1 are as good as these, one more point moves
# the best ones by as much, and from time to time a search begins anew.
SETTLED, WORTH = 1e-3, 0.1


def map_loss(theta: Array, x: Array, y: Array, kind: Kernel = "rbf") -> tuple[float, Array]:
    """`-(log p(y | theta) + log p(theta)) / n`, as BoTorch, and its gradient in theta `[d + 1]`."""
    value, grad = misfit(GP.at(theta, x, y, kind))
    penalty, penalty_grad = prior_loss(theta)
    return (value + penalty) / len(x), (grad + penalty_grad) / len(x)


def misfit(gp: GP) -> tuple[float, Array]:
    """`-log p(y | theta)` of a process, and its gradient in theta `[d + 1]`.

    The constant mean is the one that is best for theta, so the loss is flat in it.
    """
    n, d = gp.x.shape
    value = 0.5 * float((gp.y - gp.mean) @ gp.alpha) - float(np.log(gp.root.diagonal()).sum())
    value += 0.5 * n * math.log(2 * math.pi)  # RW (5.8)
    # RW (5.9): d/dt = tr(W dK/dt) / 2 with W = K^-1 - alpha alpha^T. Only lower triangles hold.
    weight = dlauum(gp.root, lower=1)[0]
    weight = dsyr(-1.0, gp.alpha, lower=1, a=weight, overwrite_a=1)
    grad = np.empty(d + 1)
    grad[d] = 0.5 * math.exp(gp.theta[-1]) * float(weight.trace())
    # sum_ij M_ij (z_ik - z_jk)^2 = 2 (r . z_k^2 - z_k . M z_k), r = M 1: no n x n x d tensor.
    weight *= gp.slope.T
    z = np.empty((n, d + 1))
    z[:, :d], z[:, d] = gp.scaled, 1.0
    product = dsymm(1.0, weight, z, lower=1)
    grad[:d] = (product[:, d:] * (z * z) - z * product)[:, :d].sum(axis=0)
    return value, grad


def fit(
    x: Array,
    y: Array,
    kind: Kernel = "rbf",
    earlier: GP | None = None,
    axis: NDArray[np.int64] | None = None,
) -> GP:
    """The process at the MAP parameters for inputs `[n, k]` and standardised outcomes `[n]`.

    The search starts at the mode of the priors, as BoTorch's, or at the parameters of an `earlier`
    fit, which stand unless others promise to be more probable by `WORTH`. Columns of inputs of one
    `axis [k]` share a lengthscale, for which there is one prior.
    Raises ValueError where a number is not finite.
    """
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError(f"a model needs finite points and outcomes: {x.shape}, {y.shape}")
    axis = np.arange(x.shape[1]) if axis is None else axis
    dim = int(axis[-1]) + 1
    standing = None if earlier is None else _standing(x, y, earlier)

    def at(theta: Array) -> GP:
        of_columns = np.append(theta[:-1][axis], theta[-1])
        if standing is not None and np.array_equal(of_columns, standing.theta):
            return standing
        return GP.at(of_columns, x, y, kind)

    def by_axis(gp: GP) -> tuple[float, Array]:
        value, grad = misfit(gp)
        return value, np.append(np.bincount(axis, grad[:-1]), grad[-1])

    begin = None
    if standing is not None and standing.curvature is not None:
        columns = np.searchsorted(axis, np.arange(dim))
        begin = np.append(standing.theta[columns], standing.theta[-1]), standing.curvature
    gp, curvature = most_probable(at, by_axis, dim, begin)
    return replace(gp, curvature=curvature)


def _standing(x: Array, y: Array, earlier: GP) -> GP:
    """The process of other data at the parameters of an earlier one."""
    n = len(earlier.x)
    if np.array_equal(x[:n], earlier.x):
        return earlier.extended(x[n:], y)
    return replace(GP.at(earlier.theta, x, y, earlier.kind), curvature=earlier.curvature)


P = TypeVar("P")


def most_probable(
    at: Callable[[Array], P],
    misfit: Callable[[P], tuple[float, Array]],
    dim: int,
    begin: tuple[Array, Curvature] | None,
) -> tuple[P, Curvature]:
    """The most probable of the processes `at` parameters `[d + 1]`, and how the posterior bends.

    `misfit` is minus the log likelihood of a process, with its gradient `[d + 1]`. The search
    starts at the mode of the priors, or at parameters where an earlier one ended.
    """
    made: list[tuple[float, P]] = []  # the best one

    def density(thetas: Array) -> tuple[Array, Array]:
        process = at(thetas[0])
        value, grad = misfit(process)
        penalty, penalty_grad = prior_loss(thetas[0])
        if not made or value + penalty < made[0][0]:
            made[:] = [(value + penalty, process)]
        return np.array([-value - penalty]), -(grad + penalty_grad)[None]

    (low, high), sd = bounds(dim).T, prior(dim)[1]
    least = SETTLED if begin is None else WORTH
    ascent = Ascent(low, high, scale=sd, fine=least, coarse=least)
    if begin is None:
        begin = prior_mode(dim), Curvature(sd[None] ** 2, is_known=False)
    theta, curvature = begin
    *_, curvature = ascent.maxima(density, theta[None], curvature.only(slice(None)))
    return made[0][1], curvature
