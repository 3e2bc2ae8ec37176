"""The shipped networks of sentences, and held-out sentences as points of the search."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.objectives import weights
from blackbox.objectives.text.corpus import LONGEST
from blackbox.objectives.text.network import WORDS, Couplings, SequenceVae, head
from blackbox.objectives.text.words import FOLDER, MADE_BY, Ints, shipped, vocabulary

LENGTH = LONGEST + 1  # tokens of a sentence with its END


class HeldOutSentences(NamedTuple):
    """Sentences that no network learned from: tokens `[k, 15]`, points `[k, 32]`, is verse."""

    tokens: Ints
    z: NDArray[np.float64]
    is_verse: NDArray[np.bool_]


class SentenceDecoder(nn.Module):
    """Points `[n, 32]` to sentences, tokens `[n, 15]`, by way of codes."""

    def __init__(self) -> None:
        """Of what is shipped."""
        super().__init__()
        self.couplings, self.vae = couplings(), sequence_vae()

    def forward(self, z: Tensor) -> Tensor:
        """The likeliest sentences; they have no slope."""
        x: Tensor = self.vae(self.couplings(z))
        return x


@cache
def sequence_vae() -> SequenceVae:
    """Codes to sentences, and back."""
    network = SequenceVae(WORDS + len(vocabulary().words), LENGTH)
    return weights.frozen(network, FOLDER / "vae.npz", made_by=MADE_BY)


@cache
def couplings() -> Couplings:
    """Noise to codes."""
    return weights.frozen(Couplings(), FOLDER / "couplings.npz", made_by=MADE_BY)


@cache
def verse_head() -> nn.Module:
    """Codes to the log-odds `[n, 1]` of verse."""
    return weights.frozen(head(), FOLDER / "verse_head.npz", made_by=MADE_BY)


@torch.no_grad()
def encoded(tokens: Ints) -> NDArray[np.float64]:
    """The points `[n, 32]` whose decodes are nearest to sentences, tokens `[n, 15]`."""
    mean, _ = sequence_vae().posterior(torch.tensor(tokens))
    return couplings().noise(mean)[0].double().numpy()


@cache
def held_out() -> HeldOutSentences:
    """Where searches begin."""
    arrays = shipped("held_out")
    z = arrays["z"].astype(np.float64)
    return HeldOutSentences(arrays["tokens"].astype(np.int64), z, arrays["is_verse"].astype(bool))


def forget() -> None:
    """Read everything anew: it was just written."""
    for cached in (sequence_vae, couplings, verse_head, held_out, vocabulary, shipped):
        cached.cache_clear()
