"""The decoder on trial: its objects of a few draws, counted and clocked, in several batches."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from blackbox.errors import ObjectiveError, UnusableObjective
from blackbox.scoring.arrays import joined, taken
from blackbox.scoring.company import Closeness, cause_of_company, unlike
from blackbox.scoring.forms import MOST_TIMED, TRIES, quiet, telling_sizes
from blackbox.scoring.isolation import training_parts
from blackbox.scoring.pipeline import Pipeline
from blackbox.scoring.returned import name_of


@dataclass(frozen=True)
class Drawn:
    """Some draws `[n, d]`, their objects with what gradient there is, and the same without."""

    points: torch.Tensor
    objects: Any
    plain: Any

    @property
    def differentiable(self) -> bool:
        """Whether the objects depend on the points by torch operations."""
        return isinstance(self.objects, torch.Tensor) and self.objects.requires_grad


class Decoding:
    """Calls a decoder; counts the objects, and clocks each call."""

    def __init__(self, pipeline: Pipeline, draws: torch.Tensor) -> None:
        """Nothing was decoded yet."""
        self.pipeline, self.draws = pipeline, draws
        self.most = pipeline.batch_size or len(draws)
        self.called, self.seconds = 0, np.inf if pipeline.decoder else 0.0
        self.with_gradients = False  # whether it must be called with gradients enabled always

    def __call__(self, points: torch.Tensor, sloped: bool = False) -> Any:
        """The objects of points; `sloped`: with gradients."""
        if self.pipeline.decoder is None:
            return self.pipeline.decoded(points)
        self.called += len(points)
        with torch.set_grad_enabled(sloped or self.with_gradients), quiet(sloped):
            clock = time.perf_counter()
            objects = self.pipeline.decoded(points)
            seconds = (time.perf_counter() - clock) / len(points)
        if not sloped and len(points) <= MOST_TIMED:
            self.seconds = min(self.seconds, seconds)
        return objects

    def drawn(self) -> Drawn:
        """The objects of a few draws. Raises ObjectiveError where they depend on company."""
        space = self.pipeline.space
        most, fewer = telling_sizes(space.shape, (space.dim,), self.most)
        points = self.draws[:most].clone().requires_grad_(True)
        try:
            objects = self(points, sloped=True)
        except ObjectiveError:
            raise
        except Exception as error:
            # It may dislike points that require a gradient, or one of the points.
            points = points.detach()
            try:
                objects = self(points)
            except ObjectiveError:
                raise
            except Exception:
                points, objects = self._those_that_decode(error)
        again = self._again(points.detach(), objects)
        drawn = Drawn(points, objects, again)
        if self.pipeline.decoder is not None and self.most > 1 and len(points) > fewer:
            self._refuse_company(drawn, fewer)
        return drawn

    def _again(self, points: torch.Tensor, objects: Any) -> Any:
        """The same objects as most calls want them: without gradients."""
        if self.pipeline.decoder is None:
            return objects.detach()
        try:
            return self(points)
        except ObjectiveError:
            raise
        except Exception:
            self.with_gradients = True  # it takes a gradient inside
            return self(points)

    def _those_that_decode(self, error: Exception) -> tuple[torch.Tensor, Any]:
        """The draws on which a decoder does not raise. Raises ObjectiveError if it does on all."""
        rows, objects = [], []
        for row in range(TRIES):
            try:
                objects.append(self(self.draws[row : row + 1]))
            except ObjectiveError:
                raise
            except Exception:
                continue
            rows.append(row)
        if not rows:
            points = self.draws[:TRIES]
            raise ObjectiveError(
                f"decoder {name_of(self.pipeline.decoder)} raised on {TRIES} prior draws "
                f"{list(points.shape)} of {points.dtype}: {type(error).__name__}: {error}"
            ) from error
        return self.draws[rows], joined(objects)

    def _refuse_company(self, drawn: Drawn, fewer: int) -> None:
        points = drawn.points.detach()
        closeness = Closeness(self.pipeline, points, drawn.plain)
        rows, one = list(range(fewer))[::-1], [1]
        apart = 0.0
        for some in (rows, one):
            try:
                objects = self(points[some])
            except ObjectiveError:
                raise
            except Exception:
                apart = np.inf
            else:
                same = taken(drawn.plain, some)
                apart = max(apart, unlike(same, objects, closeness, drawn.plain))
        steady = unlike(drawn.objects, drawn.plain, closeness, drawn.plain) == 0
        decoder = {"decoder": self.pipeline.decoder}
        if apart and (steady or training_parts(decoder)):
            raise UnusableObjective(
                f"decoder {name_of(self.pipeline.decoder)} makes another object of the same point "
                f"in other company, beside other points of its batch ({_told(apart)} between "
                f"batches of {len(points)}, {fewer} and 1 points); {cause_of_company(decoder)}"
            )


def _told(apart: float) -> str:
    return f"up to {apart:.3g} apart" if np.isfinite(apart) else "or none at all,"
