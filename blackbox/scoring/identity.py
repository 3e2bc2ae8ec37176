"""Is this objective still the one that it was? Told by how it scores a few draws of its prior."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from blackbox.errors import ObjectiveError
from blackbox.scoring.batching import MOST
from blackbox.scoring.evaluator import Evaluator
from blackbox.scoring.facts import Facts
from blackbox.scoring.pipeline import Pipeline


def fingerprint(name: str, pipeline: Pipeline, facts: Facts, choices: Sequence[object]) -> str:
    """A hash of what an objective is and of how it scores the probe's draws."""
    space = pipeline.space
    parts = (name, str(space), *space.fixed, pipeline.reads, *choices)
    content = repr((parts, _remembered(facts.scores)))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def still_scores(pipeline: Pipeline, facts: Facts) -> bool:
    """Whether the scorer still scores the first draws as it did when these facts were found.

    Calls one object, or two where they are cheap. Of a noisy scorer nothing can be told.
    """
    if not facts.scores:
        return bool(facts.noise_from)
    rows = 1 if facts.dear else len(facts.scores)
    draws = pipeline.space.sample(np.random.default_rng(0), MOST)[:rows]
    try:
        scores = Evaluator(pipeline, facts).answer(draws, 0, False).score
    except ObjectiveError:
        return False  # it is to be called otherwise now: another probe finds out how
    return _remembered(scores.tolist()) == _remembered(facts.scores[:rows])


def _remembered(scores: Sequence[float]) -> list[str]:
    return [f"{score:.5g}" for score in scores]
