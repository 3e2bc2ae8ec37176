"""Is this objective still the one that it was? Told by how it scores a few draws of its prior."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from blackbox.errors import ObjectiveError
from blackbox.scoring.batching import draws_of_a_probe
from blackbox.scoring.evaluator import Evaluator
from blackbox.scoring.facts import Facts
from blackbox.scoring.pipeline import Pipeline


def fingerprint(facts: Facts) -> str:
    """A hash of how an objective scores the probe's draws; of a noisy one, that it is noisy."""
    content = repr(_remembered(facts.scores) or "noisy")
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def still_scores(pipeline: Pipeline, facts: Facts) -> bool:
    """Whether the scorer still scores the first draws as it did when these facts were found.

    Calls one object, or two where they are cheap. Of a noisy scorer nothing can be told.
    """
    if not facts.scores:
        return bool(facts.noise_from)
    rows = 1 if facts.dear else len(facts.scores)
    many = draws_of_a_probe(pipeline.space.dim)
    draws = pipeline.space.sample(np.random.default_rng(0), many)[:rows]
    try:
        scores = Evaluator(pipeline, facts).answer(draws, 0, False).score
    except ObjectiveError:
        return False  # it is to be called otherwise now: another probe finds out how
    return _remembered(scores.tolist()) == _remembered(facts.scores[:rows])


def _remembered(scores: Sequence[float]) -> list[str]:
    return [f"{score:.5g}" for score in scores]
