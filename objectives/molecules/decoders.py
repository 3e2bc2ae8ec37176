"""Points as molecules: by the autoencoder alone, by a flow to its codes, or token by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.errors import ObjectiveError
from blackbox.objectives.molecules import chemistry, shipped, strings
from blackbox.objectives.molecules.networks import LATENT
from blackbox.objectives.molecules.rings import mended
from blackbox.space import Space
from blackbox.spelling import suggestion

Kind = Literal["vae", "flow", "tokens"]
KINDS: tuple[Kind, ...] = ("vae", "flow", "tokens")
Domain = Literal["normal", "sphere"]
Source = Literal["prior", "held_out"]


@dataclass(frozen=True)
class MoleculeDecoder:
    """Points to canonical SMILES `[n]`, "" where no atom is left: written in batches.

    Rings that the autoencoder has miscounted are mended (see `rings`). Points of "tokens" `[n, 56]`
    lie in a cube, of which each axis is cut into as many pieces as there are tokens; the end stands
    for none.
    """

    kind: Kind

    def __call__(self, z: Tensor) -> list[str]:
        """Each point is one molecule, the same in any company."""
        is_mended = self.kind != "tokens"
        return [_molecule(tuple(one), is_mended) for one in strings.named(self.tokens(z))]

    def tokens(self, z: Tensor) -> NDArray[np.int64]:
        """The strings `[n, length]` of points, as tokens."""
        if self.kind == "tokens":
            cells = (z.detach().double() * strings.TOKENS).long()
            return np.asarray(cells.clamp(0, strings.TOKENS - 1).numpy())
        with torch.no_grad():
            return np.asarray(shipped.autoencoder().written(coding(self.kind)(z.double())).numpy())

    def space(self, domain: Domain) -> Space:
        """Where its points lie. Raises ObjectiveError for a domain that is none of its own."""
        if domain not in ("normal", "sphere") or (self.kind, domain) == ("tokens", "sphere"):
            raise ObjectiveError(
                f"the decoder {self.kind!r} has no domain {domain!r}: 'normal' is of each, "
                "'sphere' of vae and flow"
            )
        if self.kind == "tokens":
            return Space.box(0.0, 1.0, strings.LENGTH)
        return Space.normal(LATENT) if domain == "normal" else Space.sphere(LATENT)


@lru_cache(chemistry.REMEMBERED)
def _molecule(names: tuple[str, ...], is_mended: bool) -> str:
    """The canonical SMILES of a string of tokens."""
    (smiles,) = strings.decoded([mended(names) if is_mended else names])
    return chemistry.canonical(smiles)


def decoder_of(kind: str) -> MoleculeDecoder:
    """The decoder of this name. Raises ObjectiveError for another."""
    if kind not in KINDS:
        raise ObjectiveError(f"there is no decoder {kind!r} of molecules{suggestion(kind, KINDS)}")
    return MoleculeDecoder(kind)


def coding(kind: Kind) -> nn.Module:
    """The way from points to codes `[n, 32]`. Raises ObjectiveError where there is none."""
    if kind == "tokens":
        raise ObjectiveError(
            "the decoder 'tokens' makes no code that a model could read; take 'vae' or 'flow'"
        )
    return shipped.flow() if kind == "flow" else nn.Identity()


def codes_of(smiles: Sequence[str]) -> NDArray[np.float64]:
    """The codes `[n, 32]` of molecules that the alphabet can write."""
    rows = [strings.encoded(one) for one in smiles]
    tokens = torch.tensor(strings.padded([row for row in rows if row is not None]))
    with torch.no_grad():
        return np.asarray(shipped.autoencoder().posterior(tokens)[0].numpy())


@dataclass(frozen=True)
class MoleculeStarts:
    """First points: what the prior of the autoencoder draws, or held-out molecules.

    Those of "tokens" are the molecules with which the same seed begins at the autoencoder.
    """

    decoder: MoleculeDecoder
    domain: Domain
    source: Source

    def __call__(self, rng: np.random.Generator, m: int) -> NDArray[np.float64]:
        """The points `[m, d]`."""
        codes = self._codes(rng, m)
        if self.decoder.kind == "tokens":
            named = strings.named(MoleculeDecoder("vae").tokens(torch.tensor(codes)))
            return (strings.numbered(map(mended, named)) + 0.5) / strings.TOKENS
        if self.source == "held_out" and self.decoder.kind == "flow":
            with torch.no_grad():
                codes = shipped.flow().inverse(torch.tensor(codes)).numpy()
        return self.decoder.space(self.domain).clip(np.asarray(codes))

    def _codes(self, rng: np.random.Generator, m: int) -> NDArray[np.float64]:
        if self.source == "prior":
            return rng.standard_normal((m, LATENT))
        codes = shipped.reference().held_out_codes
        rows = [rng.permutation(len(codes)) for _ in range(-(-m // len(codes)))]
        return codes[np.concatenate(rows)[:m]]
