"""The scorer as the user wrote it, made into one thing: numbers `[n]`, the higher the better."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import as_numbers, to_numpy
from blackbox.scoring.environment import Calls, Patience
from blackbox.scoring.limits import Limits, finite
from blackbox.scoring.returned import call_of, described, name_of, remedy

__all__ = ["ObjectiveError", "Scorer", "Unscored"]


class Unscored(Exception):
    """A scorer gave no value: None for an object, or one nan for a whole batch."""


class Scorer:
    """A function on objects, with its target, its sign and its criteria; checks what it returns.

    `function`: of a batch of objects, `[n, ...] -> [n]` (or `[n, 1]`), or of one object, `[...]` to
    a number; which of the two is found out by a probe unless `batched` says it. `target` scores
    `-(value - target)^2`, summed where it is a vector; with `maximize=False` the value is a loss,
    and its score is minus that; `weights` (a list, or a dict that names them) sums several
    criteria, `[n, k]` of a batch or `[k]` of one object. nan, None or a raised exception says that
    an object has no score. A failure of its surroundings (a connection, the disk, memory,
    `bb.TryAgain`) is no such exception: the call is made again, `retries` times (6), and then the
    run stops unfinished. A study's folder knows its runs by the code of the function, unless a
    `version` stands for it.

    `timeout`, seconds of an object, and `memory`, megabytes that a call may take, have it called in
    a process of its own. What exceeds them is an object without a score, after `retries` more tries
    (none); a batch has the time of all its objects, and where its memory is out gets smaller. What
    counts as memory: `blackbox.workers.worker.Worker`.

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
                f"batched is True (a batch of objects a call), False (one object) or None (find "
                f"out), not {batched!r}"
            )
        self.function, self.batched, self.maximize = function, batched, bool(maximize)
        self.version = version
        self.limits = Limits(timeout, memory, retries)
        self.patience: Calls = Patience() if retries is None else Patience(retries)
        self.weights = finite("weights", weights)
        self.target = finite("target", target)
        if self.weights is not None and (self.weights.ndim != 1 or not len(self.weights)):
            raise ObjectiveError(f"weights are one number per criterion, not {weights!r}")
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

    @property
    def sign(self) -> int:
        """-1 where the function returns a loss, so that its score is minus that; else 1.

        A distance to a target is no value of the function: it stays a score.
        """
        return 1 if self.maximize or self.target is not None else -1

    @property
    def width(self) -> tuple[int, ...]:
        """The shape of the value of one object: `()`, or `(k,)` where there are criteria."""
        if self.weights is not None:
            return (len(self.weights),)
        return () if self.target is None else self.target.shape

    @property
    def directions(self) -> dict[str, int]:
        """1 for a criterion that is wanted high, -1 for low, 0 where neither: it has a target."""
        if self.weights is None or self.target is not None:
            return dict.fromkeys(self.criteria, 0)
        wanted = np.sign(self.weights if self.maximize else -self.weights)
        return dict(zip(self.criteria, wanted.astype(int).tolist(), strict=True))

    def of_batch(self, x: Any) -> Any:
        """The function's own values of objects `x [n, ...]`: `[n]`, or `[n, k]` criteria.

        Raises ObjectiveError where their shape is another, Unscored where a single nan stands for
        several objects, and whatever the function raises.
        """
        rows = len(x)
        returned = self._called(x, rows)
        values = self._numeric(returned, rows)
        shape, width = tuple(values.shape), self.width
        if shape == (rows, *width):
            return values
        if shape == (rows, *width, 1):
            return values[..., 0]
        if shape == () and bool(values != values):
            if rows > 1:
                raise Unscored(f"returned one nan for {rows} objects")
            return values + values.new_zeros((1, *width)) if _is_tensor(values) else self._nan(1)
        raise ObjectiveError(self._misshapen(returned, shape, rows))

    def of_one(self, one: Any) -> Any:
        """The function's own value of one object, a number or `[k]` criteria.

        Raises Unscored for None, ObjectiveError for another shape, and what the function raises.
        """
        returned = self._called(one, 1)
        if returned is None:
            raise Unscored("returned None; does it lack a `return`?")
        value = self._numeric(returned, None)
        shape, width = tuple(value.shape), self.width
        if shape == width:
            return value
        if int(np.prod(shape)) == int(np.prod(width)) and (not width or len(shape) <= 2):
            return value.reshape(width)
        if shape == () and bool(value != value):
            return self._nan()
        expected = f"{list(width)} numbers" if width else "one number"
        hint = "; give `weights` for several criteria" if not width and len(shape) == 1 else ""
        raise ObjectiveError(
            f"scorer {self.name} returned shape {list(shape)} for one object, where {expected} was "
            f"expected{hint}; a function of a batch of objects needs batched=True"
        )

    def _called(self, x: Any, rows: int) -> Any:
        return self.patience.call(f"scorer {self.name}", rows, self.function, x)

    def together(self, values: Sequence[Any]) -> Any:
        """Values of single objects as one column `[n]` or `[n, k]`."""
        tensor = next((value for value in values if _is_tensor(value)), None)
        if tensor is None:
            return np.array([to_numpy(value) for value in values])
        return torch.stack([v if _is_tensor(v) else torch.as_tensor(v).to(tensor) for v in values])

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

    def _numeric(self, returned: Any, rows: int | None) -> Any:
        """Real numbers as a tensor or an array. Raises ObjectiveError for anything else."""
        values = returned
        if not _is_tensor(values):
            values = as_numbers(values)
        if values is None:
            raise ObjectiveError(self._not_numbers(returned, rows))
        if values.is_complex() if _is_tensor(values) else values.dtype.kind == "c":
            raise ObjectiveError(
                f"scorer {self.name} returned {described(returned)}; a score is a real number: "
                "write .real, or abs(...), in the scorer"
            )
        if not _is_tensor(values):
            return to_numpy(values)
        return values if values.is_floating_point() else values.to(torch.float64)

    def _not_numbers(self, returned: Any, rows: int | None) -> str:
        called_with = "one object" if rows is None else f"{rows} objects"
        wanted = "one number" if rows is None else f"numbers [{rows}]"
        text = (
            f"scorer {self.name} returned {described(returned)} for {called_with}, where {wanted} "
        )
        if returned is None:
            return f"{text}was expected; does it lack a `return`?"
        call = call_of(self.name)
        code = remedy(returned, 1 if rows is None else rows)
        return f"{text}was expected; write scorer=lambda x: {call}(x){code or '[...]'}"

    def _misshapen(self, returned: Any, shape: tuple[int, ...], rows: int) -> str:
        width = self.width
        hint = "return one number per object"
        if isinstance(returned, tuple) and not width and (code := remedy(returned, rows)):
            hint = f"it is a tuple: write scorer=lambda x: {call_of(self.name)}(x){code}"
        elif len(shape) == 2 and shape[0] == rows and not width:
            hint = "give `weights` for several criteria"
        elif shape == (*width, rows) and width:
            hint = "stack the criteria along the last axis, [n, k]"
        elif self.batched:
            hint += ", or give batched=False if it is a function of one object"
        return (
            f"scorer {self.name} returned shape {list(shape)} for {rows} objects, "
            f"where {[rows, *width]} was expected; {hint}"
        )

    def _nan(self, *rows: int) -> NDArray[np.float64]:
        return np.full((*rows, *self.width), np.nan)


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)
