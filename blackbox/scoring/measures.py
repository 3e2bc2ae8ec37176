"""The measures of oddness by their names, made for one objective."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.scoring import oddness
from blackbox.scoring.judge import Judge, as_judges
from blackbox.scoring.oddness import Oddness, SeenPoints
from blackbox.scoring.real_points import Scoreable

Floats = NDArray[np.float64]
MEASURES = (
    *("appearance", "shell", "codes", "cycle"),
    *("disagreement", "extrapolation", "sharpness"),
)
# Those that read what the scorer says of real points: it is called for them.
OF_SCORES = ("disagreement", "extrapolation")


class Means(Protocol):
    """What a user has to measure with."""

    @property
    def scorers(self) -> Sequence[Callable[[Any], Any]]:
        """Others like the scorer."""
        ...

    @property
    def encoder(self) -> Callable[[Any], Any] | None:
        """From objects to latents."""
        ...

    @property
    def detectors(self) -> Mapping[str, Callable[..., Any] | Judge]:
        """One's own measures."""
        ...


def made(
    names: Sequence[str], asked: Means, objective: Scoreable, real: SeenPoints
) -> dict[str, Oddness]:
    """The measures of these names, made of real points, and the user's own detectors.

    Where objects are neither numbers nor texts, their latents stand for them. Raises ObjectiveError
    for what a measure lacks.
    """
    measures: dict[str, Oddness] = {}
    for name in names:
        if name == "cycle" and asked.encoder is None:
            raise ObjectiveError("the measure 'cycle' needs an encoder=, x -> z")
        if name == "disagreement" and not asked.scorers:
            raise ObjectiveError("the measure 'disagreement' needs other scorers=")
        measure = _measure(name, asked, objective, real)
        if measure is not None:
            measures[name] = measure
    for name, detector in as_judges(asked.detectors).items():
        measures[name] = partial(_detected, detector, name)
    return measures


def _measure(name: str, asked: Means, objective: Scoreable, real: SeenPoints) -> Oddness | None:
    match name:
        case "appearance":
            return oddness.appearance(real) or oddness.nearness(real.z)
        case "shell":
            return oddness.shell(objective.space)
        case "codes":
            return oddness.nearness(real.z)
        case "cycle":
            return None if asked.encoder is None else oddness.cycle(asked.encoder)
        case "disagreement":
            return partial(_apart, asked, objective)
        case "extrapolation":
            return oddness.extrapolation
    return oddness.sharpness(objective.decode, objective.space.scale)


def _apart(asked: Means, objective: Scoreable, points: SeenPoints) -> Floats:
    """How far other scorers are from the scorer, in its units: root mean square."""
    apart = opinions(objective, asked.scorers, points.x) - points.score[:, None]
    return np.asarray(np.sqrt((apart**2).mean(axis=1)), np.float64)


def _detected(detector: Judge, name: str, points: SeenPoints) -> Floats:
    return detector.verdict(points.x, name, points.z)


def opinions(objective: Scoreable, scorers: Sequence[Callable[[Any], Any]], x: Any) -> Floats:
    """What other scorers make of objects, as scores `[n, k]`: with the target and sign asked."""
    each = oddness.opinions(scorers, x).T
    return np.stack([objective.scorer.from_truth(one) for one in each], axis=1)
