"""The promises of an objective: one test each."""

from __future__ import annotations

import unittest
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox import registry
from blackbox.errors import ObjectiveError
from blackbox.protocol import Ask, Capability, Decode, PullBack
from blackbox.scoring.objective import Objective


class ObjectivePromises:
    """What every objective promises; set `objective` to one, or to its name."""

    objective: Any

    @property
    def given(self) -> Objective:
        """The objective that is held to its promises."""
        given = self.objective
        return registry.objective(given) if isinstance(given, str) else given

    def draws(self, n: int) -> NDArray[np.float64]:
        """Prior draws `[n, d]`, the same each time."""
        return self.given.space.sample(np.random.default_rng(0), n)

    def bits(self, points: NDArray[np.float64], order: int) -> list[bytes]:
        """Each row of an answer as bits."""
        answer = self.given.evaluate(Ask(points, order))  # type: ignore[arg-type]
        grad = answer.grad if order else np.zeros((len(answer), 0))
        return [s.tobytes() + g.tobytes() for s, g in zip(answer.score, grad, strict=True)]

    @property
    def orders(self) -> tuple[int, ...]:
        """0, and 1 where there are gradients."""
        return (0, 1) if Capability.GRADIENT in self.given.capabilities else (0,)

    def test_row_i_depends_on_point_i_only(self) -> None:
        """Whatever else is asked with it, where runs may be fused at all."""
        if not self.given.facts.batching.fused or self.given.facts.noise_from:
            raise unittest.SkipTest("runs of this objective are never fused")
        z = self.draws(150)
        for order in self.orders:
            whole = self.bits(z, order)
            shuffle = np.random.default_rng(1).permutation(len(z))
            assert self.bits(z[shuffle], order) == [whole[i] for i in shuffle]
            parts = (z[:1], z[1:4], z[4:83], z[83:])
            assert [row for part in parts for row in self.bits(part, order)] == whole

    def test_scores_are_finite_or_invalid_and_the_same_twice(self) -> None:
        """NaN says that a point has no score, and `valid` says the same."""
        given, z = self.given, self.draws(20)
        z = np.concatenate([z, given.space.clip(30 * z[:5])])
        first, again = given.evaluate(Ask(z)), given.evaluate(Ask(z))
        assert np.array_equal(np.isfinite(first.score), first.valid)
        assert first.valid.any(), "no draw of the prior has a score"
        assert (first.notes is None) == first.valid.all()
        if not given.facts.noise_from:
            assert first.score.tobytes() == again.score.tobytes()

    def test_gradients_agree_with_finite_differences(self) -> None:
        """To the precision of the dtype."""
        given = self.given
        if 1 not in self.orders:
            raise unittest.SkipTest("offers no gradient")
        z, scale = self.draws(4), given.space.scale
        # Truncation and rounding are balanced at eps^(1/3); the tolerance is that of the dtype.
        double = given.facts.dtype == torch.float64
        step, tolerance = (1e-5, 1e-5) if double else (1e-2, 2e-2)
        grad = given.evaluate(Ask(z, 1)).grad * scale
        for i in range(given.space.dim):
            shift = np.zeros(given.space.dim)
            shift[i] = step * scale[i]
            up, down = (given.evaluate(Ask(p)).score for p in (z + shift, z - shift))
            slope = (up - down) / (2 * step)
            assert np.abs(slope - grad[:, i]).max() <= tolerance * np.abs(grad).max()

    def test_pulled_back_vectors_agree_with_finite_differences(self) -> None:
        """The decoder's vector-Jacobian product."""
        given = self.given
        if Capability.PULL_BACK not in given.capabilities or given.decoder is None:
            raise unittest.SkipTest("has no differentiable decoder")
        z, step = self.draws(3), 1e-2
        x = given.evaluate(Decode(z)).x
        v = np.random.default_rng(2).standard_normal(x.shape)
        pulled = given.evaluate(PullBack(z, v)).pulled
        for i in range(given.space.dim):
            shift = np.eye(given.space.dim)[i] * step
            up, down = (given.evaluate(Decode(p)).x for p in (z + shift, z - shift))
            along = ((up - down) * v).reshape(len(z), -1).sum(1) / (2 * step)
            assert np.abs(along - pulled[:, i]).max() <= 2e-2 * np.abs(pulled).max()

    def test_a_wrong_dimension_is_refused_with_a_message(self) -> None:
        """Which says what was asked."""
        try:
            self.given.evaluate(Ask(np.zeros((2, self.given.space.dim + 1))))
        except ObjectiveError as error:
            assert f"[n, {self.given.space.dim}]" in str(error)
        else:
            raise AssertionError("points of another dimension were scored")

    def test_an_empty_batch_is_fine(self) -> None:
        """No point, no score."""
        for order in self.orders:
            assert self.bits(np.empty((0, self.given.space.dim)), order) == []

    def test_starts_are_points_of_the_space(self) -> None:
        """The same for every strategy of a seed."""
        starts = self.given.starts(np.random.default_rng(0), 5)
        assert starts.shape == (5, self.given.space.dim)
        assert self.given.space.contains(starts).all()

    def test_judges_give_one_number_per_object(self) -> None:
        """By name."""
        z = self.draws(6)
        verdicts = self.given.judge(self.given.decode(z), z)
        assert set(verdicts) == set(self.given.judges)
        assert all(verdict.shape == (6,) for verdict in verdicts.values())
