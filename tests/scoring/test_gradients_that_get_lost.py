"""Where a gradient gets lost, the cause is named with its cure; where it is no number, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.protocol import Capability
from tests.conftest import bowl, finished

SPACE = bb.Space.normal(4)


@torch.no_grad()
def graded_off(x: torch.Tensor) -> torch.Tensor:
    return bowl(x)


@torch.inference_mode()
def inferred(x: torch.Tensor) -> torch.Tensor:
    return bowl(x)


def partly_off(x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        y = 2 * x
    return bowl(y)


def force(x: torch.Tensor) -> torch.Tensor:
    """A force field, as people write it: minus the square of an energy's gradient."""
    x = x if x.requires_grad else x.requires_grad_(True)
    (slope,) = torch.autograd.grad((x**4).sum(), x)
    return -slope.square().sum(-1)


def cut_force(x: torch.Tensor) -> torch.Tensor:
    return force(x.detach().clone().requires_grad_(True))


def saliency(x: torch.Tensor) -> torch.Tensor:
    x = x.detach().requires_grad_(True)
    bowl(x).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    steepness: torch.Tensor = x.grad.norm(dim=-1)
    return -steepness


def energy_and_force(x: torch.Tensor) -> torch.Tensor:
    x = x if x.requires_grad else x.requires_grad_(True)
    energy = (x**4).sum(-1)
    (slope,) = torch.autograd.grad(energy.sum(), x)
    return energy - slope.square().sum(-1)


INSIDE = r"takes a gradient inside.*create_graph=True"
LOST: dict[str, tuple[Callable[[torch.Tensor], Any], str]] = {
    "no_grad": (graded_off, r"`graded_off` runs under torch.no_grad\(\).*leave it out"),
    "inference_mode": (inferred, r"`inferred` runs under torch.inference_mode\(\); leave it out"),
    "no_grad within": (partly_off, r"`partly_off` runs under torch.no_grad\(\)"),
    "autograd.grad": (force, INSIDE),
    "autograd.grad of a copy": (cut_force, INSIDE),
    "backward": (saliency, INSIDE),
    "two terms": (energy_and_force, INSIDE),
    "detach": (lambda x: bowl(x.detach()), r"leave .detach\(\) out"),
    "data": (lambda x: bowl(x.data), "does not depend on its input by torch operations"),
    "item": (lambda x: torch.tensor([bowl(v).item() for v in x]), r"instead of .item\(\)"),
    "float": (lambda x: torch.tensor([float(v) for v in bowl(x)]), r"instead of float\(...\)"),
    "tolist": (lambda x: bowl(x).tolist(), r"instead of .tolist\(\)"),
    "numpy": (lambda x: bowl(x.numpy()), "works on arrays, not on tensors"),
    "argmax": (lambda x: x.argmax(-1).float(), "argmax has no slope; use a soft maximum"),
    "a comparison": (lambda x: (x > 0).float().sum(-1), "a comparison has no slope"),
    "whole numbers": (lambda x: (x > 0).sum(-1), "no slope|no floats"),
    "nothing": (lambda x: torch.zeros(len(x)), "does not depend on its input"),
}


@pytest.mark.parametrize("name", LOST)
def test_the_cause_is_named_and_scores_stay_right(name: str) -> None:
    score, cause = LOST[name]
    objective = bb.Objective(score, space=SPACE, name="lost")
    assert Capability.GRADIENT not in objective.capabilities
    study = bb.compare(objective, ["random_search", "gradient_ascent"], 4, seeds=1)
    (reason,) = study.skipped.reason
    with pytest.raises(AssertionError, match=cause):
        raise AssertionError(reason)
    (trace,) = study.traces
    truth = score(torch.tensor(trace.z))
    truth = truth.detach().numpy() if isinstance(truth, torch.Tensor) else np.array(truth)
    assert trace.valid.all()
    assert trace.score == pytest.approx(truth)


def test_an_inner_gradient_with_a_graph_has_a_gradient() -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        x = x if x.requires_grad else x.requires_grad_(True)
        (slope,) = torch.autograd.grad((x**4).sum(), x, create_graph=True)
        return -slope.square().sum(-1)

    z = SPACE.sample(np.random.default_rng(0), 3)
    answer = bb.Objective(score, space=SPACE).evaluate(bb.Ask(z, 1))
    assert answer.score == pytest.approx(-(16 * z**6).sum(1), rel=1e-6)
    assert answer.grad == pytest.approx(-96 * z**5, rel=1e-6)


OF_DECODERS: dict[str, tuple[Callable[[torch.Tensor], Any], str]] = {
    "no_grad": (torch.no_grad()(lambda z: 2 * z), "torch.no_grad"),
    "inference_mode": (torch.inference_mode()(lambda z: 2 * z), "inference_mode"),
    "detach": (lambda z: (2 * z).detach(), r"leave .detach\(\) out"),
    "numpy and back": (lambda z: torch.from_numpy(2 * z.detach().numpy()), "detach|numpy"),
    "arrays": (lambda z: 2 * z.numpy(), "ndarray objects, which have no gradient"),
    "whole numbers": (lambda z: (9 * z).round().int(), "int32 objects, which have no gradient"),
}


