"""Latents that should be noise, and judges that look at points rather than at objects."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

import blackbox as bb
from blackbox.scoring.scorer import ObjectiveError
from blackbox.scoring.typicality import LIMIT, noise_surprise

DIM = 400


def noise(n: int = 100, dim: int = DIM) -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).standard_normal((n, dim)))


def with_norm_of_noise(z: Tensor) -> Tensor:
    of_that_norm: Tensor = z * math.sqrt(z.shape[1]) / z.norm(dim=1, keepdim=True)
    return of_that_norm


@pytest.mark.parametrize("dim", [100, 102, 784])
def test_noise_is_no_surprise(dim: int) -> None:
    surprise = noise_surprise(noise(dim=dim))
    assert (surprise >= 0).all()
    assert (surprise <= LIMIT).mean() >= 0.9


def test_a_constant_latent_is_as_unlikely_as_the_bounds_say() -> None:
    # 100 blocks (1, 1, 1, 1): |mean|^2 = 4, and the moments are 11' with the eigenvalue 4.
    mean = 100 * 4 / (2 * 4) - math.log(2)
    moments = 100 * (math.sqrt(1 + 3) - 1 - math.sqrt(4 / 100)) ** 2 / 2 - math.log(2)
    assert noise_surprise(torch.ones(1, DIM)) == pytest.approx([2 * (mean + moments)])


@pytest.mark.parametrize(
    "bend",
    [
        lambda z: z + 0.5,
        lambda z: torch.cat([z[:, :200], z[:, :200]], dim=1).view(-1, 2, 200).mT.flatten(1),
        lambda z: z.abs(),
    ],
    ids=["a mean", "neighbours alike", "no negative number"],
)
def test_what_is_no_noise_is_told_at_the_norm_of_noise(
    bend: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    bent = with_norm_of_noise(bend(noise(10)))
    assert (noise_surprise(bent) > LIMIT).all()


def test_a_latent_with_a_shape_is_judged_as_its_numbers_are() -> None:
    z = noise(4, 128)
    assert (noise_surprise(z.view(4, 2, 8, 8)) == noise_surprise(z)).all()


def test_short_latents_are_not_asked() -> None:
    with pytest.raises(ValueError, match="from 100 dimensions on, not 16"):
        bb.noise_judge(16)


def test_a_judge_of_latents_sees_points_and_the_start() -> None:
    objective = bb.Objective(
        lambda x: x.sum(-1),
        lambda z: z[:, :1],
        bb.Space.normal(3),
        judges={
            "norm": bb.Judge(lambda z: z.norm(dim=1), reads="latent"),
            "moved": bb.Judge(lambda z, start: (z - start).norm(dim=1), reads="latent"),
            "width": lambda x: np.full(len(x), x.shape[1]),
        },
        name="first",
    )
    paths = bb.compare(objective, "random_search", 12, seeds=2).paths()
    np.testing.assert_allclose(paths["judge_norm"], paths["z_norm"])
    assert (paths.groupby("seed")["judge_moved"].first() == 0).all()
    assert (paths["judge_width"] == 1).all()


def test_a_judge_of_latents_refuses_what_has_none() -> None:
    norm = bb.Judge(lambda z: z.norm(dim=1), reads="latent")
    moved = bb.Judge(lambda z, start: (z - start).norm(dim=1), reads="latent")
    z, x = np.array([[3.0, 4.0], [np.nan, np.nan], [0.0, 0.0]]), torch.zeros(3, 2)
    np.testing.assert_array_equal(norm.verdict(x, "norm", z), [5, np.nan, 0])
    np.testing.assert_array_equal(moved.verdict(x, "moved", z), [0, np.nan, 5])
    np.testing.assert_array_equal(moved.verdict(x, "moved", z[[1, 0]]), [np.nan, np.nan])
    objective = bb.Objective(lambda x: x.sum(-1), judges={"norm": norm}, space=bb.Space.normal(2))
    assert np.isnan(objective.judge(x)["norm"]).all()
    np.testing.assert_array_equal(objective.judge(x, z)["norm"], [5, np.nan, 0])


def test_a_judge_reads_one_of_two() -> None:
    with pytest.raises(ObjectiveError, match="reads 'data' or 'latent', not 'z'"):
        bb.Judge(len, reads="z")  # type: ignore[arg-type]
