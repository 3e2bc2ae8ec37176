"""Judges: functions that say whether an object is real, and what their numbers mean."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from blackbox.errors import ObjectiveError
from blackbox.protocol import Array
from blackbox.scoring.arrays import copied, stretched, taken, to_numpy
from blackbox.scoring.batching import ONE_SHAPE
from blackbox.scoring.company import gap
from blackbox.scoring.isolation import training_parts

# Columns of tables that stand beside a judge's own: a name that ends so would be one of them.
RESERVED = ("_start", "_refused", "_off")
# How far, relative to its numbers, rounding and another batch size may move a judge's verdict.
COMPANY = 1e-2


@dataclass(frozen=True)
class Judge:
    """A judge that says what its numbers mean; a plain function is a judge that says nothing.

    `function`: `x -> [n]`, or `(x, start) -> [n]` where it compares with the run's start. `truth`:
    it measures what the scorer predicts, in the units in which the scorer returns it (those of the
    weighted sum of several criteria); the same target and sign then make it the true score.
    `low` and `high` are its numbers for real objects: what lies beyond is off their manifold. With
    `reads="latent"` it is handed points `z [n, d]`, float64, in place of objects, and refuses what
    was asked in data space.

    >>> Judge(lambda x: x.norm(dim=-1), high=5.0).high
    5.0
    """

    function: Callable[..., Any]
    truth: bool = False
    low: float = -math.inf
    high: float = math.inf
    reads: Literal["data", "latent"] = "data"
    version: object = None  # stands for the function's code, where a study's folder keeps verdicts

    def __post_init__(self) -> None:
        """Refuse what cannot judge. Raises ObjectiveError."""
        if not callable(self.function):
            raise ObjectiveError(f"a judge must be a function, not {self.function!r}")
        if not self.low < self.high:
            raise ObjectiveError(
                f"a judge's low must lie below its high, not {self.low!r} and {self.high!r}"
            )
        if self.reads not in ("data", "latent"):
            raise ObjectiveError(f"a judge reads 'data' or 'latent', not {self.reads!r}")
        for end in ("low", "high"):  # a number of numpy or torch is Python's own in a file
            object.__setattr__(self, end, float(getattr(self, end)))

    def verdict(
        self, objects: Any, name: str, z: Array | None = None, start: Any | None = None
    ) -> Array:
        """What it says of objects `[p]` decoded from `z [p, d]`.

        A judge that compares is told the run's `start [1, ...]`: the first object unless given. NaN
        where it refuses. Raises ObjectiveError unless it says one number per object, and whatever
        the judge raises.
        """
        if self.reads == "data":
            return self._numbers(objects, name, start)
        if z is None:
            return np.full(len(objects), np.nan)
        numbers, first = np.full(len(z), np.nan), z[:1] if start is None else start
        is_latent = np.asarray(~np.isnan(z.reshape(len(z), -1)).any(axis=1))
        if is_latent.any() and not (self.is_relative and np.isnan(first).any()):
            points = torch.tensor(z[is_latent])
            numbers[is_latent] = self._numbers(points, name, torch.tensor(first))
        return numbers

    def _numbers(self, objects: Any, name: str, start: Any | None) -> Array:
        first = objects[:1] if start is None else start
        try:
            with torch.no_grad():
                returned = self._called(objects, first)
        except RuntimeError as error:
            if "grad" not in str(error):
                raise
            with torch.enable_grad():  # it takes a gradient inside
                returned = self._called(objects, first)
        numbers = to_numpy(returned)
        if numbers.shape == (len(objects), 1):
            numbers = numbers[:, 0]
        if numbers.shape != (len(objects),):
            raise ObjectiveError(
                f"judge {name!r} returned shape {list(numbers.shape)} for {len(objects)} objects; "
                "a judge returns one number per object"
            )
        return numbers

    def _called(self, objects: Any, start: Any) -> Any:
        # Copies: a judge that writes into its objects must not change what the next one sees.
        return self.function(copied(objects), *([copied(start)] if self.is_relative else []))

    @property
    def is_relative(self) -> bool:
        """Whether it compares with the run's start: it takes two arguments, `(x, start)`."""
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters = inspect.signature(self.function).parameters.values()
        wanted = [p for p in parameters if p.kind in positional and p.default is p.empty]
        return len(wanted) > 1


