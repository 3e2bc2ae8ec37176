"""Named airfoils, and latents of them: an airfoil is the mean of many and a normal deviation."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.errors import ObjectiveError
from blackbox.spelling import did_you_mean

FILE = Path(__file__).with_name("named.npz")


class Collection(NamedTuple):
    """Named airfoils: shape numbers `[m, 18]`, and which of them the decoder has seen `[m]`."""

    names: tuple[str, ...]
    shapes: NDArray[np.float64]
    seen: NDArray[np.bool_]
    mean: NDArray[np.float64]
    factor: NDArray[np.float64]

    def latents(self, shapes: NDArray[np.float64]) -> NDArray[np.float64]:
        """The points `z [k, 18]` that are decoded to these shapes."""
        return np.asarray(np.linalg.solve(self.factor, (shapes - self.mean).T).T, np.float64)

    def shape(self, name: str) -> NDArray[np.float64]:
        """The shape numbers `[18]` of an airfoil. Raises ObjectiveError for a name not there."""
        if name not in self.names:
            raise ObjectiveError(
                f"of {len(self.names)} airfoils none is {name!r}{did_you_mean(name, self.names)}"
            )
        return np.asarray(self.shapes[self.names.index(name)])

    def held_out(self) -> NDArray[np.float64]:
        """Shape numbers of airfoils that the decoder has not seen `[k, 18]`."""
        return self.shapes[~self.seen]


@cache
def collection() -> Collection:
    """The airfoils that `fit.py` has fitted."""
    with np.load(FILE, allow_pickle=False) as arrays:
        names = tuple(str(name) for name in arrays["names"])
        shapes = arrays["shapes"].astype(float)
        return Collection(names, shapes, arrays["seen"], arrays["mean"], arrays["factor"])


class Decoder(nn.Module):
    """Latents `[n, 18]` to shape numbers `[n, 18]`: linear, with the spread of named airfoils."""

    mean: Tensor
    factor: Tensor

    def __init__(self) -> None:
        """Of the collection."""
        super().__init__()
        self.register_buffer("mean", torch.tensor(collection().mean))
        self.register_buffer("factor", torch.tensor(collection().factor))

    def forward(self, z: Tensor) -> Tensor:
        """A row per airfoil; each is summed alone, so that its numbers depend on no other."""
        return self.mean + (z.double()[:, None, :] * self.factor).sum(-1)
