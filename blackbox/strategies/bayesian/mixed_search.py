"""Where log expected improvement is largest over whole numbers, choices and real numbers together.

Real numbers are climbed with the gradient while the rest stands still, and the rest takes the best
step of one axis while they do, by turns: as `optimize_acqf_mixed_alternating` of BoTorch, and the
interleaved search of Wan et al., CASMOPOLITAN, 2021 (arXiv 2102.07188). A space of few objects is
looked through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from blackbox.protocol import Array
from blackbox.strategies.bayesian.acquisition import (
    COARSE,
    best_known,
    climbed,
    log_ei,
)
from blackbox.strategies.bayesian.feasibility import ConstrainedModel
from blackbox.strategies.bayesian.mixed import MixedGP, RealColumns, SeenColumns
from blackbox.strategies.bayesian.model import Model


@dataclass(frozen=True)
class MixedSearch:
    """The best of many raw objects, refined in turns."""

    columns: SeenColumns
    near: int = 64
    restarts: int = 8
    turns: int = 4  # of a step in each of the two ways; most stand still after two
    steps: int = 50  # of a climb in the real numbers

    def candidates(
        self, gp: Model, best: float, raw: Array, box: tuple[Array, Array], rng: Generator
    ) -> tuple[Array, Array]:
        """Points `[m, d]` of objects between two ends `[d]`, each once, and their log EI, the best
        first.
        """
        look = _Look(gp, best, self.columns)
        space, objects = self.columns.space, self.columns.objects
        if objects is not None:
            inside = objects[((objects >= box[0]) & (objects <= box[1])).all(axis=1)]
            return _ordered(inside, look.value(inside))
        near = np.clip(self._neighbours(gp, box, rng), *box)
        both = space.canonical(np.clip(np.vstack([raw, near]), *box))
        levels, half = look.value(both), (self.restarts + 1) // 2
        far = _ordered(both[: len(raw)], levels[: len(raw)])[0][:half]
        near = _ordered(both[len(raw) :], levels[len(raw) :])[0][: self.restarts - half]
        points = np.vstack([far, near])
        value = look.value(points)
        for _ in range(self.turns):
            points, _ = look.climbed(points, box, self.steps)
            before, (points, value) = value, self._stepped(look, points, box, rng)
            if (value <= before + COARSE).all():
                break
        points, value = _ordered(points, value)
        top, top_value = look.climbed(points[:1], box, self.steps)
        around = np.vstack([*self.columns.beside(top[0], rng)])
        return _ordered(
            np.vstack([top, around, points, both]),
            np.concatenate([top_value, look.value(around), value, levels]),
        )

    def _stepped(
        self, look: _Look, points: Array, box: tuple[Array, Array], rng: Generator
    ) -> tuple[Array, Array]:
        """Points `[m, d]`, each at the best of those that differ in one step, if that is better;
        and their log EI.
        """
        beside = [np.vstack([point, *self.columns.beside(point, rng)]) for point in points]
        together = np.vstack(beside)
        inside = ((together >= box[0]) & (together <= box[1])).all(axis=1)
        value = np.where(inside, look.value(together), -np.inf)
        ends = np.cumsum([len(some) for some in beside])
        firsts = np.append(0, ends[:-1])
        rows = [a + int(np.argmax(value[a:b])) for a, b in zip(firsts, ends, strict=True)]
        return together[rows], value[rows]

    def _neighbours(self, gp: Model, box: tuple[Array, Array], rng: Generator) -> Array:
        """Copies `[near, d]` of the best known points, moved in some of their coordinates."""
        top = best_known(gp)
        chosen = top[np.arange(self.near) % len(top)]
        size, width = 10.0 ** rng.uniform(-3.0, -0.5, (self.near, 1)), box[1] - box[0]
        moved = chosen + size * width * rng.standard_normal(chosen.shape)
        other = rng.random(chosen.shape)
        steps = self.columns.steps
        # A whole number or a choice changes or stays: small moves would all stay in their cell.
        moved[:, steps] = np.where(
            rng.random((self.near, len(steps))) < 1 / len(steps), other[:, steps], chosen[:, steps]
        )
        return moved


class _Look:
    """Log EI at points, by a model of the columns that are seen of them: these are looked up once
    for all processes, and not at all in a climb, which moves none but those of real numbers.
    """

    def __init__(self, gp: Model, best: float, columns: SeenColumns) -> None:
        self.columns, self.best = columns, best
        self.gp = _in_columns(gp, RealColumns(columns.real_columns))

    def value(self, points: Array) -> Array:
        """Log EI `[m]` at points `[m, d]`."""
        return log_ei(self.gp, self.best, self.columns.seen(points))

    def climbed(self, start: Array, box: tuple[Array, Array], steps: int) -> tuple[Array, Array]:
        """Points `[m, d]` moved up in their real numbers, and log EI there `[m]`."""
        columns, moving = self.columns, self.columns.real_columns
        low, high = np.zeros(len(moving)), np.ones(len(moving))
        low[moving], high[moving] = (end[columns.real] for end in box)
        ends, tops = climbed(self.gp, self.best, columns.seen(start), (low, high), steps)
        points = start.copy()
        points[:, columns.real] = ends[:, moving]
        return points, tops


def _in_columns(gp: Model, columns: RealColumns) -> Model:
    """A model of mixed points as one of what it sees of them."""

    def view(one: Model) -> MixedGP:
        assert isinstance(one, MixedGP)
        return replace(one, columns=columns)

    if isinstance(gp, ConstrainedModel):
        constraints = tuple(view(one) for one in gp.constraints)
        return replace(gp, outcome=view(gp.outcome), constraints=constraints)
    return view(gp)


def _ordered(points: Array, value: Array) -> tuple[Array, Array]:
    """Points `[m, d]`, each once, and their values `[m]`, the best first."""
    points, first = np.unique(points, axis=0, return_index=True)
    order = np.argsort(-value[first], kind="stable")
    return points[order], value[first][order]
