"""The scorer as the user wrote it, made into one thing: numbers `[n]`, the higher the better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.constraints import Bound, bounds_of
from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import to_numpy
from blackbox.scoring.environment import Calls, Patience
from blackbox.scoring.limits import Limits, finite, truth
from blackbox.scoring.numbers import misshapen, numbers_of
from blackbox.scoring.outputs import ConstraintsSeen, Taken, taken_apart, with_constraints
from blackbox.scoring.programs import Command
from blackbox.scoring.returned import name_of

__all__ = ["ObjectiveError", "Scorer", "Unscored"]


class Unscored(Exception):
    """A scorer gave no value: None for an object, or one nan for a whole batch."""


class Scorer:
    """A function on objects, with its target, its sign and its criteria; checks what it returns.

    `function`: of a batch of objects, `[n, ...] -> [n]` (or `[n, 1]`), or of one object, `[...]` to
    a number; a probe finds out which of the two unless `batched` says it. `target` scores
    `-(value - target)^2`, summed where it is a vector; with `maximize=False` the value is a loss,
    and its score is minus that; `weights` (a list, or a dict that names them) sums several
    criteria, `[n, k]` of a batch or `[k]` of one object; a function may also return a dict of named
    outputs, of which `weights` and `constraints` (`{"stress": bb.AtMost(30)}`) name theirs, or
    `bb.Scored(value, constraints)`. nan, None or a raised exception says that an object has no
    score. A failure of its surroundings (a connection, the disk, memory, `bb.TryAgain`) is no such
    exception: the call is made again, `retries` times (6), and then the run stops unfinished. A
    study's folder knows its runs by the code of the function, unless a `version` stands for it.

    `timeout`, seconds of an object, and `memory`, megabytes that a call may take, have it called in
    a process of its own. What exceeds them is an object without a score, after `retries` more tries
    (none); a batch has the time of all its objects, or gets smaller (`workers.worker.Worker`).

    >>> Scorer(lambda x: x.sum(-1), target=3.0).name
    '`<lambda>`'
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        target: float | Sequence[float] | None = None,
        maximize: bool = True,
        batched: bool | None = None,
        weights: Sequence[float] | Mapping[str, float] | None = None,
        constraints: Mapping[str, Bound] | None = None,
        version: object = None,
        timeout: float | None = None,
        memory: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Take the parts. Raises ObjectiveError for weights or a target that are not numbers."""
        if not callable(function):
            raise ObjectiveError(f"a scorer must be a function, not {function!r}")
        if batched not in (None, True, False):
            raise ObjectiveError(
                f"batched is True (a batch a call), False (one object) or None, not {batched!r}"
            )
        self.function, self.maximize = function, truth("maximize", maximize)
        self.batched = False if batched is None and isinstance(function, Command) else batched
        self.version, self.bounds = version, bounds_of(constraints)
        # Those that only a returned bb.Scored names are known once it was called: the probe does.
        self.constraints: tuple[str, ...] = tuple(self.bounds)
        self.limits = Limits(timeout, memory, retries)
        self.patience: Calls = Patience() if retries is None else Patience(retries)
        self.weights = finite("weights", weights)
        self.target = finite("target", target)
        if self.weights is not None and (self.weights.ndim != 1 or not self.weights.any()):
            what = "weights are one number per criterion, of which one at least is not 0"
            raise ObjectiveError(f"{what}: {weights!r}")
        self.has_named_weights = isinstance(weights, Mapping)
        self.criteria: tuple[str, ...] = (
            tuple(weights)
            if isinstance(weights, Mapping)
            else tuple(f"criterion_{nth}" for nth in range(len(self.weights)))
            if self.weights is not None
            else ()
        )

    @property
    def name(self) -> str:
        """What errors call the scorer."""
        return name_of(self.function)

    def __str__(self) -> str:
        """What errors call it where decoders are called, too."""
        return f"scorer {self.name}"

    @property
    def sign(self) -> int:
        """-1 where the score is minus the value: of a loss that has no target; else 1."""
        return 1 if self.maximize or self.target is not None else -1

    @property
    def width(self) -> tuple[int, ...]:
        """The shape of the values of one object: `()`, or `(k + m,)` with `m` constraints."""
        width, m = self._width, len(self.constraints)
        return ((width[0] if width else 1) + m,) if m else width

    @property
    def _width(self) -> tuple[int, ...]:
        """That without constraints: `()`, or `(k,)` where there are criteria."""
        if self.weights is not None:
            return (len(self.weights),)
        return () if self.target is None else self.target.shape

    @property
    def widths(self) -> tuple[int, int]:
        """How many criteria there are, and how many constraints."""
        return len(self.criteria), len(self.constraints)

    def outputs_of(self, raw: Any) -> Any:
        """Values `[..., k + m]` without the constraints: `[...]`, or `[..., k]`."""
        if not self.constraints:
            return raw
        outputs = raw[..., : -len(self.constraints)]
        return outputs if self._width else outputs[..., 0]

    def constraints_of(self, raw: Any) -> Any:
        """The constraints `[..., m]` of values `[..., k + m]`."""
        return raw[..., raw.shape[-1] - len(self.constraints) :]

    @property
    def directions(self) -> dict[str, int]:
        """1 for a criterion that is wanted high, -1 for low, 0 where neither: it has a target."""
        if self.weights is None or self.target is not None:
            return dict.fromkeys(self.criteria, 0)
        wanted = np.sign(self.weights if self.maximize else -self.weights)
        return dict(zip(self.criteria, wanted.astype(int).tolist(), strict=True))

    def of_batch(self, x: Any) -> Any:
        """The function's own values of objects `x [n, ...]`: `[n]`, or `[n, k + m]`.

        Raises ObjectiveError where their shape is another, Unscored where a single nan stands for
        several objects, and whatever the function raises.
        """
        rows = len(x)
        returned = self.patience.call(self, rows, self.function, x)
        is_array = type(returned) is np.ndarray and returned.dtype == np.float64
        if is_array and returned.shape == (rows,) and not self.width:
            return returned
        taken = self._taken(returned)
        return with_constraints(self._batch(taken.value, rows), taken, rows, self)

    def _batch(self, returned: Any, rows: int) -> Any:
        values = numbers_of(returned, rows, self)
        shape, width = tuple(values.shape), self._width
        if shape == (rows, *width):
            return values
        if shape == (rows, *width, 1):
            return values[..., 0]
        if shape == () and bool(values != values):
            if rows > 1:
                raise Unscored(f"returned one nan for {rows} objects")
            if isinstance(values, torch.Tensor):
                return values + values.new_zeros((1, *width))
            return np.full((1, *width), np.nan)
        raise misshapen(returned, shape, (rows, *width), self)

    def of_one(self, one: Any) -> Any:
        """The function's own value of one object, a number or `[k + m]`.

        Raises Unscored for None, ObjectiveError for another shape, and what the function raises.
        """
        taken = self._taken(self.patience.call(self, 1, self.function, one))
        return with_constraints(self._one(taken.value), taken, None, self)

    def _one(self, returned: Any) -> Any:
        if returned is None:
            raise Unscored("returned None; does it lack a `return`?")
        value = numbers_of(returned, None, self)
        shape, width = tuple(value.shape), self._width
        if shape == width:
            return value
        if int(np.prod(shape)) == int(np.prod(width)) and (not width or len(shape) <= 2):
            return value.reshape(width)
        if shape == () and bool(value != value):
            return np.full(width, np.nan)
        expected = f"{list(width)} numbers" if width else "one number"
        hint = "; give `weights` for several criteria" if not width and len(shape) == 1 else ""
        raise ObjectiveError(
            f"scorer {self.name} returned shape {list(shape)} for one object, where {expected} was "
            f"expected{hint}; a function of a batch of objects needs batched=True"
        )

    def _taken(self, returned: Any) -> Taken:
        """What was returned, taken apart. Raises ConstraintsSeen for those that are new."""
        if isinstance(returned, (np.ndarray, torch.Tensor)):
            return Taken(returned, {})
        weights = self.criteria if self.has_named_weights else ()
        taken = taken_apart(returned, self.name, self.bounds, weights)
        if taken is None:
            return Taken(returned, {})
        if not self.constraints and taken.constraints:
            raise ConstraintsSeen(tuple(taken.constraints))
        if set(taken.constraints) != set(self.constraints):
            raise ObjectiveError(
                f"scorer {self.name} returned constraints {', '.join(taken.constraints) or 'none'},"
                f" where it had returned {', '.join(self.constraints)} before; name the same ones "
                "for every object"
            )
        return taken

    def together(self, values: Sequence[Any]) -> Any:
        """Values of single objects as one column `[n]` or `[n, k]`."""
        tensor = next((value for value in values if isinstance(value, torch.Tensor)), None)
        if tensor is None:
            return np.array([to_numpy(value) for value in values])
        return torch.stack([torch.as_tensor(value).to(tensor) for value in values])

    def combined(self, raw: Any) -> Any:
        """Scores `[n]`, higher is better: distance to the target, weights and sign."""

        def like(constant: Any) -> Any:
            if isinstance(raw, torch.Tensor):
                return torch.as_tensor(constant, dtype=raw.dtype, device=raw.device)
            return constant

        value = self.outputs_of(raw)
        if self.target is not None:
            value = -((value - like(self.target)) ** 2)
        if self.weights is not None:
            value = (value * like(self.weights)).sum(-1)
        elif value.ndim == 2:
            value = value.sum(-1)
        return value if self.sign > 0 else -value

    def from_truth(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """True values `[n]` of what the function predicts as scores, by the same target and sign.

        Where several criteria are summed, they are values of the sum; where those have targets,
        they are scores already.
        """
        if self.target is None:
            return values if self.maximize else -values
        single = self.weights is None and self.target.ndim == 0
        return -((values - self.target) ** 2) if single else values
