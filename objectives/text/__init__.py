"""English sentences: easier to read, more like verse, and what is left of their meaning.

The decoder is a sequence VAE behind a flow; README.md says what it learned from and what its
sentences are like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.errors import ObjectiveError
from blackbox.objectives.call_forms import named
from blackbox.objectives.text.judges import judges_of
from blackbox.objectives.text.measures import EASIEST, content_shared, reading_ease
from blackbox.objectives.text.network import LATENT
from blackbox.objectives.text.networks import (
    LENGTH,
    SentenceDecoder,
    couplings,
    encoded,
    held_out,
    verse_head,
)
from blackbox.objectives.text.words import render, vocabulary
from blackbox.scoring.objective import Objective
from blackbox.space import Space

__all__ = ["eloquence", "readability", "simplify"]

# What a sentence costs, decoded in a batch: declared, so that no clock decides how it is called.
SECONDS = 2e-4
SENTENCE = "King Rehoboam hurried to get himself up to his chariot"
CRITERIA = ("readability", "content")


@named("text.readability")
def readability(name: str) -> Objective:
    """How easy a sentence is to read: Flesch's points, from 0 (very hard) to 119.19 at best.

    By the syllables of a dictionary, so without a gradient. The search starts at sentences that
    the decoder has not seen; the judges say whether what was found is English by a language model
    of another kind (`perplexity`), repeats itself, or has anything left of what the start said
    (`content`).
    """
    return _posed(reading_ease, name, judges=judges_of(), optimum=EASIEST)


@named("text.simplify")
def simplify(
    name: str,
    sentence: str = SENTENCE,
    *,
    weights: Mapping[str, float] = {"readability": 0.01, "content": 1.0},
) -> Objective:
    """A sentence said more simply: readability up, its content words kept.

    A weighted sum of Flesch's points and the share of content words in common, both columns of the
    results. The search starts where the encoder puts the sentence. Neither has a gradient.

    Raises ObjectiveError for words that the decoder does not know, a sentence that is too long or
    too short, and weights of other criteria.
    """
    if not isinstance(weights, Mapping) or set(weights) != set(CRITERIA):
        raise ObjectiveError(f"weights must be a number for each of {CRITERIA}, not {weights!r}")
    tokens = vocabulary().tokens(sentence, LENGTH)[None]
    source = torch.tensor(tokens)
    return _posed(
        Simpler(source, tuple(weights)),
        name,
        judges=judges_of(source),
        weights=weights,
        starts=partial(_at, encoded(tokens)),
    )


@named("text.eloquence")
def eloquence(name: str, *, differentiable: bool = True) -> Objective:
    """The log-odds that a sentence is verse, by a head on its code; smooth, with slopes.

    It learned from which sentences of the World English Bible that edition sets as verse: Psalms,
    proverbs, prophecy. The truth is a judge that reads words: the log-odds of verse by two language
    models, of verse and of prose, from chapters that the head has not seen. `differentiable=False`
    hides the gradient.
    """
    return _posed(
        Verse(),
        name,
        reads="latent",
        judges=judges_of(reads_verse=True),
        differentiable=differentiable,
    )


@dataclass(frozen=True, eq=False)
class Simpler:
    """Readability and content in common with a `source` of sentences `[n, length]`."""

    source: Tensor
    criteria: tuple[str, ...]

    def __call__(self, x: Tensor) -> Tensor:
        """The criteria `[n, 2]`, in their order."""
        by_name = {"readability": reading_ease(x), "content": content_shared(x, self.source)}
        return torch.stack([by_name[criterion] for criterion in self.criteria], 1)


@dataclass(frozen=True)
class Verse:
    """The log-odds of verse `[n]` at points `[n, 32]`."""

    def __call__(self, z: Tensor) -> Tensor:
        """By the head on the code."""
        odds: Tensor = verse_head()(couplings()(z))[:, 0]
        return odds


def _posed(scorer: Any, name: str, **settings: Any) -> Objective:
    usual: dict[str, Any] = {"starts": _real, "codes": held_out().z, "render": render}
    usual |= {"batched": True, "noise": False, "seconds": SECONDS}
    return Objective(
        scorer, SentenceDecoder(), Space.normal(LATENT), name=name, **{**usual, **settings}
    )


def _real(rng: np.random.Generator, m: int) -> NDArray[np.float64]:
    """Points `[m, 32]` of sentences that the decoder has not seen, without going back."""
    z = held_out().z
    rows = [rng.permutation(len(z)) for _ in range(-(-m // len(z)))]
    return z[np.concatenate(rows)[:m]]


def _at(z: NDArray[np.float64], _: np.random.Generator, m: int) -> NDArray[np.float64]:
    return np.repeat(z, m, axis=0)
