"""What people's functions return in place of numbers and objects: said, with the line to write."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import blackbox as bb
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import bowl

SPACE = bb.Space.normal(4)
Output = namedtuple("Output", ["image", "loss"])


@dataclass
class Decoded:
    sample: torch.Tensor


class Lazy:
    """An output whose picture is a property, and which has one that raises."""

    def __init__(self, x: torch.Tensor) -> None:
        self._x = x

    @property
    def images(self) -> torch.Tensor:
        return self._x

    @property
    def scores(self) -> torch.Tensor:
        raise RuntimeError("not computed")


def vae(z: torch.Tensor) -> Any:
    return z, z.mean(1), z.std(1)


def diffuser(z: torch.Tensor) -> Any:
    return Decoded(z)


def unfinished(z: torch.Tensor) -> Any:
    z * 2


DECODERS: dict[str, Callable[[torch.Tensor], Any]] = {
    r"a tuple of 3 \(tensor \[3, 4\] of float32.* write decoder=lambda z: vae\(z\)\[0\]": vae,
    r"an object of Decoded, .sample: tensor.* decoder=lambda z: diffuser\(z\).sample": diffuser,
    r"returned None for 3 points.* does it lack a `return`\?": unfinished,
    r"a tuple of 1 .*\(z\)\[0\]": lambda z: (z,),
    r"a dict \{'image': tensor.*\(z\)\['image'\]": lambda z: {"image": z, "loss": 3.0},
    r"OrderedDict \{'loss': .*\(z\)\['sample'\]": lambda z: OrderedDict(loss=z.sum(), sample=z),
    r"a Output of 2 .*\(z\)\[0\]": lambda z: Output(z, z.sum()),
    r"a tuple of 2 \(None, tensor.*\(z\)\[1\]": lambda z: (None, z),
    r"a list of 2 \(tensor.*\(z\)\[0\]": lambda z: [z, z],
    r"an object of Lazy.*\(z\)\.images": Lazy,
    r"returned float '3.0' for 3 points": lambda z: 3.0,
    r"returned str 'hello' for 3 points": lambda z: "hello",
    r"an object of generator": lambda z: (row for row in z),
    r"4 objects \(tensor \[4, 3\] .* for 3 points; .* keep the first axis": lambda z: z.T,
    r"shape \[\] .* for 3 points; .* keep the first axis": lambda z: z.sum(),
}


@pytest.mark.parametrize("error", DECODERS)
def test_a_decoder_that_returns_no_objects_is_told_what_and_the_line_to_write(error: str) -> None:
    with pytest.raises(ObjectiveError, match=error):
        _ = bb.Objective(bowl, DECODERS[error], SPACE).facts


def test_the_line_that_is_suggested_works() -> None:
    for decoder in (
        lambda z: vae(z)[0],
        lambda z: diffuser(z).sample,
        lambda z: Output(z, 0).image,
        lambda z: Lazy(z).images,
    ):
        answer = bb.Objective(bowl, decoder, SPACE).evaluate(bb.Ask(np.full((2, 4), 0.5)))
        assert answer.score.tolist() == [0, 0]


SCORERS: dict[str, Callable[[Any], Any]] = {
    r"returned None.* does it lack a `return`\?": lambda x: None,
    r"a tuple of 2 .* write scorer=lambda x: f\(x\)\[0\]": lambda x: (bowl(x), x),
    r"a dict \{'score': .*\(x\)\['score'\]": lambda x: {"score": bowl(x)},
    r"an object of Decoded, .sample: .*\(x\)\.sample": lambda x: Decoded(bowl(x)),
    r"str 'good'": lambda x: "good",
    r"complex128; a score is a real number: write .real, or abs\(...\)": lambda x: bowl(x) * 1j,
    r"complex.*write .real": lambda x: complex(1, 2),
    r"complex128.*write .real, or abs": lambda x: np.asarray(x.detach())[:, 0] * (1 + 1j),
    r"returned shape \[3, 1, 1\] for 3 objects": lambda x: bowl(x)[:, None, None],
    r"give `weights` for several criteria": lambda x: x,
}


@pytest.mark.parametrize("error", SCORERS)
def test_a_scorer_that_returns_no_numbers_is_told_what_and_what_to_do(error: str) -> None:
    with pytest.raises(ObjectiveError, match=error):
        _ = bb.Objective(SCORERS[error], space=SPACE).facts


NUMBERS: dict[str, Callable[[torch.Tensor], Any]] = {
    "a column": lambda x: bowl(x)[:, None],
    "a column of numpy": lambda x: bowl(np.asarray(x))[:, None],
    "a list of numbers": lambda x: [float(v) for v in bowl(x)],
    "a list of tensors": lambda x: list(bowl(x)),
    "a tuple of numbers": lambda x: tuple(float(v) for v in bowl(x)),
    "a series": lambda x: pd.Series(bowl(np.asarray(x))),
    "objects": lambda x: np.array([float(v) for v in bowl(x)], object),
    "decimals": lambda x: [Decimal(float(v)) for v in bowl(x)],
    "a number each": lambda x: np.float32(bowl(np.asarray(x))) if np.ndim(x) == 1 else 1 / 0,
    "a table": lambda x: pd.DataFrame({"score": bowl(np.asarray(x))}),
}


@pytest.mark.parametrize("form", NUMBERS)
def test_numbers_in_any_wrapping_are_numbers(form: str) -> None:
    objective = bb.Objective(NUMBERS[form], space=SPACE)
    z = SPACE.sample(np.random.default_rng(0), 5)
    assert objective.evaluate(bb.Ask(z)).score == pytest.approx(bowl(z), rel=1e-6)


def test_whole_numbers_and_truths_are_numbers() -> None:
    z = np.array([[1.0, 0, 0, 0], [-1.0, 0, 0, 0]])
    for kind in (torch.int32, torch.bool, torch.uint8, torch.float16):
        objective = bb.Objective(lambda x, kind=kind: (x[:, 0] > 0).to(kind), space=SPACE)
        assert objective.evaluate(bb.Ask(z)).score.tolist() == [1, 0]


@pytest.mark.parametrize("k", [2, 3])
def test_criteria_in_any_wrapping_are_criteria(k: int) -> None:
    z = SPACE.sample(np.random.default_rng(0), 5)
    for scorer in (
        lambda x: x[:, :k],
        lambda x: x[:, :k, None],
        lambda x: np.asarray(x)[:, :k],
        lambda x: [tuple(map(float, row[:k])) for row in x],
        lambda x: pd.DataFrame(np.asarray(x)[:, :k]),
    ):
        objective = bb.Objective(scorer, space=SPACE, weights=[1.0] * k)
        answer = objective.evaluate(bb.Ask(z))
        assert answer.criteria == pytest.approx(z[:, :k])
        assert answer.score == pytest.approx(z[:, :k].sum(1))
    with pytest.raises(ObjectiveError, match=r"stack the criteria along the last axis|shape"):
        _ = bb.Objective(
            lambda x: torch.stack([x[:, 0]] * k), space=SPACE, weights=[1.0] * k, batched=True
        ).facts


def test_what_is_masked_has_no_score() -> None:
    """Masked arrays lost their mask."""
    z = SPACE.sample(np.random.default_rng(1), 12)

    def batch(x: Any) -> Any:
        x = np.asarray(x)
        return np.ma.masked_array(bowl(x), mask=x[:, 0] > 0)

    def one(x: Any) -> Any:
        return np.ma.masked if float(x[0]) > 0 else float(bowl(np.asarray(x)))

    def pair(x: Any) -> Any:
        x = np.asarray(x)
        return np.ma.masked_array(x[:, :2], mask=np.stack([x[:, 0] > 0, x[:, 0] > 9], 1))

    for objective in (
        bb.Objective(batch, space=SPACE),
        bb.Objective(one, space=SPACE, batched=False),
        bb.Objective(pair, space=SPACE, weights=[1, 1]),
    ):
        answer = objective.evaluate(bb.Ask(z))
        assert np.array_equal(answer.valid, z[:, 0] <= 0)
        assert np.isnan(answer.score[~answer.valid]).all()


@pytest.mark.parametrize(
    ("dtype", "cure"), [(torch.uint8, r"\.float\(\)"), (torch.complex64, r"\.real, \.abs\(\)")]
)
def test_the_objects_dtype_is_blamed_and_not_the_scorer(dtype: torch.dtype, cure: str) -> None:
    net, name = torch.nn.Linear(4, 2), str(dtype).removeprefix("torch.")
    objective = bb.Objective(lambda x: net(x).sum(-1), lambda z: (9 * z).to(dtype), SPACE)
    with pytest.raises(ObjectiveError, match=rf"decoder's objects are {name}: .*{cure}"):
        _ = objective.facts
