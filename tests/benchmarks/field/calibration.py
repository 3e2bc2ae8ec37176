"""The pace of this machine, now: what every figure of the bench is divided by."""

from __future__ import annotations

import time

import numpy as np

ROUNDS = 3  # the fastest counts: whoever came between has only made the others slower
CALLS = 4_000
SIZE = 64


def pace() -> float:
    """CPU seconds of a fixed loop of what searches are made of: Python, small arrays, LAPACK."""
    return min(_round() for _ in range(ROUNDS))


def _round() -> float:
    matrix = np.eye(SIZE) + 0.5 / SIZE
    point = np.linspace(-1.0, 1.0, 16)
    begun = time.process_time()
    kept: dict[int, float] = {}
    for nth in range(CALLS):
        kept[nth % 97] = float((point * point).sum()) + kept.get(nth % 89, 0.0)
        if nth % 40 == 0:
            np.linalg.cholesky(matrix)
    return time.process_time() - begun
