"""Objectives without their judges, for studies that ask them once, about all runs together."""

from __future__ import annotations

from functools import wraps

import blackbox as bb
from objectives import mnist


@wraps(mnist.digit)
def digit(**settings: object) -> bb.Objective:
    """`mnist.digit` without judges."""
    objective = mnist.digit(**settings)
    objective.judges = {}
    return objective
