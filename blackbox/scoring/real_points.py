"""The points of an objective that are taken for real: what odd ones are measured against."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.protocol import Answer, Array, Ask, Message
from blackbox.scoring.facts import Facts
from blackbox.scoring.scorer import Scorer
from blackbox.space import Space

Floats = NDArray[np.float64]
FEWEST = 40  # distinct starts: fewer are no sample of what is real


class Scoreable(Protocol):
    """What is asked of an objective."""

    name: str
    space: Space
    scorer: Scorer
    codes: Array | None

    @property
    def facts(self) -> Facts:
        """What was found out about it."""
        ...

    def starts(self, rng: np.random.Generator, m: int) -> Array:
        """First points of a seed."""
        ...

    def decode(self, z: Array) -> Any:
        """Objects of latent points."""
        ...

    def evaluate(self, message: Message) -> Answer:
        """Scores."""
        ...


def real_points(objective: Scoreable, given: Any, n: int, rng: np.random.Generator) -> Array:
    """Latents `[m, d]` of points that are taken for real, each once.

    Raises ObjectiveError for given ones that are too few, or none.
    """
    if given is not None:
        given = np.asarray(given, float)
        if given.ndim != 2 or given.shape[1] != objective.space.dim or len(given) < FEWEST:
            raise ObjectiveError(
                f"real points are latents [n, {objective.space.dim}] with n >= {FEWEST}, not "
                f"{list(given.shape)}"
            )
        return np.asarray(given[rng.permutation(len(given))[: 2 * n]], np.float64)
    starts = np.unique(objective.starts(rng, n), axis=0)
    parts = [] if len(starts) < FEWEST else [starts]
    if objective.codes is not None and len(objective.codes) >= FEWEST:
        parts.append(objective.codes[rng.permutation(len(objective.codes))[:n]])
    if not parts:  # its starts are a few of its own
        return objective.space.sample(rng, n)
    return np.unique(np.concatenate(parts), axis=0)


def scores(objective: Scoreable, z: Array, asked: bool) -> Floats | None:
    """What the scorer says of points `[n, d]`, -inf where nothing; None where it is not asked."""
    if not asked:
        return None
    answer = objective.evaluate(Ask(z))
    return np.where(answer.valid, answer.score, -np.inf)
