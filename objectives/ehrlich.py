"""Ehrlich functions: sequences in which motifs must stand, and some letters may not follow others.

S. Stanton, R. Alberstein, N. Frey, A. Watkins, K. Cho: Closed-form test functions for biophysical
sequence design, 2024, arXiv 2407.00236. A sequence is feasible where no transition from a letter
to the next one is banned. Its value is a product over motifs of the best share of a motif, in
steps of `1 / quantization`, that stands anywhere with the motif's own spacing: 1 where all stand
in full. What is banned, the motifs and the spacings are drawn for an `instance` by a law of our
own, under which one feasible sequence at least has all motifs.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.constraints import Scored
from blackbox.errors import ObjectiveError
from blackbox.objectives.call_forms import named
from blackbox.parameters import Choice, Parameters
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective

Ints = NDArray[np.int64]
LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits
BANNED = 0.2  # of all other letters, the share that may not follow a letter


@dataclass(frozen=True, eq=False)
class Ehrlich:
    """A function of sequences of letters `[n, length]`, each a whole number from 0."""

    allowed: NDArray[np.bool_]  # [v, v]: whether the second letter may follow the first
    motifs: Ints  # [c, k]
    spacings: Ints  # [c, k]: where the letters of a motif stand from its first one, which is 0
    quantization: int

    def value(self, x: Ints) -> NDArray[np.float64]:
        """The product over motifs of how much of each stands, `[n]` from 0 to 1."""
        k = self.motifs.shape[1]
        product = np.ones(len(x))
        for motif, spacing in zip(self.motifs, self.spacings, strict=True):
            first = np.arange(x.shape[1] - spacing[-1])
            stands = x[:, first[:, None] + spacing] == motif  # [n, places, k]
            most = stands.sum(axis=2).max(axis=1)
            product *= most * self.quantization // k / self.quantization
        return product

    def banned(self, x: Ints) -> Ints:
        """How many transitions of each sequence are banned, `[n]`."""
        return np.asarray((~self.allowed[x[:, :-1], x[:, 1:]]).sum(axis=1))

    def solution(self, length: int) -> Ints:
        """A feasible sequence `[length]` with all motifs: letters are repeated until the next."""
        written: list[int] = []
        for motif, spacing in zip(self.motifs, self.spacings, strict=True):
            gaps = np.diff(np.append(spacing, spacing[-1] + 1))
            written += np.repeat(motif, gaps).tolist()
        return np.array(written + written[-1:] * (length - len(written)))

    def walk(self, rng: np.random.Generator, length: int) -> Ints:
        """A feasible sequence `[length]`, each letter drawn of those that may follow."""
        v = len(self.allowed)
        x = [int(rng.integers(v))]
        while len(x) < length:
            x.append(int(rng.choice(np.flatnonzero(self.allowed[x[-1]]))))
        return np.array(x)


@dataclass(frozen=True, eq=False)
class EhrlichScorer:
    """The value of sequences, and that no transition of theirs may be banned."""

    function: Ehrlich

    def __call__(self, frame: pd.DataFrame) -> Scored:
        """Of a frame with a column of letters per place, `[n]`."""
        numbers = {letter: number for number, letter in enumerate(LETTERS)}
        x = np.array([[numbers[letter] for letter in row] for row in frame.to_numpy()], int)
        margin = 0.0 - self.function.banned(x)
        return Scored(self.function.value(x), constraints={"transitions": margin})


@dataclass(frozen=True, eq=False)
class Walks:
    """First sequences: walks over transitions that are allowed, as the first designs are known."""

    function: Ehrlich
    parameters: Parameters

    def __call__(self, rng: np.random.Generator, m: int) -> NDArray[np.float64]:
        """The points `[m, length]` of feasible sequences."""
        length = len(self.parameters)
        x = [self.function.walk(rng, length) for _ in range(m)]
        return self.parameters.encode(np.array(x, float).reshape(m, length))


@named("ehrlich.sequence")
def sequence(
    name: str,
    length: int = 32,
    *,
    letters: int = 32,
    motifs: int = 4,
    motif_length: int = 4,
    quantization: int | None = None,
    instance: int = 0,
) -> Objective:
    """A sequence of letters with all motifs and no banned transition; 1 at best (Ehrlich function).

    Each place is a choice of `letters`; the number of banned transitions, with a minus, is the
    constraint `transitions`. `quantization` divides `motif_length`, which it is by default. A
    seed's first sequences are feasible ones. Raises ObjectiveError for sizes that do not fit.
    """
    steps = motif_length if quantization is None else quantization
    function = drawn(instance, length, letters, motifs, motif_length, steps)
    options = Choice(*LETTERS[:letters])
    parameters = Parameters({f"letter_{place}": options for place in range(1, length + 1)})
    return Objective(
        EhrlichScorer(function),
        space=parameters,
        name=name,
        batched=True,
        differentiable=False,
        noise=False,
        starts=Walks(function, parameters),
        optimum=1.0,
    )


def drawn(
    instance: int, length: int, letters: int, motifs: int, motif_length: int, quantization: int
) -> Ehrlich:
    """The function of these sizes that an instance is. Raises ObjectiveError where there is none.

    Each letter may follow itself, and another one in a ring of all, so that any can be reached.
    The motifs are one walk without repeats, cut into pieces; each spans a share of the length.
    """
    _refuse_unfit(instance, length, letters, motifs, motif_length, quantization)
    sizes = (length, letters, motifs, motif_length)
    rng = np.random.default_rng([instance, *sizes])
    ring = rng.permutation(letters)
    follower = np.empty(letters, int)
    follower[ring] = np.roll(ring, -1)
    allowed = np.ones((letters, letters), bool)
    for letter in range(letters):
        others = np.setdiff1d(np.arange(letters), [letter, follower[letter]])
        n_banned = min(len(others), max(1, round(BANNED * letters)))
        allowed[letter, rng.choice(others, n_banned, replace=False)] = False
    walk = [int(rng.integers(letters))]
    while len(walk) < motifs * motif_length:
        following = np.flatnonzero(allowed[walk[-1]])
        walk.append(int(rng.choice(following[following != walk[-1]])))
    span = length // motifs
    spacings = [
        np.append(0, np.sort(rng.choice(np.arange(1, span), motif_length - 1, replace=False)))
        for _ in range(motifs)
    ]
    pieces = np.array(walk).reshape(motifs, motif_length)
    return Ehrlich(allowed, pieces, np.array(spacings), quantization)


def _refuse_unfit(
    instance: object,
    length: object,
    letters: object,
    motifs: object,
    motif_length: object,
    quantization: object,
) -> None:
    given = {
        "instance": (instance, 0, 2**32 - 1),
        "letters": (letters, 3, len(LETTERS)),
        "length": (length, 2, 1000),
        "motifs": (motifs, 1, 1000),
        "motif_length": (motif_length, 2, 1000),
        "quantization": (quantization, 1, 1000),
    }
    for setting, (value, least, most) in given.items():
        if not is_whole(value) or not least <= value <= most:
            raise ObjectiveError(
                f"ehrlich.sequence needs a whole number {setting} from {least} to {most}, not "
                f"{value!r}"
            )
    assert is_whole(length) and is_whole(motifs) and is_whole(motif_length)
    if motifs * motif_length > length:
        raise ObjectiveError(
            f"{motifs} motifs of {motif_length} letters do not fit into a length of {length}"
        )
    if motif_length % quantization:  # type: ignore[operator]
        raise ObjectiveError(
            f"quantization must divide motif_length, {motif_length}, which {quantization} does not"
        )
