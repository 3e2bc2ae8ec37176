"""What the networks of MNIST learn from: which part of it teaches, which part judges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.mnist import data

# Measuring thickness takes time: it is known of so many training and test digits. The first half
# of those training digits teaches what is searched, the other one judges.
MEASURED, MEASURED_TEST = 24_000, 2000
SEARCHED, JUDGING = slice(0, MEASURED // 2), slice(MEASURED // 2, MEASURED)
# Judges learn from other halves of the training digits than the reader that is searched.
FIRST, SECOND, ODD = slice(0, 30_000), slice(30_000, 60_000), slice(1, None, 2)


@dataclass(frozen=True)
class TrainingData:
    """What the networks learn from; `cache` is where measured thicknesses stay between runs."""

    folder: Path | None
    cache: Path

    @cached_property
    def train(self) -> data.Digits:
        """The training digits."""
        return data.train(self.folder)

    @cached_property
    def test(self) -> data.Digits:
        """The held-out digits, for the card and the percentiles of the detectors only."""
        return data.test(self.folder)

    @cached_property
    def x(self) -> Tensor:
        """The training pictures `[60000, 28, 28]`."""
        return torch.tensor(self.train.images)

    @cached_property
    def classes(self) -> Tensor:
        """What they show, `[60000]`."""
        return torch.tensor(self.train.classes)

    @cached_property
    def thickness(self) -> dict[str, NDArray[np.float64]]:
        """The true thickness of the first digits of each part in pixels."""
        parts = {"train": (self.train, MEASURED), "test": (self.test, MEASURED_TEST)}
        return {
            name: data.thickness(digits.first(n), self.cache / f"thickness_{name}.npy")
            for name, (digits, n) in parts.items()
        }

    def thickness_of(self, part: slice) -> Tensor:
        """The thickness `[60000]` of the digits in `part`, NaN elsewhere."""
        thickness = torch.full((len(self.x),), torch.nan)
        thickness[part] = torch.tensor(self.thickness["train"][part]).float()
        return thickness
