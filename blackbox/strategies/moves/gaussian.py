"""A standard normal `y [n, d]` behind every prior: chains that keep it keep the prior.

A box is entered by quantiles, z = low + (high - low) Phi(y), a sphere by directions, z = r y/|y|,
and a cut normal by cutting; so a chain on `y` has no bounds, and needs no correction for them.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

from blackbox.protocol import Array
from blackbox.space import EDGE, Space


def to_gaussian(space: Space, z: Array) -> Array:
    """A `y` that leads to `z`, of the prior's own norm on a sphere."""
    if space.prior == "box":
        return np.asarray(ndtri(np.clip(space.to_unit(z), EDGE, 1 - EDGE)))
    return z / space.scale


def from_gaussian(space: Space, y: Array) -> Array:
    """The point of the space that `y` leads to."""
    return space.from_unit(ndtr(y)) if space.prior == "box" else space.clip(y * space.scale)


def pulled_back(space: Space, y: Array, z: Array, grad: Array) -> Array:
    """The gradient at `y` of what has the gradient `grad` at its `z`."""
    if space.prior == "box":
        low, high = space.ends
        along: Array = (high - low) * np.exp(-0.5 * y**2) / math.sqrt(2 * math.pi)
        return grad * along
    if space.prior == "sphere":
        shrunk: Array = space.radius / np.linalg.norm(y, axis=-1, keepdims=True)
        return space.tangent(z, grad) * shrunk
    return np.where(z == y, grad, 0.0)  # where it was cut, the score does not change
