"""Where log expected improvement is largest over whole numbers, choices and real numbers together.

Real numbers are climbed with the gradient while the rest stands still, and the rest takes the best
step of one axis while they do, by turns: as `optimize_acqf_mixed_alternating` of BoTorch, and the
interleaved search of Wan et al., CASMOPOLITAN, 2021 (arXiv 2102.07188). A space of few objects is
looked through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.optimize import Bounds, minimize

from blackbox.protocol import Array
from blackbox.strategies.bayesian.acquisition import (
    COARSE,
    FINE,
    best_known,
    log_ei,
    log_ei_with_gradient,
)
from blackbox.strategies.bayesian.mixed import SeenColumns
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
    ) -> Array:
        """Points `[m, d]` of objects between two ends `[d]`, each once, the best first."""
        space = self.columns.space
        objects = self.columns.objects
        if objects is not None:
            inside = ((objects >= box[0]) & (objects <= box[1])).all(axis=1)
            return _ordered(gp, best, objects[inside])
        near = np.clip(self._neighbours(gp, box, rng), *box)
        far, near = (space.canonical(np.clip(points, *box)) for points in (raw, near))
        pool = [_ordered(gp, best, far), _ordered(gp, best, near)]
        half = (self.restarts + 1) // 2
        points = np.vstack([pool[0][:half], pool[1][: self.restarts - half]])
        value = log_ei(gp, best, points)
        for _ in range(self.turns):
            points = self._climbed(gp, best, points, box, COARSE)
            points = self._stepped(gp, best, points, box, rng)
            before, value = value, log_ei(gp, best, points)
            if (value <= before + COARSE * np.abs(before)).all():
                break
        refined = _ordered(gp, best, points)
        top = self._climbed(gp, best, refined[:1], box, FINE)
        around = np.vstack([top, *self.columns.beside(top[0], rng)])
        return _ordered(gp, best, np.vstack([around, refined, *pool]))

    def _climbed(
        self, gp: Model, best: float, start: Array, box: tuple[Array, Array], tolerance: float
    ) -> Array:
        """Points `[m, d]` moved up in their real numbers by L-BFGS-B, none of them down."""
        real = self.columns.real
        if not len(real):
            return start
        z = start.copy()

        def loss(flat: Array) -> tuple[float, Array]:
            z[:, real] = flat.reshape(len(z), -1)
            value, grad = log_ei_with_gradient(gp, best, z)
            return -float(value.sum()), -grad[:, real].ravel()

        low, high = (np.tile(end[real], len(z)) for end in box)
        optimum = minimize(
            loss,
            np.clip(start[:, real].ravel(), low, high),
            jac=True,
            bounds=Bounds(low, high),
            method="L-BFGS-B",
            options={"maxiter": self.steps, "ftol": tolerance},
        )
        z[:, real] = np.clip(optimum.x, low, high).reshape(len(z), -1)
        # A joint line search may leave one of them worse than it began.
        is_up = log_ei(gp, best, z) > log_ei(gp, best, start)
        return np.where(is_up[:, None], z, start)

    def _stepped(
        self, gp: Model, best: float, points: Array, box: tuple[Array, Array], rng: Generator
    ) -> Array:
        """Points `[m, d]`, each at the best of those that differ in one step, if that is better."""
        beside = [np.vstack([point, *self.columns.beside(point, rng)]) for point in points]
        value = log_ei(gp, best, np.vstack(beside))
        inside = [((some >= box[0]) & (some <= box[1])).all(axis=1) for some in beside]
        value = np.where(np.concatenate(inside), value, -np.inf)
        ends = np.cumsum([len(some) for some in beside])[:-1]
        return np.stack(
            [
                some[np.argmax(values)]
                for some, values in zip(beside, np.split(value, ends), strict=True)
            ]
        )

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


def _ordered(gp: Model, best: float, points: Array) -> Array:
    """Points `[m, d]`, each once, by log EI, the best first."""
    points = np.unique(points, axis=0)
    return points[np.argsort(-log_ei(gp, best, points), kind="stable")]
