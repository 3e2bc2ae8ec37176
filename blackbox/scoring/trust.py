"""Is a point still to be believed? A share between 0 and 1, from what a user has, with no truth.

A search that is paid in a learned score finds its errors (Gao, Schulman and Hilton, 2022, arXiv
2210.10760). Where the truth cannot be asked, the next best question is whether a point is still
like the points that the scorer can know. See `oddness.py` for the measures and `conformal.py` for
what their numbers mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.protocol import Answer, Array
from blackbox.scoring.conformal import combined, p_values
from blackbox.scoring.ensemble import Ensemble
from blackbox.scoring.judge import Judge, as_judges
from blackbox.scoring.measures import MEASURES, OF_SCORES, made, opinions
from blackbox.scoring.oddness import Oddness, SeenPoints
from blackbox.scoring.real_points import FEWEST, Scoreable, real_points, scores

Floats = NDArray[np.float64]
DEFAULT = ("appearance", "extrapolation")
DEAR = 1e-2  # seconds of a score from which on real points are not scored unasked
BLOCK = 256  # points that are looked at together


@dataclass(frozen=True)
class Trust:
    """What tells a real find from an error of the scorer, without the truth.

    A point is trusted while it is odder than nearly all real points, a share of `level`, in
    nothing that is measured. Real points are starts of the objective (its own, or draws of the
    prior) and its `codes`, or `real [n, d]`: latents of data that the scorer was not trained on.
    `measures` name what is measured; None are "appearance", the distance of the object to the
    nearest real objects, and "extrapolation", a worth beyond that of real points, unless the scorer
    is dear: it is asked about `n` to `2 n` of them, outside any budget, as for "disagreement" with
    other `scorers`. Further ones are "shell" (the norm of `z`), "codes" (the distance of `z` to
    real ones), "cycle" (with an `encoder`, `x -> z`), "sharpness" (of the decoder); and `detectors`
    of your own, functions `x -> [n]` of which the higher is the odder, or a `Judge`.

    `scorers` are functions like the scorer, in its units, best of other data or of another kind
    (`bb.ensemble` makes some). A point is then worth its score, less `beta` times what they fall
    short of it, in the mean; and the start is returned where none is worth more than it by a
    deviation of what they and the scorer differ by on real points, unless the scorer is dear.
    Where they know nothing of held-out data, nothing is trusted.

    >>> Trust(level=0.05).level
    0.05
    """

    scorers: Sequence[Callable[[Any], Any]] = ()
    encoder: Callable[[Any], Any] | None = None
    real: Any = None
    detectors: Mapping[str, Callable[..., Any] | Judge] = field(default_factory=dict)
    measures: Sequence[str] | None = None
    level: float = 0.002  # odder than all of 500
    beta: float = 1.0  # worth no more than others say
    n: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what measures nothing. Raises ObjectiveError."""
        if unknown := [name for name in self.measures or () if name not in MEASURES]:
            raise ObjectiveError(
                f"there is no measure {unknown[0]!r}; known: {', '.join(MEASURES)}"
            )
        if not (0 < self.level < 1 and self.beta >= 0 and self.n >= FEWEST):
            raise ObjectiveError(f"level lies in (0, 1), beta >= 0 and n >= {FEWEST}; not {self}")
        if self.measures is not None and not (self.measures or self.detectors):
            raise ObjectiveError(f"trust needs a measure of {', '.join(MEASURES)}, or a detector")
        as_judges(self.detectors)

    def of(self, objective: Scoreable) -> Believed:
        """The same for one objective: real points are decoded, and all measures made of them.

        Raises ObjectiveError where a measure lacks what it reads.
        """
        is_cheap = objective.facts.seconds < DEAR
        names = self.measures
        if names is None:
            names = DEFAULT if is_cheap else DEFAULT[:1]
        rng = np.random.default_rng(self.seed)
        sample = real_points(objective, self.real, self.n, rng)
        order = rng.permutation(len(sample))
        near, fresh = order[: len(sample) // 2], order[len(sample) // 2 :]
        reads = not set(OF_SCORES).isdisjoint(names) or (is_cheap and len(self.scorers) > 0)
        reference = self.points(objective, sample[near], None)
        measures = made(names, self, objective, reference)
        points = self.points(objective, sample[fresh], scores(objective, sample[fresh], reads))
        real = {name: measure(points) for name, measure in measures.items()}
        return Believed(objective, self, measures, real, points.differ)

    def points(self, objective: Scoreable, z: Array, score: Floats | None) -> SeenPoints:
        """Points as measures see them; NaN for a score that is not known."""
        x = objective.decode(z)
        score = np.full(len(z), np.nan) if score is None else np.asarray(score, float)
        if not self.scorers:
            return SeenPoints(z, x, score, score)
        others = opinions(objective, self.scorers, x).mean(axis=1)
        worth = score - self.beta * np.maximum(0.0, score - others)
        return SeenPoints(z, x, score, worth, others)

    @property
    def is_skilled(self) -> bool:
        """Whether other scorers, where there are any, know anything of held-out data."""
        return not isinstance(self.scorers, Ensemble) or self.scorers.is_skilled


@dataclass(frozen=True, eq=False)
class Believed:
    """How far points of one objective are to be believed."""

    objective: Scoreable
    asked: Trust
    measures: Mapping[str, Oddness]
    real: Mapping[str, Floats]  # how odd real points are, by each measure
    margin: float = 0.0  # in worth: how much other scorers and the scorer differ on real points

    @property
    def level(self) -> float:
        """Trust ends here: the share that was asked for, at least that of the oddest real point."""
        n = len(next(iter(self.real.values())))
        return max(self.asked.level, 1 / (n + 1))

    def __call__(self, z: Array, score: Array | None = None) -> Floats:
        """The trust `[n]` in points `[n, d]`: the share of real points that are as odd.

        `score [n]` is what the scorer said of them; where it is needed and not given, nothing is
        trusted.
        """
        return self.looked(z, score)[0]

    def looked(self, z: Array, score: Array | None = None) -> tuple[Floats, Floats]:
        """The trust in points, and what they are worth where other scorers fall short, `[n]`."""
        trust, worth = np.zeros(len(z)), np.full(len(z), np.nan)
        for first in range(0, len(z), BLOCK):
            rows = slice(first, first + BLOCK)
            points = self._points(z[rows], score if score is None else score[rows])
            worth[rows] = points.worth
            if self.asked.is_skilled:
                odd = {name: measure(points) for name, measure in self.measures.items()}
                trust[rows] = combined(self.real, odd)
        return trust, worth

    def answer(self, z: Array, score: Array) -> Answer:
        """What a strategy is told of points and their scores."""
        trust, worth = self.looked(z, score)
        return Answer(trust=trust, worth=worth, trusted=trust > self.level)

    def by_measure(self, z: Array, score: Array | None = None) -> dict[str, Floats]:
        """The trust in points by each measure alone, `[n]` each."""
        points = self._points(z, score)
        return {name: p_values(self.real[name], f(points)) for name, f in self.measures.items()}

    def _points(self, z: Array, score: Array | None) -> SeenPoints:
        return self.asked.points(self.objective, np.asarray(z, float), score)


_made: WeakKeyDictionary[Any, tuple[Trust, Believed]] = WeakKeyDictionary()


def believed(objective: Scoreable, asked: Trust | None) -> Believed:
    """The trust of an objective, made once. Raises ObjectiveError where it was given none."""
    if asked is None:
        raise ObjectiveError(f"objective {objective.name} was given no trust=")
    trust, made_of_it = _made.get(objective, (None, None))
    if made_of_it is None or trust is not asked:
        made_of_it = asked.of(objective)
        _made[objective] = asked, made_of_it
    return made_of_it
