"""Judges: functions that say whether an object is real, and what their numbers mean."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from blackbox.protocol import Array
from blackbox.scoring.door import to_numpy
from blackbox.scoring.scorer import ObjectiveError

# Columns of tables that stand beside a judge's own: a name that ends so would be one of them.
RESERVED = ("_start", "_refused", "_off")


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

    def verdict(self, objects: Any, name: str, z: Array | None = None) -> Array:
        """What it says of objects `[p]` decoded from `z [p, d]`, the start first.

        NaN where it refuses. Raises ObjectiveError unless it says one number per object, and
        whatever the judge raises.
        """
        if self.reads == "data":
            return self._said(objects, name)
        if z is None:
            return np.full(len(objects), np.nan)
        said, known = np.full(len(z), np.nan), np.asarray(~np.isnan(z).any(axis=1))
        if known.any() and (known[0] or not self._is_relative):
            said[known] = self._said(torch.tensor(z[known]), name)
        return said

    def _said(self, objects: Any, name: str) -> Array:
        with torch.no_grad():
            said = self.function(objects, *([objects[:1]] if self._is_relative else []))
        numbers = to_numpy(said)
        if numbers.shape != (len(objects),):
            raise ObjectiveError(
                f"judge {name!r} returned shape {list(numbers.shape)} for {len(objects)} objects; "
                "a judge returns one number per object"
            )
        return numbers

    @property
    def _is_relative(self) -> bool:
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


def rehearse(judges: Mapping[str, Judge], objects: Any, z: Array, objective: str) -> None:
    """Ask every judge about some objects. Raises ObjectiveError for the first that cannot work."""
    for name, judge in judges.items():
        try:
            judge.verdict(objects, name, z)
        except ObjectiveError:
            raise
        except Exception as error:
            raise ObjectiveError(
                f"judge {name!r} of {objective} raised on {len(objects)} decoded prior draws: "
                f"{type(error).__name__}: {error}"
            ) from error
