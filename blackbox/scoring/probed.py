"""The scorer on trial: the same draws asked again, in other company, as most calls will be made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import taken, to_numpy
from blackbox.scoring.company import Closeness
from blackbox.scoring.decoding import Decoding, Drawn
from blackbox.scoring.facts import FREE, power_of_ten
from blackbox.scoring.forms import Caller, WorkingForm
from blackbox.scoring.pipeline import Pipeline

# Seconds of an object at which a slow first call would decide, and calls that are then made anew.
UNSURE, WARMING = (1e-3, 1e-2), 4
# Objects that the probe calls where they are dear.
MOST_CALLED = 32


@dataclass(eq=False)
class ProbedScorer:
    """What was drawn, in which form it is scored, and the ways to ask it again."""

    pipeline: Pipeline
    draws: torch.Tensor
    decode: Decoding
    score: Caller
    drawn: Drawn
    working: WorkingForm
    closeness: Closeness

    @property
    def first(self) -> NDArray[np.float64]:
        """The values with which the form was found."""
        return to_numpy(self.working.values)

    @property
    def points(self) -> torch.Tensor:
        """The points of these values `[n, d]`."""
        return self.drawn.points.detach()[list(self.working.rows)]

    @property
    def objects(self) -> Any:
        """What the scorer reads of them, `[n, ...]`."""
        seen = self.pipeline.seen(self.drawn.points.detach(), self.drawn.plain)
        return taken(seen, self.working.rows)

    def as_usual(self) -> NDArray[np.float64]:
        """Values of the same objects once more, without gradients as most calls want them."""
        try:
            return self.again(self.objects)
        except ObjectiveError:
            raise
        except Exception:
            if self.working.form.offer != "gradient":
                raise
        self.score.with_gradients = True  # it takes a gradient inside
        return self.again(self.objects)

    def again(self, objects: Any) -> NDArray[np.float64]:
        """Values of objects as they will be asked."""
        form = self.working.form
        if form.kind == "torch" and not self.score.with_gradients:
            form = replace(form, offer="torch")
        return to_numpy(self.score(form.prepared(objects), form))

    def anew(self, points: torch.Tensor) -> NDArray[np.float64]:
        """Values of points that are decoded and scored once more."""
        return self.again(self.pipeline.seen(points, self.decode(points)))

    def combined(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values as scores `[n]`."""
        return to_numpy(self.pipeline.scorer.combined(values))

    @property
    def seconds(self) -> float:
        """What an object costs, rounded: as declared, or the least that was seen."""
        if self.pipeline.seconds is not None:
            return power_of_ten(self.pipeline.seconds)
        return power_of_ten(self.decode.seconds + self.score.seconds)

    def is_free(self, rows: int) -> bool:
        """Whether so many rows may be asked at next to no cost."""
        return self.seconds <= FREE and self.decode.most >= rows

    def warm_up(self) -> None:
        """Call a few objects more where it matters whether the first calls were slow by chance."""
        for _ in range(WARMING):
            called = max(self.decode.called, self.score.called) + len(self.working.rows)
            if self.seconds not in UNSURE or called > MOST_CALLED:
                return
            self.anew(self.points)
