"""What searches need of a model of the scores."""

from __future__ import annotations

from typing import Protocol, Self

from blackbox.protocol import Array
from blackbox.strategies.bayesian.surrogate import Pull


class Model(Protocol):
    """What a search needs of a Gaussian process; see `surrogate.GP` for the meaning of each."""

    @property
    def lengthscales(self) -> Array:
        """How far points are apart that are much alike, along each axis `[d]`."""

    @property
    def fitted(self) -> Array:
        """The mean at its own inputs `[n]`."""

    @property
    def x(self) -> Array:
        """Inputs `[n, d]`."""

    @property
    def y(self) -> Array:
        """Outcomes `[n]`."""

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[m]` at points `[m, d]`."""

    def predict_with_pull(self, u: Array) -> tuple[Array, Array, Pull]:
        """Mean and variance `[m]`, and the way from slopes in them to a gradient `[m, d]`."""

    def believing(self, u: Array) -> Self:
        """The process that takes its own mean at points `[m, d]` for observed."""
