"""Judges of sentences: a language model of another kind, repetition, and what is kept."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.text.language_model import Grams, LanguageModel
from blackbox.objectives.text.measures import content_shared, repetition
from blackbox.objectives.text.network import WORDS
from blackbox.objectives.text.words import shipped, vocabulary
from blackbox.scoring.objective import Judge

KEPT = 0.5  # of the content words of both, the share in common from which on a meaning is kept


def judges_of(source: Tensor | None = None, *, reads_verse: bool = False) -> dict[str, Judge]:
    """Limits are the 95th percentiles of held-out sentences, and half of the content words.

    What is kept is that of the run's first sentence, or of a `source` `[1, length]`.
    `reads_verse`: with the truth about verse, by two language models.
    """
    limits = {name: float(value) for name, value in shipped("calibration").items()}
    if source is None:
        content = Judge(content_shared)
    else:
        content = Judge(partial(content_shared, source=source), low=KEPT)
    truth = {"verse": Judge(verse, truth=True)} if reads_verse else {}
    return truth | {
        "perplexity": Judge(perplexity, high=limits["perplexity"]),
        "repetition": Judge(repetition, high=limits["repetition"]),
        "content": content,
    }


def perplexity(x: Tensor) -> NDArray[np.float64]:
    """How many words the next one is drawn from, as it were, by the language model `[n]`."""
    return np.exp(language_model("all").nats(_tokens(x)))


def verse(x: Tensor) -> Tensor:
    """The log-odds `[n]` of verse: a language model of verse against one of prose."""
    tokens = _tokens(x)
    steps = (tokens > 0).sum(1) + 1  # with END
    apart = language_model("prose").nats(tokens) - language_model("verse").nats(tokens)
    return torch.tensor(steps * apart + float(shipped("language_model")["log_odds"]))


@cache
def language_model(of: str) -> LanguageModel:
    """That of verse, of prose, or of all sentences of the judge's chapters."""
    arrays = shipped("language_model")
    tokens = WORDS + len(vocabulary().words)
    if of != "all":
        return LanguageModel(tokens, _grams(arrays[f"{of}_keys"], arrays[f"{of}_counts"]))
    keys = np.concatenate([arrays["verse_keys"], arrays["prose_keys"]]).astype(np.int64)
    counts = np.concatenate([arrays["verse_counts"], arrays["prose_counts"]])
    together, place = np.unique(keys, return_inverse=True)
    sums = np.bincount(place, counts.astype(float)).astype(np.int64)
    return LanguageModel(tokens, Grams(together, sums))


def _grams(keys: NDArray[np.generic], counts: NDArray[np.generic]) -> Grams:
    return Grams(keys.astype(np.int64), counts.astype(np.int64))


def _tokens(x: Tensor) -> NDArray[np.int64]:
    return x.detach().cpu().long().numpy()
