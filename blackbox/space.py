"""Where a search may look: a prior over latent points `[n, d]`, and the ways in and out of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]
Prior = Literal["normal", "box", "sphere"]

# The unit cube is searched on [EDGE, 1 - EDGE], so that a normal latent stays within 6.36 sd.
EDGE = 1e-10


@dataclass(frozen=True)
class Space:
    """A prior over `R^dim`; build one with `Space.normal`, `Space.box` or `Space.sphere`.

    >>> import numpy as np
    >>> space = Space.normal(3)
    >>> space.sample(np.random.default_rng(0), 2).shape
    (2, 3)
    >>> space.from_unit(np.full((1, 3), 0.5))
    array([[0., 0., 0.]])
    """

    dim: int
    prior: Prior
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()
    radius: float = math.inf
    limit: float = math.inf

    def __post_init__(self) -> None:
        """Refuse a space that holds no point."""
        if isinstance(self.dim, bool) or not isinstance(self.dim, int) or self.dim < 1:
            raise ValueError(f"a space needs a whole number of dimensions >= 1, not {self.dim!r}")

    @staticmethod
    def normal(dim: int, limit: float | None = None) -> Space:
        """The standard normal prior of a VAE, GAN or diffusion model: `z ~ N(0, I)`.

        Unbounded, or with each coordinate cut to `limit` standard deviations.
        """
        size = math.inf if limit is None else float(limit)
        if not size > 0:
            raise ValueError(f"a limit must be > 0, not {limit!r}")
        return Space(dim, "normal", limit=size)

    @staticmethod
    def box(lower: ArrayLike, upper: ArrayLike, dim: int | None = None) -> Space:
        """The uniform prior between `lower` and `upper`, each a number or `[d]`.

        Raises ValueError where a bound is not finite or lies on the wrong side of the other.
        """
        low, high = np.broadcast_arrays(
            np.asarray(lower, float), np.asarray(upper, float), np.empty(dim or 1)
        )[:2]
        if low.ndim != 1 or not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise ValueError(f"a box needs finite bounds [d], not {lower!r} and {upper!r}")
        if not (low < high).all():
            raise ValueError(f"each lower bound must lie below the upper: {lower!r}, {upper!r}")
        return Space(len(low), "box", tuple(low.tolist()), tuple(high.tolist()))

    @staticmethod
    def sphere(dim: int, radius: float | None = None) -> Space:
        """The uniform prior on the sphere; its default radius sqrt(d) is where N(0, I) lives.

        Menon et al., PULSE, 2020 (arXiv 2003.03808).
        """
        size = math.sqrt(dim) if radius is None else float(radius)
        if not (math.isfinite(size) and size > 0):
            raise ValueError(f"a sphere needs a finite radius > 0, not {radius!r}")
        return Space(dim, "sphere", radius=size)

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """`n` independent draws of the prior, `[n, d]`."""
        if self.prior == "box":
            return self._low + (self._high - self._low) * rng.random((n, self.dim))
        return self.clip(rng.standard_normal((n, self.dim)))

    def clip(self, z: Array) -> Array:
        """The nearest points of the space: cut to the box, projected on the sphere, else as is."""
        if self.prior == "normal":
            return z if math.isinf(self.limit) else np.clip(z, -self.limit, self.limit)
        if self.prior == "box":
            return np.clip(z, self._low, self._high)
        norm = np.linalg.norm(z, axis=-1, keepdims=True)
        # The centre has no nearest point on the sphere: send it to the pole of equal coordinates.
        pole = np.full_like(z, self.radius / math.sqrt(self.dim))
        return np.where(norm > 0, z * (self.radius / np.where(norm > 0, norm, 1.0)), pole)

    def contains(self, z: Array) -> NDArray[np.bool_]:
        """Whether each point is finite and inside, `[n]`."""
        finite = np.asarray(np.isfinite(z).all(axis=-1))
        if self.prior == "box":
            # One rounding of a scaled coordinate may cross the bound.
            slack = 1e-9 * (self._high - self._low)
            finite = finite & ((z >= self._low - slack) & (z <= self._high + slack)).all(axis=-1)
        elif self.prior == "normal":
            finite = finite & (np.abs(z) <= self.limit * (1 + 1e-9)).all(axis=-1)
        else:
            finite = finite & np.isclose(np.linalg.norm(z, axis=-1), self.radius, rtol=1e-6)
        return finite

    def tangent(self, z: Array, v: Array) -> Array:
        """The part of vectors `v [n, d]` that stays in the space at `z [n, d]`, to first order.

        On a sphere the part along `z` is taken away; elsewhere all of it stays.
        """
        if self.prior != "sphere":
            return v
        along = (v * z).sum(axis=-1, keepdims=True)
        kept: Array = v - z * (along / (z * z).sum(axis=-1, keepdims=True))
        return kept

    def to_unit(self, z: Array) -> Array:
        """Prior quantiles `u` in `[0, 1]^d`, uniform for prior draws (directions on a sphere)."""
        if self.prior == "box":
            return (z - self._low) / (self._high - self._low)
        # On the sphere the unit cube holds directions: a Gaussian of the prior's norm.
        quantiles: Array = ndtr(
            z if self.prior == "normal" else z * (math.sqrt(self.dim) / self.radius)
        )
        return quantiles

    def from_unit(self, u: Array) -> Array:
        """The points at prior quantiles `u`, `[n, d]`; the inverse of `to_unit` (normal, box)."""
        if self.prior == "box":
            return self._low + (self._high - self._low) * np.clip(u, 0.0, 1.0)
        return self.clip(ndtri(np.clip(u, EDGE, 1.0 - EDGE)))

    def log_prior(self, z: Array) -> Array:
        """The log-density of the prior at each point, `[n]`; -inf outside."""
        if self.prior == "normal":
            return np.asarray(-0.5 * (z * z).sum(axis=-1) - 0.5 * self.dim * math.log(2 * math.pi))
        if self.prior == "box":
            inside = -float(np.log(self._high - self._low).sum())
        else:
            # Area of the sphere: 2 pi^(d/2) r^(d-1) / Gamma(d/2).
            inside = math.lgamma(self.dim / 2) - math.log(2) - 0.5 * self.dim * math.log(math.pi)
            inside -= (self.dim - 1) * math.log(self.radius)
        return np.where(self.contains(z), inside, -math.inf)

    @cached_property
    def ends(self) -> tuple[Array, Array]:
        """The lower and the upper end of each coordinate `[d]`; infinite where there is none."""
        if self.prior == "box":
            return self._low, self._high
        return np.full(self.dim, -self.limit), np.full(self.dim, self.limit)

    @cached_property
    def scale(self) -> Array:
        """The prior's standard deviation in each coordinate `[d]`: the unit of a search's steps."""
        if self.prior == "box":
            return (self._high - self._low) / math.sqrt(12)
        size = 1.0 if self.prior == "normal" else self.radius / math.sqrt(self.dim)
        return np.full(self.dim, size)

    @cached_property
    def _low(self) -> Array:
        return np.array(self.lower)

    @cached_property
    def _high(self) -> Array:
        return np.array(self.upper)

    def __str__(self) -> str:
        """What a table shows: `normal(16)`, `box(2, -5..5)`, `sphere(16, 4)`."""
        if self.prior == "box":
            low, high = min(self.lower), max(self.upper)
            return f"box({self.dim}, {low:g}..{high:g})"
        if self.prior == "sphere":
            return f"sphere({self.dim}, {self.radius:g})"
        cut = "" if math.isinf(self.limit) else f", {self.limit:g} sd"
        return f"normal({self.dim}{cut})"
