"""What a network makes of a picture on its way to a verdict: the features of its layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor, nn

from blackbox.objectives.pictures.family import Family, Kind
from blackbox.objectives.pictures.ground_truth import GroundTruth
from blackbox.objectives.pictures.judges import judges
from blackbox.plain import is_whole
from blackbox.scoring.objective import Judge

Features: TypeAlias = Callable[[Tensor], Tensor]


def layers(reader: nn.Sequential) -> list[nn.Sequential]:
    """The network up to and with each of its activations, the first layer first."""
    ends = [i + 1 for i, module in enumerate(reader) if isinstance(module, nn.SiLU)]
    return [nn.Sequential(*list(reader)[:end]) for end in ends]


def layer(reader: nn.Sequential, number: int) -> nn.Sequential:
    """The network up to layer `number`, counted from 1. Raises ValueError where there is none."""
    available = layers(reader)
    if not is_whole(number) or not 1 <= number <= len(available):
        raise ValueError(f"layer must be a whole number from 1 to {len(available)}, not {number!r}")
    return available[number - 1]


@dataclass(frozen=True, eq=False)
class NormalisedError:
    """The function `|f(x) - f(true)|^2 / |f(true)|^2` of pictures, for features f."""

    features: Sequence[Features]
    true: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """The error `[n]` of pictures `x` `[n, h, w]`; the mean over several features."""
        return torch.stack([self._of(one, x) for one in self.features]).mean(dim=0)

    def _of(self, features: Features, x: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = features(self.true).flatten(1)
        missed = (features(x).flatten(1) - wanted).square().sum(dim=1)
        return missed / wanted.square().sum()


# From an error of features and pictures [n, h, w] to terms [n, k] that are weighed.
Terms: TypeAlias = Callable[[NormalisedError, Tensor], Tensor]


def judged(
    family: Family,
    kind: Kind,
    true: GroundTruth,
    terms: Terms,
    weights: Mapping[str, float],
    truth: str,
) -> dict[str, Judge]:
    """All judges of a picture that is to be like `true`, by `terms` of the weighted sum.

    The one called `truth` is this sum with the features of a judge, whose error is `features`.
    """
    apart = family.part(family.judge_features, "features of a judge")
    error = NormalisedError([apart], true.x)
    of_this = {
        truth: Judge(partial(_sum, terms, error, list(weights.values())), truth=True),
        "features": Judge(error),
    }
    return judges(family, kind, target=true.shown, also=of_this)


def _sum(terms: Terms, error: NormalisedError, weights: Sequence[float], x: Tensor) -> Tensor:
    return terms(error, x) @ torch.tensor(weights)
