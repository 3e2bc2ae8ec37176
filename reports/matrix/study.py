"""From every digit to every digit: the searches, and the starts they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from blackbox.objectives import mnist
from blackbox.objectives.mnist import networks
from blackbox.trace import Trace
from reports.judged import distinct, start
from reports.make import Given

DIGITS = range(10)
EACH = 20  # starts of each digit
ENOUGH = 0.99  # in data space a climb ends where the classifier is so sure
STEPS = 100
CLIMB = f"gradient_ascent(patience={STEPS + 1})"
SPHERE = f"guarded(strategy={CLIMB!r}, guard='sphere')"
PIXELS = (
    f"gradient_ascent(step='normalised', learning_rate=0.5, patience={STEPS + 1}, "
    f"target={float(np.log(ENOUGH))!r}, after='stop')"
)


@dataclass(frozen=True)
class Search:
    """A search that is sent from every digit to every digit."""

    name: str
    reads: str
    decoder: str
    strategy: str

    def objective(self, target: int) -> str:
        """The objective by its name."""
        return (
            f"reports.unjudged:digit(target={target}, source='any', reads={self.reads!r}, "
            f"decoder={self.decoder!r})"
        )

    def carried_out(self, target: int, seeds: list[int], given: Given) -> list[Trace]:
        """Its runs to one target, from all starts; a step costs a score and its gradient."""
        question, store = {target: self.objective(target)}, SEARCHES.index(self)
        return given.traces(question, self.strategy, 2 * STEPS + 2, seeds, store=store)[target]


SEARCHES = (
    Search("data space", "picture", "none", PIXELS),
    Search("VAE, sphere, classifier on the picture", "picture", "vae", SPHERE),
    Search("VAE, sphere, head on z", "code", "vae", SPHERE),
)


def sources(each: int) -> dict[int, int]:
    """Seed -> the digit at which it starts: the first seeds with starts of their own, `each` many.

    A gradient search makes no use of chance: from the same start it would count twice.
    """
    codes = networks.codes("vae", "test")
    digit = {z.tobytes(): int(shown) for z, shown in zip(codes.z, codes.classes, strict=True)}
    objective = mnist.digit(source="any")
    seeds = distinct(objective, 100 * each)
    shown = pd.Series([digit[start(objective, seed).tobytes()] for seed in seeds], seeds)
    first = shown.groupby(shown).head(each)
    return dict(zip(first.index.tolist(), first.tolist(), strict=True))
