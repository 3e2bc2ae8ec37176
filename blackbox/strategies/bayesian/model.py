"""What searches need of a model of the scores."""

from __future__ import annotations

from typing import Protocol, Self

from blackbox.protocol import Array


class Model(Protocol):
    """What a search needs of a Gaussian process; see `surrogate.GP` for the meaning of each."""

    @property
    def theta(self) -> Array:
        """Log-parameters."""

    @property
    def x(self) -> Array:
        """Inputs `[n, d]`."""

    @property
    def y(self) -> Array:
        """Outcomes `[n]`."""

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[m]` at points `[m, d]`."""

    def predict_with_gradient(self, u: Array) -> tuple[Array, Array, Array, Array]:
        """Mean and variance `[m]`, and their gradients `[m, d]`."""

    def believing(self, u: Array) -> Self:
        """The process that takes its own mean at points `[m, d]` for observed."""
