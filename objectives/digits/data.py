"""The 1797 handwritten 8x8 digits of scikit-learn, their fixed split and their true thickness.

Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998, doi 10.24432/C50P49: the
test part of that set, as scikit-learn ships it (nothing is downloaded).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.objectives import morphology
from blackbox.optional import require

Scalar = TypeVar("Scalar", bound=np.generic)

SPLIT_SEED = 0
TEST_SHARE = 0.2
# Ink is counted from 0 to 16 in each 4x4 block of the scan.
FULL_INK = 16
# Strokes are 1.6 px wide here and about 3 px in MNIST: twice the enlargement of Castro et al.
# resolves them as finely as theirs.
MEASURING_SCALE = 8


@dataclass(frozen=True)
class SmallDigits:
    """Pictures `[n, 8, 8]` in `[0, 1]` and what they show, `[n]`; both read-only."""

    images: NDArray[np.float32]
    classes: NDArray[np.int64]


@cache
def everything() -> SmallDigits:
    """All 1797 digits, in scikit-learn's order."""
    raw = require("sklearn.datasets", "digits", "scikit-learn").load_digits()
    return _frozen(raw.images / FULL_INK, raw.target)


@cache
def train() -> SmallDigits:
    """The four fifths on which the networks are trained."""
    return _part(held_out=False)


@cache
def test() -> SmallDigits:
    """The held-out fifth, stratified by class; nothing is ever trained on it."""
    return _part(held_out=True)


def true_thickness(images: NDArray[np.float32]) -> NDArray[np.float64]:
    """The thickness of `images` `[n, 8, 8]` at the scale that suits them, `[n]` in pixels."""
    return morphology.thickness(images, scale=MEASURING_SCALE)


@cache
def train_thickness() -> NDArray[np.float64]:
    """The true thickness of each training digit in pixels, `[n]`; NaN where it has none."""
    return _read_only(true_thickness(train().images))


@cache
def test_thickness() -> NDArray[np.float64]:
    """The true thickness of each held-out digit, likewise."""
    return _read_only(true_thickness(test().images))


def _part(*, held_out: bool) -> SmallDigits:
    """One side of the split; a fifth of each class is held out."""
    digits = everything()
    rng = np.random.default_rng(SPLIT_SEED)
    chosen = np.zeros(len(digits.classes), dtype=bool)
    for shown in range(10):
        members = np.flatnonzero(digits.classes == shown)
        chosen[rng.permutation(members)[: round(TEST_SHARE * len(members))]] = True
    keep = chosen if held_out else ~chosen
    return _frozen(digits.images[keep], digits.classes[keep])


def _frozen(images: ArrayLike, classes: ArrayLike) -> SmallDigits:
    return SmallDigits(
        _read_only(np.array(images, np.float32)), _read_only(np.array(classes, np.int64))
    )


def _read_only(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.flags.writeable = False
    return array
