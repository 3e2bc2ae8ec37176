"""Which points of a space a user's `where=` allows: what breaks it is moved, and never paid for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError

Array = NDArray[np.float64]
# Draws of the space of which some must be allowed, at most so many, and allowed ones to move to.
MOST_DRAWS, DRAWS, ANCHORS = 100_000, 1_000, 256
# Points on which a function is tried one by one, to see whether it takes columns as well.
TRIED = 16
# Halvings of the way from an allowed point to a proposal that is not: to the last bit of a float.
HALVINGS = 52
# Times that forbidden draws are drawn anew.
REDRAWN = 1_000


class Movable(Protocol):
    """What is asked of a space here: how points are kept in it, and how far apart they are."""

    @property
    def scale(self) -> Array:
        """The unit of a step in each coordinate `[d]`."""
        ...

    def clip(self, z: Array) -> Array:
        """The nearest points of the space."""
        ...

    def canonical(self, z: Array) -> Array:
        """The points that stand for the same objects."""
        ...


@dataclass(frozen=True, eq=False)
class Allowed:
    """A condition on points of a space, cheap and known: `where=lambda p: p.a + p.b <= 1`.

    `function` is called with what `columns` makes of points `[n, d]`: with the values by name, each
    one value or a column `[n]`; or, where there are no names, with the point `[d]`.
    """

    function: Callable[..., Any]
    draw: Callable[[np.random.Generator, int], Array]  # points of the space, allowed or not
    columns: Callable[[Array], Mapping[str, Any]] | None = None
    rows: Callable[[Array], list[Any]] | None = None
    name: str = field(default="", kw_only=True)

    def __call__(self, z: Array) -> NDArray[np.bool_]:
        """Whether each of the points `[n, d]` is allowed `[n]`. Raises ObjectiveError."""
        return self._in_columns(z) if self._takes_columns else self._one_by_one(z)

    @cached_property
    def anchors(self) -> Array:
        """Some allowed points `[k, d]`. Raises ObjectiveError where hardly any is."""
        rng, drawn = np.random.default_rng(0), 0
        parts: list[Array] = []
        while drawn < MOST_DRAWS and sum(map(len, parts)) < ANCHORS:
            z = self.draw(rng, DRAWS)
            drawn += len(z)
            parts.append(z[self(z)])
        anchors = np.concatenate(parts)
        if not len(anchors):
            raise ObjectiveError(
                f"where={self.name} allows none of {drawn} draws of the space: is it the right way "
                "round? A condition that so few points meet is no way to draw from: choose other "
                "bounds or parameters, such as shares of what is left"
            )
        return anchors[:ANCHORS]

    def drawn(self, rng: np.random.Generator, n: int, space: Movable) -> Array:
        """`n` draws of the space that are allowed `[n, d]`."""
        z = self.draw(rng, n)
        for _ in range(REDRAWN):
            forbidden = ~self(z)
            if not forbidden.any():
                break
            z[forbidden] = self.draw(rng, int(forbidden.sum()))
        return self.moved(z, space)

    def moved(self, z: Array, space: Movable) -> Array:
        """The points `[n, d]`, those that are forbidden moved to where they are allowed.

        To the last allowed one on the way there from the nearest of some allowed points.
        """
        forbidden = ~self(z)
        if not forbidden.any():
            return z
        target = z[forbidden]
        source = self.nearest(target, space.scale)

        def between(share: Array) -> Array:
            return space.canonical(space.clip(source + share * (target - source)))

        low, high = np.zeros((len(target), 1)), np.ones((len(target), 1))
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            inside = self(between(middle))[:, None]
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        last = between(low)
        whole = np.array(z)
        whole[forbidden] = np.where(self(last)[:, None], last, space.canonical(source))
        return whole

    def nearest(self, z: Array, scale: Array) -> Array:
        """The allowed point, of some, that is nearest to each of `[n, d]` in units of `scale`."""
        anchors, units = self.anchors / scale, z / scale
        distance = ((units[:, None] - anchors[None]) ** 2).sum(-1)
        nearest: Array = self.anchors[distance.argmin(axis=1)]
        return nearest

    @cached_property
    def _takes_columns(self) -> bool:
        """Whether it says of columns what it says of the rows: then it is called once."""
        if self.columns is None:
            return False
        z = self.draw(np.random.default_rng(1), TRIED)
        expected = self._one_by_one(z)
        try:
            return bool(np.array_equal(self._in_columns(z), expected))
        except Exception:
            return False

    def _in_columns(self, z: Array) -> NDArray[np.bool_]:
        assert self.columns is not None
        allowed = np.asarray(self.function(self.columns(z)))
        if allowed.dtype != bool or allowed.shape != (len(z),):
            raise ObjectiveError(f"where={self.name} returned {allowed!r} for {len(z)} rows")
        return allowed

    def _one_by_one(self, z: Array) -> NDArray[np.bool_]:
        rows = list(z) if self.rows is None else self.rows(z)
        return np.array([self._of(row) for row in rows], bool)

    def _of(self, row: Any) -> bool:
        try:
            allowed = np.asarray(self.function(row))
        except Exception as error:
            raise ObjectiveError(
                f"where={self.name} raised {type(error).__name__}: {error}, called with {row}; it "
                "takes one row, by its values' names if they have any, and says True or False"
            ) from error
        if allowed.dtype != bool or allowed.size != 1:
            raise ObjectiveError(
                f"where={self.name} returned {allowed!r} for {row}; it must say True or False, as "
                "in where=lambda p: p.a + p.b <= 1"
            )
        return bool(allowed.ravel()[0])
