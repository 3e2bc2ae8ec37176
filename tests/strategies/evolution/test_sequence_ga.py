"""The genetic algorithm on strings: what a mutation does, and that the best go on."""

from __future__ import annotations

import numpy as np

from blackbox.protocol import Brief
from blackbox.space import Space
from blackbox.strategies.evolution.sequence_ga import SequenceGa
from blackbox.testing.runs import finished, make_bowl

SPACE = Space.box(0.0, 1.0, 12)


def test_a_mutation_replaces_puts_in_or_takes_out() -> None:
    parent = np.arange(12) / 12 + 0.01
    brief, rng = Brief(SPACE, parent[None], 100.0), np.random.default_rng(0)
    seen = {"replaced": 0, "put in": 0, "taken out": 0}
    for _ in range(60):
        (child,) = SequenceGa(mutations=1)._mutated(parent[None], brief, rng)
        shared = np.isin(child, parent)
        if (child == parent).sum() == 11 and not shared.all():
            seen["replaced"] += 1
        elif shared.all():  # what was last stands there twice
            seen["taken out"] += 1
            assert (np.diff(child) >= 0).all()
        else:
            seen["put in"] += 1
            new = int(np.flatnonzero(~shared)[0])
            assert (child[:new] == parent[:new]).all()
            assert (child[new + 1 :] == parent[new:-1]).all()
    assert min(seen.values()) > 5


def test_the_best_go_on_and_equal_scores_count_once() -> None:
    run = finished(SequenceGa(popsize=5), make_bowl(SPACE), budget=400)
    score = run.recorder.filled()["score"]
    assert score[-100:].mean() > score[:100].mean()
    assert score[-5:].max() > score[0]
