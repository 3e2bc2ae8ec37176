"""Latents of any shape, fixed coordinates, numpy's whole numbers: people have all of these."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.protocol import Capability
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import finished, path_of

SHAPES = [(4, 3, 2), (3, 5), (2, 2), (1, 1, 1), (6,)]
SPACES = [bb.Space.normal(shape) for shape in SHAPES]
SPACES += [bb.Space.sphere((3, 4)), bb.Space.box(-1, 1, (2, 3)), bb.Space.normal((2, 3), limit=1)]
FIXED = [
    bb.Space.box([-1, 0.5, 0, 2], [1, 0.5, 3, 2]),
    bb.Space.box([[0, 1], [2, 3]], [[1, 1], [2, 4]]),
    bb.Space.box([0.1, -1, -1], [0.1, 1, 1]),
]
STRATEGIES = ["random_search", "gradient_ascent", "cma_es", "bayes_opt", "chained_zeroth_order"]


@pytest.mark.parametrize("space", [*SPACES, *FIXED], ids=str)
def test_decoders_see_whole_latents_and_searches_flat_points(space: bb.Space) -> None:
    shapes = set()

    def decoder(z: torch.Tensor) -> torch.Tensor:
        shapes.add(tuple(z.shape[1:]))
        return torch.tanh(z).flatten(1)

    objective = bb.Objective(lambda x: -((x - 0.3) ** 2).sum(-1), decoder, space, name="shaped")
    study = bb.compare(objective, STRATEGIES, 12, seeds=1)
    assert (study.runs.status == "spent").all(), study.runs.error
    assert shapes == {space.shape}
    for trace in study.traces:
        assert trace.z.shape[1] == trace.dim == space.dim
        latents = np.isfinite(trace.z).all(axis=1)
        whole = space.shaped(trace.z[latents]).reshape(int(latents.sum()), -1)
        truth = -((np.tanh(whole) - 0.3) ** 2).sum(1)
        assert trace.score[latents] == pytest.approx(truth, rel=1e-4)


@pytest.mark.parametrize("space", [*SPACES, *FIXED], ids=str)
def test_scorers_without_a_decoder_see_whole_latents(space: bb.Space) -> None:
    def of_batch(x: torch.Tensor) -> torch.Tensor:
        assert tuple(x.shape[1:]) == space.shape
        return x.flatten(1).sum(-1)

    def of_one(x: Any) -> float:
        assert tuple(x.shape) == space.shape
        return float(x.sum())

    z = space.sample(np.random.default_rng(0), 5)
    expected = space.shaped(z).reshape(5, -1).sum(1)
    for scorer, batched in ((of_batch, None), (of_one, False), (of_one, None)):
        objective = bb.Objective(scorer, space=space, batched=batched)
        assert objective.evaluate(bb.Ask(z)).score == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("space", [*SPACES, *FIXED], ids=str)
def test_gradients_are_those_of_the_searched_coordinates(space: bb.Space) -> None:
    objective = bb.Objective(lambda x: (x**3).flatten(1).sum(-1), space=space)
    z = space.sample(np.random.default_rng(0), 3)
    answer = objective.evaluate(bb.Ask(z, 1))
    assert answer.grad.shape == z.shape
    assert answer.grad == pytest.approx(3 * z**2, rel=1e-9)


@pytest.mark.parametrize("space", [*SPACES, *FIXED], ids=str)
def test_objects_decoded_and_pulled_back_have_their_shapes(space: bb.Space) -> None:
    objective = bb.Objective(lambda x: x.flatten(1).sum(-1), lambda z: 2 * z, space)
    z = space.sample(np.random.default_rng(0), 3)
    x = objective.evaluate(bb.Decode(z)).x
    assert x == pytest.approx(2 * space.shaped(z), rel=1e-6)
    pulled = objective.evaluate(bb.PullBack(z, np.ones_like(x))).pulled
    assert pulled == pytest.approx(np.full(z.shape, 2.0))
    data = objective.evaluate(bb.Ask(x, 1, "data"))
    assert data.grad == pytest.approx(np.ones_like(x))


@pytest.mark.parametrize("space", [SPACES[0], FIXED[1]], ids=str)
def test_starts_and_codes_may_be_given_as_whole_latents(space: bb.Space) -> None:
    z = space.sample(np.random.default_rng(1), 8)
    objective = bb.Objective(
        lambda x: x.flatten(1).sum(-1),
        space=space,
        starts=lambda rng, m: space.shaped(z)[:m],
        codes=torch.tensor(space.shaped(z)),
        name="given",
    )
    assert np.array_equal(objective.starts(np.random.default_rng(0), 8), z)
    assert objective.codes is not None
    assert np.array_equal(objective.codes, z)
    (trace,) = bb.compare(objective, "random_search", 3, seeds=1).traces
    assert np.array_equal(trace.z[0], z[0])


def test_a_fixed_coordinate_that_is_moved_is_named() -> None:
    space = FIXED[0]
    moved = space.shaped(space.sample(np.random.default_rng(0), 8))
    moved[3, 1] = 0.7
    objective = bb.Objective(
        lambda x: x.sum(-1), space=space, starts=lambda rng, m: moved[:m], name="moved"
    )
    with pytest.raises(ObjectiveError, match=r"axis 1 is fixed at 0\.5, but latent 3 has 0\.7"):
        objective.starts(np.random.default_rng(0), 8)


def test_latents_that_are_read_have_the_shape() -> None:
    seen = set()

    def by_latent(z: torch.Tensor) -> torch.Tensor:
        seen.add(tuple(z.shape[1:]))
        return z.flatten(1).sum(-1)

    def judge(z: torch.Tensor) -> Any:
        seen.add(tuple(z.shape[1:]))
        return z.flatten(1).norm(dim=1)

    space = bb.Space.normal((2, 3))
    objective = bb.Objective(
        by_latent,
        lambda z: z.flatten(1),
        space,
        reads="latent",
        judges={"norm": bb.Judge(judge, reads="latent")},
        name="latent",
    )
    (trace,) = bb.compare(objective, "gradient_ascent", 8, seeds=1).traces
    assert seen == {(2, 3)}
    assert path_of(trace).judged["norm"] == pytest.approx(
        np.linalg.norm(trace.z, axis=1)[path_of(trace).rows]
    )


def test_a_network_over_shaped_latents_offers_no_fine_tuning_and_says_so() -> None:
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(6, 3))
    objective = bb.Objective(lambda x: x.sum(-1), net, bb.Space.normal((2, 3)), name="net")
    assert Capability.DECODER not in objective.capabilities
    study = bb.compare(objective, ["finetune_decoder", "random_search"], 5, seeds=1)
    assert study.runs.strategy.tolist() == ["random_search"]
    assert len(study.skipped) == 1


WHOLE = [np.int64(7), np.int32(7), np.uint8(7), np.array(7)]


@pytest.mark.parametrize(
    "seven", WHOLE, ids=lambda w: f"{type(w).__name__} {getattr(w, 'dtype', '')}"
)
def test_numpy_integers_are_whole_numbers_wherever_one_is_meant(seven: Any) -> None:
    space = bb.Space.normal(seven)
    assert space.dim == 7
    assert type(space.dim) is int
    assert bb.Space.sphere((seven, 2)).shape == (7, 2)
    objective = bb.Objective(lambda x: -(x**2).sum(-1), space=space, name="whole", batch_size=seven)
    two: Any = np.int64(2)
    study = bb.compare(objective, "random_search", seven, seeds=two)
    assert [len(trace) for trace in study.traces] == [7, 7]
    strategy = bb.strategy("random_search")
    both: list[Any] = [np.int64(1), np.int32(4)]
    listed = bb.compare(objective, strategy, 3, seeds=both, prices=seven)
    assert listed.recipe["seeds"] == [1, 4]


def test_the_same_point_has_the_same_score_whatever_the_shape_of_its_latent() -> None:
    flat = bb.Objective(lambda x: -(x**2).sum(-1), space=bb.Space.normal(6), name="o")
    shaped = bb.Objective(
        lambda x: -(x.flatten(1) ** 2).sum(-1), space=bb.Space.normal((2, 3)), name="o"
    )
    for strategy in STRATEGIES[:-1]:
        runs = [finished(bb.strategy(strategy), o, budget=15) for o in (flat, shaped)]
        here, there = (run.recorder.filled() for run in runs)
        assert np.array_equal(here["z"], there["z"])
        assert np.array_equal(here["score"], there["score"])