def as_judges(given: Mapping[str, Callable[..., Any] | Judge]) -> dict[str, Judge]:
    """Judges by name. Raises ObjectiveError for a name that tables need, and for two truths."""
    for name in given:
        if not isinstance(name, str) or name.endswith(RESERVED):
            raise ObjectiveError(
                f"a judge may not be called {name!r}: names are texts, and tables have columns of "
                f"their own that end in {', '.join(RESERVED)}; give it another name"
            )
    judges = {
        name: judge if isinstance(judge, Judge) else Judge(judge) for name, judge in given.items()
    }
    truths = [name for name, judge in judges.items() if judge.truth]
    if len(truths) > 1:
        raise ObjectiveError(f"only one judge can be the truth, not {' and '.join(truths)}")
    return judges


def in_one_shape(verdicts: Callable[[Any], Array], points: Any) -> Array:
    """What is said of points `[n]`, in calls of one shape: a verdict does not depend on company.

    Of objects that are no arrays, in one call.
    """
    if not isinstance(points, torch.Tensor | np.ndarray):
        return verdicts(points)
    parts = [np.empty(0)]
    for rows, size in ONE_SHAPE.pieces(len(points)):
        parts.append(verdicts(stretched(points[rows], size))[: rows.stop - rows.start])
    return np.concatenate(parts)


def rehearse(
    judges: Mapping[str, Judge], objects: Any, z: Array, objective: str
) -> dict[str, float]:
    """Ask every judge about some objects, and about one alone; seconds of an object by judge.

    Raises ObjectiveError for the first that cannot work, or that judges an object by its company.
    """
    seconds = {}
    for name, judge in judges.items():
        try:
            clock = time.perf_counter()
            whole = judge.verdict(objects, name, z)
            seconds[name] = (time.perf_counter() - clock) / len(objects)
        except ObjectiveError:
            raise
        except Exception as error:
            raise ObjectiveError(
                f"judge {name!r} of {objective} raised on {len(objects)} decoded prior draws: "
                f"{type(error).__name__}: {error}"
            ) from error
        again = _refuse_company(judge, name, objective, objects, z, whole)
        seconds[name] = min(seconds[name], again)
    return seconds


def _refuse_company(
    judge: Judge, name: str, objective: str, objects: Any, z: Array, whole: Array
) -> float:
    """Seconds of an object, judged once more: the first call may warm up.

    Raises ObjectiveError for a judge that judges an object otherwise in other company.
    """
    first, last = 0, len(objects) - 1
    start = taken(objects, [first]) if judge.reads == "data" else z[:1]
    whole_again, apart = whole, 0.0
    for rows in ([last, first], [last, len(objects) // 2], [last]):
        try:
            part = judge.verdict(taken(objects, rows), name, z[rows], start)
        except ObjectiveError:
            raise
        except Exception:
            if training := training_parts({"judge": judge.function}):
                raise ObjectiveError(
                    f"judge {name!r} of {objective} judges an object by its company, the other "
                    f"objects of its batch, and fails on {len(rows)}: {training[0]}: call .eval() "
                    "on it"
                ) from None
            return np.inf  # it costs the verdicts that it cannot give, and tells them there
        apart = max(apart, gap(whole[rows], part))
    try:
        clock = time.perf_counter()
        whole_again = judge.verdict(objects, name, z)
        seconds = (time.perf_counter() - clock) / len(objects)
    except Exception:
        return np.inf
    largest = float(np.abs(whole[np.isfinite(whole)]).max(initial=0.0))
    if apart > COMPANY * (1 + largest) and gap(whole, whole_again) == 0:
        training = training_parts({"judge": judge.function})
        advice = f"{training[0]}: call .eval() on it" if training else "take no numbers of a batch"
        raise ObjectiveError(
            f"judge {name!r} of {objective} judges an object by its company, the other objects of "
            f"its batch: among {len(objects)}, two and one the same objects were told up to "
            f"{apart:.3g} apart; {advice}"
        )
    return seconds
