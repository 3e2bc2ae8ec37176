"""Who tells whether a found picture is real: other networks, the true measure, real digits nearby.

A judge sees the decoded pictures `x` `[n, h, w]`, and the picture `start` `[1, h, w]` at which the
run began; it gives `[n]`, NaN where it refuses. The judge of noise sees latents `z` `[n, d]`. None
of them was trained together with what is searched. What the digit is to be is either told
(`target`), or what the judges see at the start.

The limits of what is real are 95th percentiles of held-out digits, as in Ronen et al., LES, 2024
(arXiv 2406.09657). What measures a score's truth says nothing (NaN) of a picture that lies farther
from real digits than nearly all of these lie from each other (`is_like_real`): there a ruler and a
classifier that was never searched can be as wrong as the scorer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from blackbox.objectives.pictures.family import DIGITS, Captions, Family, Kind
from blackbox.scoring.objective import Judge
from blackbox.scoring.typicality import FEWEST, noise_judge

VERSION = 2  # of what judges say, and of the limits and networks that they ask
# The verdict 0 or 1 of those who pass a picture or not: real digits pass.
PASSED = 1.0
# A digit; "own" is what the judges see in the picture itself, None what they see at the start.
Target: TypeAlias = int | Literal["own"] | None
# The digit that each picture is to show, `[n]`, of pictures and their start.
Digits: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def judges(
    family: Family,
    kind: Kind,
    *,
    target: Target = None,
    truth: str = "",
    keeps_digit: bool = True,
    also: Mapping[str, Judge] = MappingProxyType({}),
) -> dict[str, Judge]:
    """All judges of a picture that is to show `target`, or else what the start shows.

    `truth` names the one that measures what the scorer predicts, or none; judges of one question
    come `also`. First stand those that a search in data space does not fool: `harsh` and
    `unanimous`. Real digits pass both, and what does not is no longer real; but where the start is
    any draw, whose digit need not be kept (`keeps_digit`), another one is no fault. The majority of
    the classifiers, `digit`, is fooled by what most of them like to see, and stands last.
    """
    wanted = Wanted(family, target)
    low = PASSED if keeps_digit or target is not None else -math.inf
    by_name = {
        "harsh": Judge(partial(harsh, family, wanted), low=low),
        "unanimous": Judge(partial(unanimous, family, wanted), low=low),
        **also,
        "log_probability": Judge(
            partial(log_probability, family, wanted), truth=truth == "log_probability"
        ),
        "thickness": Judge(partial(thickness, family), truth=truth == "thickness"),
        "style": Judge(partial(style, family)),
    }
    for name, detector in family.detectors(kind).items():
        by_name[name] = Judge(partial(measured, family, kind, name, wanted), high=detector.high)
    space = family.decoder(kind)[1]
    if space.prior == "normal" and space.dim >= FEWEST:
        by_name["noise"] = noise_judge(space.dim)
    by_name["digit"] = Judge(partial(majority, family, wanted))
    return by_name


@dataclass(frozen=True)
class Wanted:
    """The digit that each picture is to show: a function of pictures and start, to `[n]`."""

    family: Family
    target: Target

    def __call__(self, x: Tensor, start: Tensor) -> Tensor:
        """The digits `[n]` of `x` `[n, h, w]`."""
        if self.target == "own":
            return seen(self.family, x)
        digit = seen(self.family, start)[0] if self.target is None else torch.tensor(self.target)
        return digit.expand(len(x))


def beliefs(family: Family, x: Tensor) -> Tensor:
    """The log-probability `[k, n, 10]` that each classifier gives to each digit."""
    with torch.no_grad():
        each = [functional.log_softmax(judge(x.float()), dim=1) for judge in family.classifiers()]
    return torch.stack(each)


def seen(family: Family, x: Tensor) -> Tensor:
    """The digit `[n]` that most classifiers see; where they are tied, what the first one sees."""
    named = beliefs(family, x).argmax(dim=2)
    votes = functional.one_hot(named, DIGITS).sum(dim=0)
    # Half a vote more for the first breaks ties and nothing else.
    return (votes + 0.5 * functional.one_hot(named[0], DIGITS)).argmax(dim=1)


def majority(family: Family, wanted: Digits, x: Tensor, start: Tensor) -> Tensor:
    """1 where more than half of the classifiers see the digit, the first one deciding a tie, `[n]`.

    0 elsewhere.
    """
    votes = _votes(family, x, wanted(x, start)).float()
    return refused(x, (2 * votes.sum(dim=0) + votes[0] > len(votes)).float())


def unanimous(family: Family, wanted: Digits, x: Tensor, start: Tensor) -> Tensor:
    """1 where all classifiers see the digit, else 0, `[n]`."""
    return refused(x, _votes(family, x, wanted(x, start)).all(dim=0).float())


def log_probability(family: Family, wanted: Digits, x: Tensor, start: Tensor) -> Tensor:
    """The log-probability of the digit by the classifier that believes in it least, `[n]`.

    A picture that fools two of three has a high mean. NaN where it is not like real digits.
    """
    least = beliefs(family, x).amin(dim=0)
    return of_real(family, x, least.gather(1, wanted(x, start)[:, None])[:, 0])


def thickness(family: Family, x: Tensor) -> Tensor:
    """The true stroke thickness in pixels, `[n]`, float64.

    NaN where there is no stroke to measure, none as in real digits, or a picture unlike these.
    """
    x = x.detach()
    return of_real(family, x, torch.tensor(family.true_thickness(x.double().numpy())))


def thickness_and_digit(
    family: Family, wanted: Digits, weights: Mapping[str, float], x: Tensor, start: Tensor
) -> Tensor:
    """The weighted sum of the true thickness and of the log-probability of the digit, `[n]`."""
    bold, believed = thickness(family, x), log_probability(family, wanted, x, start)
    return weights["thickness"] * bold + weights["digit"] * believed


def fitting(family: Family, captions: Captions, caption: str, x: Tensor) -> Tensor:
    """The log-probability `[n]` that the `caption` fits, by a joint encoder that judges.

    NaN where the picture is not like real digits.
    """
    return of_real(family, x, captions.score(x.float(), caption))


def of_real(family: Family, x: Tensor, verdict: Tensor) -> Tensor:
    """NaN instead of a verdict `[n]` on a picture that is not like real digits."""
    return torch.where(is_like_real(family, x), verdict, torch.nan)


def is_like_real(family: Family, x: Tensor) -> Tensor:
    """Whether pictures lie as near to digits of the class that they show as real ones do, `[n]`.

    By the detectors that know no decoder; 99.5 % of held-out digits pass each of them.
    """
    alike = torch.isfinite(x).flatten(1).all(dim=1)
    shown = seen(family, x)
    for detector in family.detectors("none").values():
        alike &= detector.measure(x.float(), shown) <= detector.extreme
    return alike


def style(family: Family, x: Tensor, start: Tensor) -> NDArray[np.float64]:
    """How far slant, width and height moved from the start, in deviations within a class, `[n]`."""
    shapes = family.true_shape(torch.cat([start, x]).double().numpy())
    moved: NDArray[np.float64] = (shapes[1:] - shapes[0]) / np.array(family.shape_scale)
    return np.asarray(np.linalg.norm(moved, axis=1))


def measured(
    family: Family, kind: Kind, name: str, wanted: Digits, x: Tensor, start: Tensor
) -> Tensor:
    """What the detector `name` says of pictures that are to show the digit, `[n]`."""
    detector = family.detectors(kind)[name]
    return refused(x, detector.measure(x.float(), wanted(x, start)))


def harsh(family: Family, wanted: Digits, x: Tensor, start: Tensor) -> Tensor:
    """1 where all classifiers see the digit and no detector finds it farther than real ones, `[n]`.

    The detectors are those that know no decoder. The limits are 95th percentiles of real digits of
    that class, so that one real digit in ten may fail; the card of the judges says how many do.
    """
    digits = wanted(x, start)
    passed = _votes(family, x, digits).all(dim=0)
    for detector in family.detectors("none").values():
        passed &= detector.measure(x.float(), digits) <= torch.tensor(detector.by_class)[digits]
    return refused(x, passed.float())


def refused(x: Tensor, verdict: Tensor) -> Tensor:
    """NaN instead of a verdict on a picture that is not finite: argmax would name some digit."""
    return torch.where(torch.isfinite(x).flatten(1).all(dim=1), verdict, torch.nan)


def _votes(family: Family, x: Tensor, digits: Tensor) -> Tensor:
    return beliefs(family, x).argmax(dim=2) == digits
