"""Words as the networks know them: tokens, syllables, and which of them carry meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from blackbox.errors import ObjectiveError
from blackbox.objectives.text.corpus import COMMA, TOKEN
from blackbox.objectives.text.network import WORDS
from blackbox.spelling import did_you_mean

FOLDER = Path(__file__).with_name("weights")
MADE_BY = "python -m blackbox.objectives.text.train"
Ints = NDArray[np.int64]
VOWELS = re.compile(r"[aeiouy]+")
# Words of grammar: what is left of a sentence without them is its content.
GRAMMAR = """
a about above after again against all also although am among an and any are as at away be because
been before behold being below between both but by came can come could did do does don't down
during each even every for from further had has have having he her here hers herself him himself
his how i if in indeed into is isn't it it's its itself let may me might mine more most much must
my myself neither no nor not now o of off on once one only or other our ours ourselves out over
own same shall she should so some such surely than that the their theirs them themselves then
there therefore these they this those though through to too toward under until up upon us very was
we went were what when where whether which while who whom whose why will with without would yes
yet you your yours yourself yourselves
"""
OF_GRAMMAR = frozenset(GRAMMAR.split())


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of tokens 2, 3, ..., as they are written, and how many syllables each has."""

    words: tuple[str, ...]
    syllables: Ints  # [tokens], 0 for what is no word

    def tokens(self, sentence: str, length: int) -> Ints:
        """A sentence as tokens `[length]`. Raises ObjectiveError for words that are not known."""
        if not isinstance(sentence, str):
            raise ObjectiveError(f"a sentence is a text, not {sentence!r}")
        numbers = self.numbers
        words = [word.lower() for word in TOKEN.findall(sentence)]
        for word in words:
            if word not in numbers:
                near = did_you_mean(word, numbers, n=3)
                raise ObjectiveError(
                    f"the word {word!r} of {sentence!r} is none of the {len(numbers)} that the "
                    f"decoder knows{near}"
                )
        if not 3 <= len(words) <= length - 1:
            raise ObjectiveError(
                f"a sentence has 3 to {length - 1} words and commas, not {len(words)}: {sentence!r}"
            )
        tokens = np.zeros(length, int)
        tokens[: len(words)] = [numbers[word] for word in words]
        return tokens

    @property
    def numbers(self) -> dict[str, int]:
        """The token of each word in small letters."""
        return {word.lower(): WORDS + nth for nth, word in enumerate(self.words)}

    def sentence(self, tokens: Sequence[int]) -> str:
        """Tokens as they are read: a capital to begin with, and a full stop."""
        words = [self.words[token - WORDS] for token in tokens if token >= WORDS]
        text = " ".join(words).replace(f" {COMMA}", COMMA).rstrip(COMMA)
        return f"{text[:1].upper()}{text[1:]}."

    def has_content(self) -> NDArray[np.bool_]:
        """Which tokens carry meaning, `[tokens]`."""
        content = [word != COMMA and word.lower() not in OF_GRAMMAR for word in self.words]
        return np.array([False] * WORDS + content)


@cache
def vocabulary() -> Vocabulary:
    """That which is shipped. Raises FileNotFoundError where nothing was trained yet."""
    arrays = shipped("words")
    return Vocabulary(tuple(map(str, arrays["words"])), arrays["syllables"].astype(np.int64))


@cache
def shipped(name: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of a file. Raises FileNotFoundError where nothing was trained yet."""
    path = FOLDER / f"{name}.npz"
    if not path.is_file():
        raise FileNotFoundError(f"no {path}; make it with: {MADE_BY}")
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def render(x: Tensor) -> NDArray[np.str_]:
    """Sentences `[n]` of tokens `[n, length]`."""
    return np.array([vocabulary().sentence(row) for row in x.long().tolist()])


def by_rule(word: str) -> int:
    """Syllables of a word that no dictionary has: its groups of vowels, without a silent e."""
    small = re.sub(r"[^a-z]", "", word.lower())
    groups = len(VOWELS.findall(small))
    is_silent = small.endswith("e") and not small.endswith(("le", "ee")) and groups > 1
    return max(1, groups - is_silent)


def counted(words: Iterable[str], pronounced: dict[str, list[list[str]]]) -> Ints:
    """Syllables `[tokens]`: by a dictionary of sounds, of which those of vowels end in a digit."""
    numbers = [0] * WORDS
    for word in words:
        sounds = pronounced.get(word.lower())
        if word == COMMA:
            numbers.append(0)
        elif sounds:
            numbers.append(sum(sound[-1].isdigit() for sound in sounds[0]))
        else:
            numbers.append(by_rule(word))
    return np.array(numbers)
