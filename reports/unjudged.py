"""Objectives without their judges, for studies that ask them once, about all runs together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import blackbox as bb
from blackbox.objectives import mnist


def _unjudged(question: Callable[..., bb.Objective]) -> Callable[..., bb.Objective]:
    @wraps(question)
    def without_judges(**settings: object) -> bb.Objective:
        objective = question(**settings)
        objective.judges = {}
        return objective

    return without_judges


digit = _unjudged(mnist.digit)
thickness = _unjudged(mnist.thickness)
bold_digit = _unjudged(mnist.bold_digit)
