"""Where a search among pictures may begin: at digits that no network was trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.pictures.family import Family, Kind, as_digit

# A digit, held-out digits of any kind, or draws of the prior.
Source: TypeAlias = int | Literal["any"] | None
Floats: TypeAlias = NDArray[np.float64]
Starts: TypeAlias = Callable[[np.random.Generator, int], Floats]
# Draws of the prior among which a digit must turn up; each digit is about one in ten.
DRAWS, MOST_ROUNDS, SURE = 64, 100, 0.9
# Well above float32's last bit, which depends on how many cores shared a sum.
DECIMALS = 4


def starts(family: Family, kind: Kind, source: Source, *, real: bool) -> Starts | None:
    """First points of the decoder `kind` that show the digit `source`; None: draws of the prior.

    They are drawn from the codes of held-out digits; a decoder without such codes encodes the
    pictures that the VAE makes of them. With `real`, held-out pictures themselves are encoded. The
    GAN has no encoder: there they are draws of the prior of which the reader is sure.

    Raises ValueError where `source` is no digit, or `real` is asked for without it.
    """
    if source is None:
        if real:
            raise ValueError("real=True starts at real digits: name them, source=0 to 9 or 'any'")
        return None
    shown = None if source == "any" else as_digit("source", source)
    if kind == "gan":
        return None if shown is None else partial(_recognised, family, kind, shown)
    return HeldOutStarts(family, kind, shown, real)


@dataclass(frozen=True)
class HeldOutStarts:
    """Draws of held-out digits as points of the decoder `kind`: all that show `shown`, or any."""

    family: Family
    kind: Kind
    shown: int | None
    real: bool

    def __call__(self, rng: np.random.Generator, m: int) -> Floats:
        """The points `[m, d]` of as many digits, none twice while there are enough."""
        draw = partial(_members, self.shown, rng, m)
        if self.real:
            x, classes = self.family.part(self.family.real, "real pictures")()
            return self._encoded(x[torch.tensor(draw(classes))])
        if self.kind == "vae" or self.kind == "autoencoder":
            codes = self.family.codes(self.kind, "test")
            return codes.z[draw(codes.classes)]
        codes = self.family.codes("vae", "test")
        return self._encoded(decoded(self.family, "vae", codes.z[draw(codes.classes)]))

    def _encoded(self, x: Tensor) -> Floats:
        with torch.no_grad():
            return self.family.encode(self.kind, x).double().numpy().round(DECIMALS)


def decoded(family: Family, kind: Kind, z: Floats) -> Tensor:
    """The pictures `[n, h, w]` of points `[n, d]`, float32 and without a gradient."""
    with torch.no_grad():
        x: Tensor = family.decoder(kind)[0](torch.tensor(z, dtype=torch.float32))
    return x


def _members(
    shown: int | None, rng: np.random.Generator, m: int, classes: NDArray[np.int64]
) -> NDArray[np.int64]:
    members = np.flatnonzero((classes == shown) | (shown is None))
    return rng.choice(members, m, replace=m > len(members))


def _recognised(family: Family, kind: Kind, shown: int, rng: np.random.Generator, m: int) -> Floats:
    _, space = family.decoder(kind)
    recognised: list[Floats] = []
    for _ in range(MOST_ROUNDS):
        z = space.sample(rng, DRAWS)
        with torch.no_grad():
            belief = family.reader()(decoded(family, kind, z)).softmax(dim=1)[:, shown]
        recognised.extend(z[belief.numpy() >= SURE])
        if len(recognised) >= m:
            return np.stack(recognised[:m])
    raise ValueError(
        f"of {DRAWS * MOST_ROUNDS} draws of the {kind} of {family.name} only {len(recognised)} "
        f"surely show a {shown}, where {m} starts are needed; start from the prior: source=None"
    )
