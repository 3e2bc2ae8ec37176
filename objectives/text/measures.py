"""What can be counted in a sentence: how easy it is to read, what it repeats, what it keeps."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from blackbox.objectives.text.corpus import COMMA
from blackbox.objectives.text.network import WORDS
from blackbox.objectives.text.words import vocabulary

# R. Flesch, A new readability yardstick, 1948 (doi 10.1037/h0057532), as it is used today: what a
# word of the sentence costs, and a syllable of a word.
BASE, A_WORD, A_SYLLABLE = 206.835, 1.015, 84.6
# Three words of one syllable: the shortest sentence that the decoder makes.
EASIEST = BASE - 3 * A_WORD - A_SYLLABLE


def reading_ease(x: Tensor) -> Tensor:
    """Flesch's points `[n]` of sentences, tokens `[n, length]`: 120 very easy, 0 very hard."""
    syllables, is_word, _ = _of_tokens()
    words = is_word[x.long()].sum(1).clamp(min=1).double()
    return BASE - A_WORD * words - A_SYLLABLE * syllables[x.long()].sum(1) / words


def repetition(x: Tensor) -> Tensor:
    """The share of words `[n]` that the sentence had before."""
    _, is_word, _ = _of_tokens()
    x = x.long()
    earlier = torch.ones(x.shape[1], x.shape[1]).tril(-1).bool()
    again = ((x[:, :, None] == x[:, None, :]) & earlier).any(2) & is_word[x]
    return again.sum(1) / is_word[x].sum(1).clamp(min=1).double()


def content_shared(x: Tensor, source: Tensor) -> Tensor:
    """Of the content words of both, the share that is in both `[n]`: Dice's coefficient.

    Words of grammar do not count. `source` is one sentence `[1, length]`; 1 where neither has any.
    """
    _, _, has_content = _of_tokens()
    mine, other = (_bag(one.long()) * has_content for one in (x, source))
    both = (mine * other).sum(1)
    all_of_them = mine.sum(1) + other.sum(1)
    return torch.where(all_of_them > 0, 2 * both / all_of_them.clamp(min=1), 1.0)


def _bag(x: Tensor) -> Tensor:
    """Which tokens there are, `[n, tokens]`."""
    bag = torch.zeros(len(x), WORDS + len(vocabulary().words), dtype=torch.float64)
    return bag.scatter_(1, x, 1.0)


@cache
def _of_tokens() -> tuple[Tensor, Tensor, Tensor]:
    """Of each token: its syllables, whether it is a word, and whether it carries meaning."""
    words = vocabulary()
    is_word = [False] * WORDS + [word != COMMA for word in words.words]
    return (
        torch.tensor(words.syllables).double(),
        torch.tensor(is_word),
        torch.tensor(words.has_content()).double(),
    )
