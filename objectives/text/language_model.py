"""A judge of another kind than the decoder: how surprising words are after the two before them.

Trigrams with interpolated Kneser-Ney smoothing: S. F. Chen and J. Goodman, An empirical study of
smoothing techniques for language modeling, 1999 (doi 10.1006/csla.1999.0128), equation 24, with one
discount `n1 / (n1 + 2 n2)` for each order. It has no code, no gradient and no network, and learned
from chapters that the decoder never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from blackbox.objectives.text.network import END

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grams:
    """Sorted keys `[k]` of runs of tokens, and how often each occurs (or continues) `[k]`."""

    keys: Ints
    counts: Ints

    def of(self, keys: Ints) -> Ints:
        """Their counts, 0 where there is none."""
        at = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.counts[at], 0)


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """Trigrams of sentences, tokens `[n, length]` filled up with END, by their counts."""

    tokens: int
    trigrams: Grams

    @classmethod
    def learned(cls, x: Ints, tokens: int) -> LanguageModel:
        """From sentences."""
        runs, _ = _runs(x)
        return cls(tokens, Grams(*np.unique(_key(runs, tokens), return_counts=True)))

    def nats(self, x: Ints) -> Floats:
        """The mean surprise of a token `[n]` of sentences, their END with them."""
        runs, owner = _runs(x)
        surprise = -np.log(self.probability(runs))
        return np.bincount(owner, surprise, len(x)) / np.bincount(owner, minlength=len(x))

    def probability(self, runs: Ints) -> Floats:
        """Of the last token of runs `[m, 3]` after the two before it, `[m]`."""
        orders = self._orders
        p = np.full(len(runs), 1.0 / self.tokens)
        for n, (grams, contexts, kinds, discount) in enumerate(orders, start=1):
            key = _key(runs[:, 3 - n :], self.tokens)
            seen = contexts.of(key // self.tokens)
            share = (
                np.maximum(grams.of(key) - discount, 0)
                + discount * kinds.of(key // self.tokens) * p
            )
            p = np.where(seen > 0, share / np.maximum(seen, 1), p)
        return p

    @cached_property
    def _orders(self) -> list[tuple[Grams, Grams, Grams, float]]:
        """Of one, two and three tokens: counts, those of contexts, continuations, and discount."""
        tri = self.trigrams
        # How many different tokens come before a run: what counts below the highest order.
        bi = Grams(*np.unique(tri.keys % self.tokens**2, return_counts=True))
        uni = Grams(*np.unique(bi.keys % self.tokens, return_counts=True))
        return [self._order(grams) for grams in (uni, bi, tri)]

    def _order(self, grams: Grams) -> tuple[Grams, Grams, Grams, float]:
        contexts, first, kinds = np.unique(
            grams.keys // self.tokens, return_index=True, return_counts=True
        )
        totals = np.add.reduceat(grams.counts, first)
        once, twice = (int((grams.counts == n).sum()) for n in (1, 2))
        discount = once / max(1, once + 2 * twice)
        return grams, Grams(contexts, totals), Grams(contexts, kinds), discount


def _runs(x: Ints) -> tuple[Ints, Ints]:
    """All runs of three tokens `[m, 3]`, two END before each sentence, and their rows `[m]`."""
    padded = np.pad(x, ((0, 0), (2, 1)), constant_values=END)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)
    # The first END after the sentence counts, and no more.
    counts = np.arange(windows.shape[1]) <= (x != END).sum(1)[:, None]
    return windows[counts], np.nonzero(counts)[0]


def _key(runs: Ints, tokens: int) -> Ints:
    keys = np.zeros(len(runs), np.int64)
    for column in runs.T:
        keys = keys * tokens + column
    return keys
