"""Hybrid zeroth order: perturb z, take secants in x, pull their sum back through the decoder.

Z. Tang, J. Peng, J. Tang, M. Hong, F. Wang, T.-H. Chang: Tuning-free alignment of diffusion models
with direct noise optimization, 2024, arXiv 2405.18881 (their hybrid gradient for scorers without
one). All that is scored is a decoded object, unlike what `chained_zeroth_order` looks at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array, Ask, Brief, Capability, Decode, PullBack, Search
from blackbox.strategies.estimation.climb import climb
from blackbox.strategies.moves.gradients import Slope
from blackbox.strategies.moves.steps import StepSettings


@dataclass(frozen=True)
class HybridZerothOrder:
    """Adam on scores' secants in x, pulled back to z (Tang et al. 2024, arXiv 2405.18881).

    In expectation a step follows `J^T J` times the gradient: it stretches along what the decoder
    amplifies. It costs `samples` + 1 scores and one pull-back.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DECODE, Capability.PULL_BACK})
    # Points around z per step: the paper's code has 2; measured on a picture's log-probability with
    # 200 scores: 1 and 2 beat 3 and 4.
    samples: int = 2
    radius: float = 0.05  # prior sd, as zeroth_order
    step: str = "adam"  # or "plain", "normalised", "sign"
    learning_rate: float = 0.1  # prior sd per step, as gradient_ascent
    patience: int = 50  # steps without a better score before a restart

    def __post_init__(self) -> None:
        """Refuse numbers outside their bounds."""
        if self.samples < 1 or not self.radius > 0 or self.patience < 1:
            raise ValueError(f"samples, radius and patience must be > 0: {self}")
        StepSettings(self.step, self.learning_rate, "constant")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from each start in turn."""
        steps = StepSettings(self.step, self.learning_rate, "constant")
        for start in brief.starts(rng):
            yield from climb(
                start,
                lambda z, moved: self.slope(z, moved, brief, rng),
                steps.begin(brief.space),
                self.patience,
            )

    def slope(
        self, z: Array, moved: NDArray[np.bool_], brief: Brief, rng: np.random.Generator
    ) -> Slope:
        """The score at `z [1, d]`, and the direction to go from there; its length is not known."""
        shifts = brief.space.tangent(z, rng.standard_normal((self.samples, z.shape[1])))
        around = brief.space.clip(z + self.radius * brief.space.scale * shifts)
        points = np.concatenate([z, around])
        first = np.concatenate([moved, np.zeros(self.samples, bool)])
        answer = yield Ask(points, clipped=first)
        x = (yield Decode(points)).x
        usable = answer.valid[1:] & answer.valid[0]
        rises = np.where(usable, answer.score[1:] - answer.score[0], 0.0)
        along = np.tensordot(rises, x[1:] - x[0], axes=1)
        size = np.linalg.norm(along)
        if not size > 0:
            return float(answer.score[0]), np.zeros(z.shape[1])
        pulled = (yield PullBack(z, along[None] / size)).pulled[0]
        return float(answer.score[0]), pulled * brief.space.scale