@pytest.mark.parametrize("name", OF_DECODERS)
def test_a_decoder_that_loses_it_is_blamed(name: str) -> None:
    decoder, cause = OF_DECODERS[name]

    def score(x: Any) -> Any:
        return bowl(x) if isinstance(x, np.ndarray) else bowl(x.float())

    objective = bb.Objective(score, decoder, SPACE)
    with pytest.raises(AssertionError, match=cause):
        raise AssertionError(objective.lacks(Capability.GRADIENT))
    assert Capability.GRADIENT not in objective.capabilities
    assert objective.evaluate(bb.Ask(np.ones((2, 4)))).valid.all()


def inner_leaf(z: torch.Tensor) -> torch.Tensor:
    z = z if z.requires_grad else z.requires_grad_(True)
    (slope,) = torch.autograd.grad((z**4).sum(), z)
    return z - 0.1 * slope


def inner_copy(z: torch.Tensor) -> torch.Tensor:
    copy = z.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad((copy**4).sum(), copy)
    return z - 0.1 * slope


def inner_fenced(z: torch.Tensor) -> torch.Tensor:
    with torch.enable_grad():
        return inner_copy(z).detach()


@pytest.mark.parametrize("decoder", [inner_leaf, inner_copy, inner_fenced])
def test_a_decoder_that_takes_a_gradient_inside_decodes(decoder: Callable[..., Any]) -> None:
    """Guided decoders do; it was a raw RuntimeError of torch."""
    objective = bb.Objective(bowl, decoder, SPACE)
    z = SPACE.sample(np.random.default_rng(0), 3)
    x = z - 0.4 * z**3
    assert objective.evaluate(bb.Ask(z)).score == pytest.approx(bowl(x), rel=1e-4)
    assert np.asarray(objective.decode(z)) == pytest.approx(x, abs=1e-5)


def test_a_gradient_that_is_no_number_is_zero_and_told_and_counted() -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        return x.clamp(min=0).sqrt().sum(-1)  # the slope at 0 is inf; a clamp cuts it off below

    z = np.array([[1.0, 4.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, 1.0]])
    answer = bb.Objective(score, space=SPACE).evaluate(bb.Ask(z, 1))
    assert answer.valid.all()
    assert answer.grad_valid.tolist() == [True, False, True]
    assert answer.grad[0] == pytest.approx([0.5, 0.25, 0.5, 0.5])
    assert np.isfinite(answer.grad).all()
    assert (answer.grad[1:, 0] == 0).all()


def test_a_point_without_a_score_is_not_counted_as_a_lost_gradient() -> None:
    objective = bb.Objective(lambda x: x.sqrt().sum(-1), space=SPACE)
    z = np.array([[1.0, 4, 1, 1], [-1.0, 1, 1, 1], [0.0, 1, 1, 1]])
    answer = objective.evaluate(bb.Ask(z, 1))
    assert answer.valid.tolist() == [True, False, True]
    assert answer.grad_valid.tolist() == [True, True, False]
    assert (answer.grad[1] == 0).all()


@pytest.mark.parametrize(
    "score",
    [
        lambda x: torch.where(
            x[:, 0] > 0, x.abs().sqrt().sum(-1), (x[:, 0] * 0 / 0 * 0).nan_to_num()
        ),
        lambda x: (x - x.detach()).norm(dim=-1),
        lambda x: torch.log1p((x - x.detach()).abs().sum(-1).sqrt()),
        lambda x: torch.where(x[:, 0] < 9, bowl(x), torch.exp(1e4 * x[:, 0])),
    ],
)
def test_lost_gradients_stand_in_frames_and_audits(score: Callable[[torch.Tensor], Any]) -> None:
    objective = bb.Objective(score, space=SPACE, name="rough")
    study = bb.compare(objective, "gradient_ascent(start='first', step='adam')", 12, seeds=2)
    assert (study.runs.status == "spent").all()
    lost = [int((~t.grad_valid).sum()) if t.grad_valid is not None else 0 for t in study.traces]
    assert study.runs.n_grad_invalid.tolist() == lost
    assert study.audit().n_grad_invalid.tolist() == [np.mean(lost)]
    z = np.concatenate([t.z for t in study.traces])
    answer = objective.evaluate(bb.Ask(z, 1))
    assert int((~answer.grad_valid).sum()) == sum(lost)


def test_lost_gradients_are_told_the_strategy() -> None:
    heard = []

    class Listens:
        needs = frozenset({Capability.GRADIENT})

        def search(self, brief: bb.Brief, rng: np.random.Generator) -> Any:
            while True:
                heard.append((yield bb.Ask(np.zeros((1, 4)), 1)))

    finished(Listens(), bb.Objective(lambda x: x.norm(dim=-1).sqrt(), space=SPACE), budget=6)
    assert not any(answer.grad_valid[0] for answer in heard)
    assert all((answer.grad == 0).all() for answer in heard)


def test_a_hidden_gradient_is_hidden_by_the_objective() -> None:
    objective = bb.Objective(bowl, space=SPACE, differentiable=False)
    assert "hides the gradient" in objective.lacks(Capability.GRADIENT)
