"""Where a search may look: a prior over latent points `[n, d]`, and the ways in and out of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from blackbox import layout
from blackbox.allowed import Allowed
from blackbox.layout import Size

Array = NDArray[np.float64]
Prior = Literal["normal", "box", "sphere"]

# The unit cube is searched on [EDGE, 1 - EDGE], so that a normal latent stays within 6.36 sd.
EDGE = 1e-10


@dataclass(frozen=True)
class Space:
    """A prior over `R^dim`; build one with `Space.normal`, `Space.box` or `Space.sphere`.

    A search sees points `[n, d]` of the `dim` coordinates that are free; a decoder sees latents of
    `shape`, with those that are `fixed` (flat axis and value) in their places.

    >>> import numpy as np
    >>> space = Space.normal(3)
    >>> space.from_unit(np.full((1, 3), 0.5))
    array([[0., 0., 0.]])
    >>> Space.box([0, 1, 2], [1, 1, 3]).shaped(np.array([[0.5, 2.5]]))
    array([[0.5, 1. , 2.5]])
    """

    dim: int
    prior: Prior
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()
    radius: float = math.inf
    limit: float = math.inf
    shape: tuple[int, ...] = ()  # `(d,)` unless it is given
    fixed: tuple[tuple[int, float], ...] = ()
    where: Allowed | None = field(default=None, compare=False)  # what the user allows of it

    def __post_init__(self) -> None:
        """Refuse a space that holds no point, or whose shape has another number of places."""
        object.__setattr__(self, "dim", layout.sides((self.dim,))[0])
        object.__setattr__(self, "shape", layout.sides(self.shape or self.full_dim))
        if math.prod(self.shape) != self.full_dim:
            raise ValueError(
                f"a latent of shape {list(self.shape)} has {math.prod(self.shape)} coordinates, "
                f"not {self.full_dim} ({self.dim} searched, {len(self.fixed)} fixed)"
            )

    @staticmethod
    def normal(dim: Size, limit: float | None = None) -> Space:
        """The standard normal prior of a VAE, GAN or diffusion model: `z ~ N(0, I)`.

        Unbounded, or with each coordinate cut to `limit` standard deviations. `dim` may be the
        shape of one latent, as `(4, 64, 64)`, here and in the other spaces.
        """
        size = math.inf if limit is None else float(limit)
        if not size > 0:
            raise ValueError(f"a limit must be > 0, not {limit!r}")
        shape = layout.sides(dim)
        return Space(math.prod(shape), "normal", limit=size, shape=shape)

    @staticmethod
    def box(lower: ArrayLike, upper: ArrayLike, dim: Size | None = None) -> Space:
        """The uniform prior between `lower` and `upper`, each a number or an array like a latent.

        A coordinate whose bounds are equal is fixed: decoders see it, searches do not. Raises
        ValueError where a bound is not finite or is beyond the other, and where all are fixed.
        """
        low, high = layout.bounds(lower, upper, dim)
        shape, low, high = low.shape, low.ravel(), high.ravel()
        free = low < high
        ends = tuple(low[free].tolist()), tuple(high[free].tolist())
        fixed = tuple((axis, float(low[axis])) for axis in np.flatnonzero(~free).tolist())
        return Space(len(ends[0]), "box", *ends, shape=shape, fixed=fixed)

    @staticmethod
    def sphere(dim: Size, radius: float | None = None) -> Space:
        """The uniform prior on the sphere; its default radius sqrt(d) is where N(0, I) lives.

        One sphere for all coordinates of a latent. Menon et al., PULSE, 2020 (arXiv 2003.03808).
        """
        shape = layout.sides(dim)
        size = math.sqrt(math.prod(shape)) if radius is None else float(radius)
        if not (math.isfinite(size) and size > 0):
            raise ValueError(f"a sphere needs a finite radius > 0, not {radius!r}")
        return Space(math.prod(shape), "sphere", radius=size, shape=shape)

    @property
    def is_plain(self) -> bool:
        """Whether decoders see points as searches do: `[n, d]`, with nothing fixed."""
        return self.shape == (self.dim,)

    @property
    def full_dim(self) -> int:
        """The number of coordinates of a latent, the fixed ones too."""
        return self.dim + len(self.fixed)

    @cached_property
    def free(self) -> NDArray[np.int64]:
        """The flat axes that are searched, `[d]`, among all `full_dim`."""
        return np.delete(np.arange(self.full_dim), [axis for axis, _ in self.fixed])

    @cached_property
    def template(self) -> Array:
        """The fixed coordinates in their places, `[full_dim]`; 0 where one is free."""
        template = np.zeros(self.full_dim)
        template[[axis for axis, _ in self.fixed]] = [value for _, value in self.fixed]
        return template

    def shaped(self, z: Array) -> Array:
        """The latents `[n, *shape]` of points `[n, d]`, as decoders see them; `z` if plain."""
        if self.is_plain:
            return z
        if z.ndim != 2 or z.shape[1] != self.dim:
            raise ValueError(f"points of {self} are [n, {self.dim}], not {list(z.shape)}")
        full = layout.filled(z, self.free, self.template) if self.fixed else z
        return full.reshape(len(z), *self.shape)

    def flat(self, x: Array) -> Array:
        """The points `[n, d]` of latents `[n, *shape]` or `[n, full_dim]`; points as they are.

        Raises ValueError for another shape, and for a latent that differs where one is fixed.
        """
        if x.ndim == 2 and x.shape[1] == self.dim:
            return x
        if x.ndim < 2 or x.shape[1:] not in (self.shape, (self.full_dim,)):
            latent = ", ".join(map(str, self.shape))
            raise ValueError(f"latents of {self} are [n, {latent}], not {list(x.shape)}")
        full = x.reshape(len(x), self.full_dim)
        if not self.fixed:
            return full
        layout.refuse_moved(full, self.fixed, self.shape)
        return full[:, self.free]

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """`n` independent draws of the prior, `[n, d]`, of what `where` allows of it."""
        return self.draw(rng, n) if self.where is None else self.where.drawn(rng, n, self)

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """`n` independent draws of the prior, `[n, d]`, whatever `where` allows."""
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
        pole = np.full_like(z, self.radius / math.sqrt(self.dim))  # the centre is near to nothing
        return np.where(norm > 0, z * (self.radius / np.where(norm > 0, norm, 1.0)), pole)

    def canonical(self, z: Array) -> Array:
        """The points that are recorded: one for all that are one object, here each itself."""
        return z

    def repaired(self, z: Array) -> Array:
        """The points that are asked: of those that `where` forbids, one that it allows nearby."""
        return z if self.where is None else self.where.moved(z, self)

    def objects_after(self, z: Array, n: int) -> list[Array]:
        """The next `n` canonical points behind `z [d]`, in order; none where there is no end."""
        return []

    def contains(self, z: Array) -> NDArray[np.bool_]:
        """Whether each point is finite and inside, `[n]`."""
        finite = np.asarray(np.isfinite(z).all(axis=-1))
        if self.prior == "box":
            slack = 1e-9 * (self._high - self._low)  # one rounding may cross the bound
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
        return np.asarray(v - z * (along / (z * z).sum(axis=-1, keepdims=True)))

    def to_unit(self, z: Array) -> Array:
        """Prior quantiles `u` in `[0, 1]^d`, uniform for prior draws (directions on a sphere)."""
        if self.prior == "box":
            return (z - self._low) / (self._high - self._low)
        # On the sphere the unit cube holds directions: a Gaussian of the prior's norm.
        size = 1.0 if self.prior == "normal" else math.sqrt(self.dim) / self.radius
        return np.asarray(ndtr(z * size))

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
            inside = -layout.log_area(self.dim, self.radius)
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
        """What a table shows: `normal(16)`, `sphere(18x512, 96)`, `box(2 of 3, -1..2)`."""
        return layout.in_words(self)
