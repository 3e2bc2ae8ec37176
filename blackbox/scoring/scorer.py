"""The scorer as the user wrote it, made into one thing: numbers `[n]`, the higher the better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.scoring.door import to_numpy


class ObjectiveError(Exception):
    """A part of an objective is not what it should be; says what was asked, found, and to do."""


class Scorer:
    """A user's function on objects, with its criteria, target and sign. Checks what it returns."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        batched: bool,
        maximize: bool,
        weights: Sequence[float] | Mapping[str, float] | None,
        target: float | Sequence[float] | None,
    ) -> None:
        """Take the parts. Raises ObjectiveError for weights or a target that are not numbers."""
        if not callable(function):
            raise ObjectiveError(f"a scorer must be a function, not {function!r}")
        self.function, self.batched, self.maximize = function, batched, maximize
        named = isinstance(weights, Mapping)
        self.criteria: tuple[str, ...] = (
            tuple(weights)
            if isinstance(weights, Mapping)
            else tuple(map(str, range(len(weights or ()))))
        )
        try:
            values = list(weights.values()) if isinstance(weights, Mapping) else weights
            self.weights = None if values is None else np.array(values, float)
            self.target = None if target is None else np.array(target, float)
        except (TypeError, ValueError):
            raise ObjectiveError(
                f"weights and target are numbers, not {weights!r}, {target!r}"
            ) from None
        if self.weights is not None and (self.weights.ndim != 1 or not len(self.weights)):
            raise ObjectiveError(f"weights are one number per criterion, not {weights!r}")
        self.criteria = tuple(f"criterion_{name}" if not named else name for name in self.criteria)

    @property
    def name(self) -> str:
        """What errors call the scorer."""
        return name_of(self.function)

    @property
    def directions(self) -> dict[str, int]:
        """1 for a criterion that is wanted high, -1 for low, 0 where neither: it has a target."""
        if self.weights is None or self.target is not None:
            return dict.fromkeys(self.criteria, 0)
        wanted = np.sign(self.weights if self.maximize else -self.weights)
        return dict(zip(self.criteria, wanted.astype(int).tolist(), strict=True))

    def raw(self, x: Any) -> Any:
        """The function's own values of objects `x [n, ...]`: `[n]`, or `[n, k]` criteria.

        Raises ObjectiveError where their shape is another, and whatever the function raises.
        """
        if self.batched:
            values = self.function(x)
            values = values if isinstance(values, torch.Tensor) else np.asarray(values, float)
        else:
            each = [self.function(one) for one in x]
            tensors = isinstance(each[0], torch.Tensor)
            values = torch.stack(each) if tensors else np.array([to_numpy(one) for one in each])
        self._check(tuple(values.shape), len(x))
        return values

    def combined(self, raw: Any) -> Any:
        """Scores `[n]`, higher is better: distance to the target, weights and sign."""

        def like(constant: Any) -> Any:
            if isinstance(raw, torch.Tensor):
                return torch.as_tensor(constant, dtype=raw.dtype, device=raw.device)
            return constant

        value = raw
        if self.target is not None:
            value = -((value - like(self.target)) ** 2)
        if self.weights is not None:
            value = (value * like(self.weights)).sum(-1)
        elif value.ndim == 2:
            value = value.sum(-1)
        # A distance to a target is a loss already turned: the sign of the scorer does not matter.
        return value if self.maximize or self.target is not None else -value

    def from_truth(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """True values `[n]` of what the function predicts as scores, by the same target and sign.

        Where several criteria are summed, they are values of the sum; where those have targets,
        they are scores already.
        """
        if self.target is None:
            return values if self.maximize else -values
        single = self.weights is None and self.target.ndim == 0
        return -((values - self.target) ** 2) if single else values

    def _check(self, shape: tuple[int, ...], rows: int) -> None:
        width: tuple[int, ...] = ()
        if self.weights is not None:
            width = (len(self.weights),)
        elif self.target is not None:
            width = self.target.shape
        if shape == (rows, *width):
            return
        hint = "return one number per object"
        if len(shape) == 2 and shape[0] == rows and not width:
            hint = (
                "squeeze the last axis" if shape[1] == 1 else "give `weights` for several criteria"
            )
        raise ObjectiveError(
            f"scorer {self.name} returned shape {list(shape)} for {rows} objects, "
            f"where {[rows, *width]} was expected; {hint}"
        )


def name_of(function: object) -> str:
    """What to call a function in an error."""
    return f"`{getattr(function, '__name__', type(function).__name__)}`"
